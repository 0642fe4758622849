import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { parseJson } from '../../shared/schemas/parse-json.ts';

/** The restart delay doubles each time, up to the maximum. */
const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 10_000;
/** A process that ran this long resets the delay. */
const HEALTHY_AFTER_MS = 30_000;
const LINES_KEPT = 5;

export interface Supervised {
  /** What the process printed when it was first ready. Rejects with its last output if it ends before. */
  ready: Promise<unknown>;
  pid(): number | undefined;
  /** Ends it for good: SIGTERM, then SIGKILL. */
  stop(): Promise<void>;
}

export interface SuperviseOptions {
  name: string;
  args: string[];
  /** This very Node by default; the first argument is then the script. */
  program?: string;
  /** The whole environment; our own by default. */
  env?: NodeJS.ProcessEnv;
  /** Milliseconds the process may take to stop before it is killed. */
  stopTimeoutMs?: number;
  /** Called when the process is ready again, with what it printed. */
  onRestarted?: (ready: unknown) => void;
  /** @param reason the signal, or the exit code in words */
  onEnded?: (reason: string, restartInMs: number) => void;
  /** For a process that its user may quit: called for exit code 0, after which it is not restarted. */
  onQuit?: () => void;
}

/**
 * Keeps a process running. The process reports that it is ready with one line of JSON, `"ready": true`, on standard output.
 *
 * Each has its own process group, so that Ctrl-C reaches only the supervisor, which then stops them in order; and an IPC
 * channel, whose end tells them that the supervisor was killed.
 */
export function supervise(options: SuperviseOptions): Supervised {
  let child: ChildProcess | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopping = false;
  let delay = FIRST_DELAY_MS;
  const firstReady = Promise.withResolvers<unknown>();
  let wasReady = false;

  function start(): void {
    const startedAt = performance.now();
    child = spawn(options.program ?? process.execPath, options.args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: process.platform !== 'win32',
      ...(options.env === undefined ? {} : { env: options.env }),
    });
    if (child.stdout) createInterface({ input: child.stdout }).on('line', readLine);
    const lastLines = keepLastLines(child);
    // `close` comes after the last line was read; `exit` may come before it.
    child.once('close', (code, signal) => {
      child = undefined;
      if (!stopping) handleEnd({ code, signal, lastLines, ranMs: performance.now() - startedAt });
    });
  }

  function readLine(line: string): void {
    const message = parseJson(line);
    if (typeof message !== 'object' || message === null || !('ready' in message)) return;
    if (wasReady) options.onRestarted?.(message);
    wasReady = true;
    firstReady.resolve(message);
  }

  function handleEnd(end: {
    code: number | null;
    signal: NodeJS.Signals | null;
    lastLines: readonly string[];
    ranMs: number;
  }): void {
    const reason = end.signal ?? `exit code ${end.code}`;
    if (!wasReady) {
      const cause = end.lastLines.join(' ').replace(/^portcullis: /, '') || reason;
      firstReady.reject(new ProblemError(problem('demo-process-failed', { process: options.name }, { cause })));
      return;
    }
    if (end.code === 0 && options.onQuit !== undefined) {
      options.onQuit();
      return;
    }
    if (end.ranMs >= HEALTHY_AFTER_MS) delay = FIRST_DELAY_MS;
    options.onEnded?.(reason, delay);
    timer = setTimeout(start, delay);
    delay = Math.min(delay * 2, MAX_DELAY_MS);
  }

  start();
  return {
    ready: firstReady.promise,
    pid: () => child?.pid,
    async stop() {
      stopping = true;
      clearTimeout(timer);
      if (child !== undefined) await terminate(child, options.stopTimeoutMs ?? 5_000);
    },
  };
}

/** The last lines on standard error, or why the process could not be started. */
function keepLastLines(child: ChildProcess): readonly string[] {
  const lines: string[] = [];
  const keep = (line: string): void => {
    lines.push(line);
    if (lines.length > LINES_KEPT) lines.shift();
  };
  if (child.stderr) createInterface({ input: child.stderr }).on('line', keep);
  child.once('error', (error) => keep(error.message));
  return lines;
}

function terminate(child: ChildProcess, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    child.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
