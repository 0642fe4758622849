import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { findCommand } from '../../main/platform/process/find-command.ts';

export interface BackgroundProcess extends AsyncDisposable {
  readonly pid: number;
  /** Standard output and error so far. */
  output(): string;
  running(): boolean;
  /** Ends it and waits until it has ended: SIGTERM, and after ten seconds SIGKILL. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** A command that on Linux the kernel kills when the process that started it dies, however that ended. */
export function endingWithUs(command: readonly string[]): [string, ...string[]] {
  const [name = '', ...args] = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL', ...command] : command;
  return [findCommand(name, process.env.PATH) ?? name, ...args];
}

/** Starts a command that ends with the test at the latest. */
export async function startProcess(
  command: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<BackgroundProcess> {
  const [file, ...args] = endingWithUs(command);
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  await once(child, 'spawn');
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    if (!running()) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(timer);
  };
  return { pid: child.pid ?? 0, output: () => output, running, stop, [Symbol.asyncDispose]: () => stop() };
}

/**
 * Waits until `look` finds what it looks for (anything but null, undefined and false).
 *
 * @param what completes "waited in vain for …"
 * @param patience milliseconds, generous: a slow machine is not a failure
 */
export async function waitFor<T>(
  what: string,
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  patience = 60_000,
): Promise<T> {
  const deadline = performance.now() + patience;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await delay(50);
  }
}
