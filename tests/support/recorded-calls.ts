import type { IpcHandlers } from '../../shared/schemas/ipc.ts';

export interface RecordedCall {
  call: string;
  args: unknown;
}

/** The same handlers, and every call that they get, oldest first. */
export function recordCalls(handlers: IpcHandlers): { handlers: IpcHandlers; calls: RecordedCall[] } {
  const calls: RecordedCall[] = [];
  const recorded = new Proxy(handlers, {
    get(all, call: keyof IpcHandlers) {
      return (args: never) => {
        calls.push({ call, args });
        return all[call](args);
      };
    },
  });
  return { handlers: recorded, calls };
}
