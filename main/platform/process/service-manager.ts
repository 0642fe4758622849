import type { Logger } from '../log/logger.ts';
import type { Clock } from '../time/clock.ts';
import { type RunCommand, textOf } from './run-command.ts';

/** Sends datagrams to a name of AF_UNIX, which Node has no call for. */
interface NotifySocket {
  /** @throws Error with a `code`; EAGAIN while the receiver's queue is full */
  send(message: string): void;
}

/** Whoever started this process and waits to hear how it is: sd_notify(3). */
export interface ServiceManager {
  /** Never rejects: what it serves does not depend on who hears of it. */
  tell(state: 'READY=1' | 'STOPPING=1'): Promise<void>;
}

export interface ServiceManagerParts {
  clock: Pick<Clock, 'after'>;
  log: Pick<Logger, 'warn'>;
  run: RunCommand;
  /** @returns null where this process cannot send datagrams of this kind itself. @throws where the name leads nowhere. */
  connect: (name: string) => Promise<NotifySocket | null>;
}

/** The receiver's queue is full: systemd reads it soon. */
const RETRY_MS = 50;
const RETRIES = 200;
const COMMAND_MS = 30_000;

/**
 * Call before privileges are dropped. Without `NOTIFY_SOCKET` nobody waits, and nothing is loaded or sent. It is taken out of
 * `environment`: what this process starts has nothing to say there.
 */
export async function findServiceManager(
  environment: NodeJS.ProcessEnv,
  { clock, log, run, connect }: ServiceManagerParts,
): Promise<ServiceManager> {
  const name = environment.NOTIFY_SOCKET;
  delete environment.NOTIFY_SOCKET;
  if (name === undefined || name === '') return { tell: async () => undefined };

  const failed = (error: unknown): void => log.warn({ err: error, socket: name }, 'service manager could not be told');
  let socket: NotifySocket | null;
  try {
    socket = await connect(name);
  } catch (error) {
    failed(error);
    return { tell: async () => undefined };
  }
  if (socket !== null) return { tell: (state) => sendPatiently(socket, state).catch(failed) };

  // Without koffi. systemd would take a service that says nothing for one that hangs, and end it.
  return {
    async tell(state) {
      const options = { env: { ...environment, NOTIFY_SOCKET: name }, timeout: COMMAND_MS };
      const { code, stderr } = textOf(await run(['systemd-notify', state], options));
      if (code !== 0) failed(new Error(`systemd-notify: ${stderr.trim()}`));
    },
  };

  async function sendPatiently(to: NotifySocket, state: string): Promise<void> {
    for (let left = RETRIES; ; left -= 1) {
      try {
        return to.send(state);
      } catch (error) {
        if (left === 0 || (error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      }
      await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
    }
  }
}
