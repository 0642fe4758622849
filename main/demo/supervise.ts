import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ProblemError } from '../../shared/problems/problem.ts';
import { parseJson } from '../../shared/schemas/parse-json.ts';

/** Milliseconds before a process that ended is started again: doubled each time, from the first to the second figure. */
const FIRST_DELAY = 200;
const LONGEST_DELAY = 10_000;
/** After this long a process counts as well again, and the delay starts anew. */
const WELL_AFTER = 30_000;

export interface Supervised {
  /** What the process said of itself when it was first ready. Rejects with its own words if it ends before. */
  ready: Promise<unknown>;
  pid(): number | undefined;
  /** Ends it for good: SIGTERM, then SIGKILL. */
  stop(): Promise<void>;
}

export interface SuperviseOptions {
  name: string;
  /** Arguments of this very Node, unless another program is given; the first is the script. */
  args: string[];
  program?: string;
  /** The whole environment; our own if not given. */
  env?: NodeJS.ProcessEnv;
  /** Milliseconds a process may take to stop before it is killed. */
  patience?: number;
  /** Called at each start after the first, with what the process said. */
  onRestarted?: (ready: unknown) => void;
  onEnded?: (how: string, againInMs: number) => void;
  /** Where it may end by itself, because its user quits it: exit code 0 then is no accident, and it is not started again. */
  onQuit?: () => void;
}

/**
 * Keeps one process of ours running. It says that it is ready by one line of JSON with `"ready": true` on standard output.
 *
 * Each has a process group of its own, so that Ctrl-C reaches only the supervisor, which then stops them in order; and an IPC
 * channel, by whose end they notice that the supervisor itself was killed.
 */
export function supervise(options: SuperviseOptions): Supervised {
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopping = false;
  let delay = FIRST_DELAY;
  const first = Promise.withResolvers<unknown>();
  let wasReady = false;

  function start(): void {
    const startedAt = performance.now();
    const lastWords: string[] = [];
    child = spawn(options.program ?? process.execPath, options.args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: process.platform !== 'win32',
      ...(options.env === undefined ? {} : { env: options.env }),
    });
    const { stdout, stderr } = child;
    if (stdout) {
      createInterface({ input: stdout }).on('line', (line) => {
        const message = parseJson(line);
        if (typeof message !== 'object' || message === null || !('ready' in message)) return;
        if (wasReady) options.onRestarted?.(message);
        wasReady = true;
        first.resolve(message);
      });
    }
    if (stderr) {
      createInterface({ input: stderr }).on('line', (line) => {
        lastWords.push(line);
        if (lastWords.length > 5) lastWords.shift();
      });
    }
    child.once('error', (error) => lastWords.push(error.message));
    // `close` comes after the last line has been read, `exit` may come before.
    child.once('close', (code, signal) => {
      child = undefined;
      const how = `${options.name} ended (${signal ?? `exit code ${code}`})`;
      if (stopping) return;
      if (!wasReady) {
        first.reject(
          new ProblemError({
            code: 'demo-process-failed',
            message: `The ${options.name} could not be started.`,
            cause: (lastWords.join(' ').replace(/^portcullis: /, '') || how).slice(0, 1000),
          }),
        );
        return;
      }
      if (code === 0 && options.onQuit !== undefined) return options.onQuit();
      if (performance.now() - startedAt >= WELL_AFTER) delay = FIRST_DELAY;
      options.onEnded?.(how, delay);
      timer = setTimeout(start, delay);
      delay = Math.min(delay * 2, LONGEST_DELAY);
    });
  }

  start();
  return {
    ready: first.promise,
    pid: () => child?.pid,
    async stop() {
      stopping = true;
      clearTimeout(timer);
      const running = child;
      if (running === undefined) return;
      await new Promise<void>((resolve) => {
        const kill = setTimeout(() => running.kill('SIGKILL'), options.patience ?? 5_000);
        running.once('close', () => {
          clearTimeout(kill);
          resolve();
        });
        running.kill('SIGTERM');
      });
    },
  };
}
