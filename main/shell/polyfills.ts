/**
 * What the Node and V8 of older Electrons lack (Electron 33: Node 20.18, V8 13.0) and this program uses. To be imported before all else.
 * Everything newer has its own, which stays.
 */

/** TC39 explicit resource management, "AsyncDisposableStack Objects". */
export class AsyncDisposableStackPolyfill implements AsyncDisposableStack {
  readonly [Symbol.toStringTag] = 'AsyncDisposableStack';
  #disposers: (() => unknown)[] | null = [];

  get disposed(): boolean {
    return this.#disposers === null;
  }

  use<T extends AsyncDisposable | Disposable | null | undefined>(value: T): T {
    const disposers = this.#open();
    if (value === null || value === undefined) return value;
    const dispose = Symbol.asyncDispose in value ? value[Symbol.asyncDispose] : value[Symbol.dispose];
    if (typeof dispose !== 'function') throw new TypeError('The value is not disposable.');
    disposers.push(() => dispose.call(value));
    return value;
  }

  adopt<T>(value: T, onDispose: (value: T) => PromiseLike<void> | void): T {
    this.#open().push(() => onDispose(value));
    return value;
  }

  defer(onDispose: () => PromiseLike<void> | void): void {
    this.#open().push(onDispose);
  }

  move(): AsyncDisposableStack {
    const moved = new AsyncDisposableStackPolyfill();
    moved.#disposers = this.#open();
    this.#disposers = null;
    return moved;
  }

  async disposeAsync(): Promise<void> {
    const disposers = this.#disposers ?? [];
    this.#disposers = null;
    const errors: unknown[] = [];
    for (const dispose of disposers.reverse()) {
      try {
        await dispose();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors.reduce((suppressed, error) => suppressedError(error, suppressed));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.disposeAsync();
  }

  #open(): (() => unknown)[] {
    if (this.#disposers === null) throw new ReferenceError('The stack has been disposed.');
    return this.#disposers;
  }
}

/** A disposer failed after another one had. */
function suppressedError(error: unknown, suppressed: unknown): Error {
  const message = 'An error was suppressed during disposal.';
  return Object.assign(new Error(message), { name: 'SuppressedError', error, suppressed });
}

/** https://url.spec.whatwg.org/#dom-url-parse */
export function parseUrl(url: string | URL, base?: string | URL): URL | null {
  return URL.canParse(String(url), base === undefined ? undefined : String(base)) ? new URL(url, base) : null;
}

export function installPolyfills(global: { AsyncDisposableStack?: unknown; URL: { parse?: unknown } }): void {
  global.AsyncDisposableStack ??= AsyncDisposableStackPolyfill;
  global.URL.parse ??= parseUrl;
}

installPolyfills(globalThis);
