/**
 * Runs in the page, before its own scripts, in place of Electron's sandboxed preload world: it is sent as text and knows its arguments and
 * nothing else. Values cross as Electron has them cross, by structured clone, and nothing but `electron` can be required.
 *
 * @param preload source of the built preload script.
 */
export function installPreload(preload: string): void {
  interface Main {
    portcullisToMain(kind: 'invoke' | 'send', channel: string, args: unknown[]): Promise<unknown>;
    portcullisFromMain?: (channel: string, args: unknown[]) => void;
  }
  const main = window as unknown as Main;
  const listeners = new Map<string, ((event: object, ...args: unknown[]) => void)[]>();
  main.portcullisFromMain = (channel, args) => {
    for (const listener of listeners.get(channel) ?? []) listener({}, ...structuredClone(args));
  };

  /** As the context bridge: functions are proxied, everything else is copied, and what came across cannot be changed. */
  const cross = (value: unknown): unknown => {
    if (typeof value === 'function') {
      return (...args: unknown[]): unknown => {
        const result: unknown = value(...args.map(cross));
        return result instanceof Promise ? result.then(cross) : cross(result);
      };
    }
    if (typeof value !== 'object' || value === null) return value;
    if (!Object.values(value).some((member) => typeof member === 'function')) return structuredClone(value);
    return Object.freeze(Object.fromEntries(Object.entries(value).map(([key, member]) => [key, cross(member)])));
  };

  const electron = {
    contextBridge: {
      exposeInMainWorld: (key: string, api: unknown): void => {
        Object.defineProperty(window, key, { value: cross(api), writable: false, configurable: false });
      },
    },
    ipcRenderer: {
      invoke: (channel: string, ...args: unknown[]) => main.portcullisToMain('invoke', channel, structuredClone(args)),
      send: (channel: string, ...args: unknown[]): void => {
        void main.portcullisToMain('send', channel, structuredClone(args));
      },
      on: (channel: string, listener: (event: object, ...args: unknown[]) => void): void => {
        listeners.set(channel, [...(listeners.get(channel) ?? []), listener]);
      },
    },
  };
  const require = (name: string): unknown => {
    if (name === 'electron') return electron;
    throw new Error(`a sandboxed preload script cannot require ${name}`);
  };
  new Function('require', 'module', 'exports', preload)(require, { exports: {} }, {});
}
