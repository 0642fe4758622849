import type { Clock } from '../../platform/time/clock.ts';
import { openWindowsCalls, type WindowsCalls } from './windows-calls.ts';

/** A service of Windows, as this process is one. Reporting never throws: what enforces does not depend on who hears of it. */
export interface WindowsService {
  /** Aborts when the service manager wants it to stop, with the control as its reason. */
  readonly stopping: AbortSignal;
  /** Only once it listens: whoever depends on it starts now. */
  running(): void;
  /** Stopping takes its time. */
  stopPending(): void;
  /** For good. Resolves when the service manager has been told. @param exitCode 0, or what ended it. */
  stopped(exitCode: number): Promise<void>;
}

/** winsvc.h */
const OWN_PROCESS = 0x10;
const STATE = { stopped: 1, startPending: 2, stopPending: 3, running: 4 } as const;
const CONTROL_INTERROGATE = 4;
/** Stop, shutdown of the machine, and what comes before that, when there is still time. */
const STOPS: Readonly<Record<number, string>> = { 1: 'stop', 5: 'shutdown', 15: 'preshutdown' };
const ACCEPT_STOPS = 0x1 | 0x4 | 0x100;
const ERROR_CALL_NOT_IMPLEMENTED = 120;
/** The exit code is the service's own number, beside it. */
const ERROR_SERVICE_SPECIFIC_ERROR = 1066;
/** While it starts or stops it says so again and again: within this time, or the service manager takes it for one that hangs. */
const WAIT_HINT_MS = 30_000;
const REPEAT_MS = 5_000;

/** struct SERVICE_STATUS, as numbers. */
export interface ServiceStatus {
  state: number;
  accepts: number;
  exitCode: number;
  ownCode: number;
  checkPoint: number;
  waitHint: number;
}

/** What is reported in each state: accepting a stop before it can be carried out would be a promise broken. */
export function statusFor(state: keyof typeof STATE, checkPoint: number, exitCode = 0): ServiceStatus {
  const pending = state === 'startPending' || state === 'stopPending';
  return {
    state: STATE[state],
    accepts: state === 'running' || state === 'startPending' ? ACCEPT_STOPS : 0,
    exitCode: exitCode === 0 ? 0 : ERROR_SERVICE_SPECIFIC_ERROR,
    ownCode: exitCode,
    checkPoint: pending ? checkPoint : 0,
    waitHint: pending ? WAIT_HINT_MS : 0,
  };
}

/** What the service's handler answers to a control, and whether it has to stop. */
export function answerTo(control: number): { answer: number; stop: string | null } {
  const stop = STOPS[control] ?? null;
  const known = stop !== null || control === CONTROL_INTERROGATE;
  return { answer: known ? 0 : ERROR_CALL_NOT_IMPLEMENTED, stop };
}

/**
 * Tells the service manager that this process is the service `name`, and is starting. It must be called within 30 seconds of the start.
 *
 * @returns null where there are no such calls: see `openWindowsCalls`
 * @throws Error with Windows' number as its `code`: 1063 where the service manager has not started this process
 */
export async function becomeService(name: string, clock: Pick<Clock, 'after'>): Promise<WindowsService | null> {
  const calls = await openWindowsCalls();
  return calls === null ? null : becomeServiceBy(calls, name, clock);
}

async function becomeServiceBy(
  calls: WindowsCalls,
  name: string,
  clock: Pick<Clock, 'after'>,
): Promise<WindowsService> {
  const { koffi } = calls;
  const Main = koffi.proto('void __stdcall PortcullisServiceMain(uint32_t count, void *words)');
  const Handler = koffi.proto(
    'uint32_t __stdcall PortcullisServiceHandler(uint32_t control, uint32_t type, void *data, void *context)',
  );
  koffi.struct('PortcullisServiceRow', { name: 'str16', main: koffi.pointer(Main) });
  koffi.struct('PortcullisServiceStatus', {
    type: 'uint32_t',
    state: 'uint32_t',
    accepts: 'uint32_t',
    exitCode: 'uint32_t',
    ownCode: 'uint32_t',
    checkPoint: 'uint32_t',
    waitHint: 'uint32_t',
  });
  const dispatch = calls.func('advapi32', 'int StartServiceCtrlDispatcherW(PortcullisServiceRow *table)');
  const register = calls.func(
    'advapi32',
    'void *RegisterServiceCtrlHandlerExW(str16 name, PortcullisServiceHandler *handler, void *context)',
  );
  const setStatus = calls.func('advapi32', 'int SetServiceStatus(void *service, PortcullisServiceStatus *status)');

  const controller = new AbortController();
  let handle: unknown = null;
  let checkPoint = 0;
  let cancel = (): void => undefined;
  const report = (state: keyof typeof STATE, exitCode?: number): void => {
    checkPoint += 1;
    setStatus(handle, { type: OWN_PROCESS, ...statusFor(state, checkPoint, exitCode) });
  };
  const reportWhilePending = (state: 'startPending' | 'stopPending'): void => {
    cancel();
    report(state);
    cancel = clock.after(REPEAT_MS, () => reportWhilePending(state));
  };

  // Windows calls both on threads of its own; koffi brings each call to this one and waits for it.
  const handler = koffi.register((control: number): number => {
    const { answer, stop } = answerTo(control);
    if (stop !== null && !controller.signal.aborted) {
      reportWhilePending('stopPending');
      controller.abort(stop);
    }
    return answer;
  }, koffi.pointer(Handler));

  let ended: Promise<void> = Promise.resolve();
  await new Promise<void>((started, failed) => {
    const main = koffi.register((): void => {
      handle = register(name, handler, null);
      if (handle === null) {
        failed(calls.lastError('RegisterServiceCtrlHandlerExW'));
        return;
      }
      reportWhilePending('startPending');
      started();
    }, koffi.pointer(Main));
    const table = [
      { name, main },
      { name: null, main: null },
    ];
    // It returns when the service has reported that it has stopped, and blocks a thread of the pool until then.
    ended = new Promise((over) => {
      dispatch.async(table, (error: unknown, ok: number) => {
        if (error || ok === 0) failed(error ?? calls.lastError('StartServiceCtrlDispatcherW'));
        over();
      });
    });
  });

  return {
    stopping: controller.signal,
    running() {
      // A stop may have come while it started.
      if (controller.signal.aborted) return;
      cancel();
      report('running');
    },
    stopPending: () => reportWhilePending('stopPending'),
    async stopped(exitCode) {
      cancel();
      report('stopped', exitCode);
      await ended;
    },
  };
}
