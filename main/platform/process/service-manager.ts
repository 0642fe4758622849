import type { Logger } from '../log/logger.ts';
import type { Clock } from '../time/clock.ts';
import { type RunCommand, textOf } from './run-command.ts';

/** Sends datagrams to a name of AF_UNIX, which Node has no call for. */
interface NotifySocket {
  /** @throws Error with a `code`; EAGAIN while the receiver's queue is full */
  send(message: string, descriptors?: readonly number[]): void;
}

/** Whoever started this process and waits to hear how it is: sd_notify(3). */
export interface ServiceManager {
  /** Never rejects: what it serves does not depend on who hears of it. */
  tell(state: 'READY=1' | 'STOPPING=1'): Promise<void>;
  /** null where nobody keeps descriptors for this process. */
  readonly descriptors: DescriptorStore | null;
}

/**
 * Descriptors that the service manager keeps while this process is replaced by its successor: sd_pid_notify_with_fds(3), with
 * `FileDescriptorStoreMax=` of systemd.service(5). It lets go of them when the service is stopped.
 */
export interface DescriptorStore {
  /** What was handed over at the start, by name; the same name may be there several times. */
  readonly inherited: readonly { name: string; fd: number }[];
  /** The manager gets copies. Never rejects: without them the successor opens its own. */
  keep(name: string, descriptors: readonly number[]): Promise<void>;
  /** It lets go of all of this name. */
  forget(name: string): Promise<void>;
  /** It lets go of everything: nobody should wait for what does not come. */
  forgetAll(): Promise<void>;
}

export interface ServiceManagerParts {
  clock: Pick<Clock, 'after'>;
  log: Pick<Logger, 'warn'>;
  run: RunCommand;
  /** @returns null where this process cannot send datagrams of this kind itself. @throws where the name leads nowhere. */
  connect: (name: string) => Promise<NotifySocket | null>;
  /** This process's id. */
  pid: number;
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
  { clock, log, run, connect, pid }: ServiceManagerParts,
): Promise<ServiceManager> {
  const name = environment.NOTIFY_SOCKET;
  delete environment.NOTIFY_SOCKET;
  const inherited = inheritedDescriptors(environment, pid);
  const silent: ServiceManager = { tell: async () => undefined, descriptors: null };
  if (name === undefined || name === '') return silent;

  const failed = (error: unknown): void => log.warn({ err: error, socket: name }, 'service manager could not be told');
  let socket: NotifySocket | null;
  try {
    socket = await connect(name);
  } catch (error) {
    failed(error);
    return silent;
  }
  if (socket !== null) {
    const say = (message: string, descriptors?: readonly number[]) =>
      sendPatiently(socket, message, descriptors).catch(failed);
    return {
      tell: say,
      descriptors: createStore(inherited, {
        // Polled, a listening socket would be dropped from the store as soon as it reports an error.
        keep: (of, descriptors) => say(`FDSTORE=1\nFDPOLL=0\nFDNAME=${of}`, descriptors),
        forget: (of) => say(`FDSTOREREMOVE=1\nFDNAME=${of}`),
      }),
    };
  }

  // Without koffi. systemd would take a service that says nothing for one that hangs, and end it.
  const command = async (...words: string[]): Promise<void> => {
    const options = { env: { ...environment, NOTIFY_SOCKET: name }, timeout: COMMAND_MS };
    const { code, stderr } = textOf(await run(['systemd-notify', ...words], options));
    if (code !== 0) failed(new Error(`systemd-notify: ${stderr.trim()}`));
  };
  return {
    tell: (state) => command(state),
    // It has no descriptors to send, but what its predecessor left there must not keep its place.
    descriptors: createStore(inherited, {
      keep: async () => undefined,
      forget: (of) => command('FDSTOREREMOVE=1', `FDNAME=${of}`),
    }),
  };

  async function sendPatiently(to: NotifySocket, state: string, descriptors?: readonly number[]): Promise<void> {
    for (let left = RETRIES; ; left -= 1) {
      try {
        return to.send(state, descriptors);
      } catch (error) {
        if (left === 0 || (error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      }
      await new Promise<void>((resolve) => clock.after(RETRY_MS, resolve));
    }
  }
}

function createStore(
  inherited: DescriptorStore['inherited'],
  { keep, forget }: Pick<DescriptorStore, 'keep' | 'forget'>,
): DescriptorStore {
  const names = new Set(inherited.map(({ name }) => name));
  return {
    inherited,
    keep(name, descriptors) {
      names.add(name);
      return keep(name, descriptors);
    },
    forget(name) {
      names.delete(name);
      return forget(name);
    },
    async forgetAll() {
      for (const name of names) await forget(name);
      names.clear();
    },
  };
}

/** The first descriptor that is handed over: sd_listen_fds(3). */
const LISTEN_FDS_START = 3;

/** Takes what says so out of `environment`: it is meant for this process alone. */
function inheritedDescriptors(environment: NodeJS.ProcessEnv, pid: number): { name: string; fd: number }[] {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES } = environment;
  for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) delete environment[name];
  const count = LISTEN_PID === String(pid) && /^\d{1,4}$/.test(LISTEN_FDS ?? '') ? Number(LISTEN_FDS) : 0;
  const names = LISTEN_FDNAMES?.split(':') ?? [];
  return Array.from({ length: count }, (_, index) => ({ name: names[index] ?? '', fd: LISTEN_FDS_START + index }));
}
