import { type ExecFileException, execFile } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { findCommand } from './find-command.ts';

export type CommandResult =
  /** Bytes, because the commands of Windows write UTF-16 or a code page. */
  | { readonly kind: 'exited'; readonly code: number; readonly stdout: Buffer; readonly stderr: Buffer }
  /** It did not start, was killed, took too long or wrote too much. `errno` is that of the start, where that failed. */
  | { readonly kind: 'failed'; readonly errno: string | null; readonly cause: string };

export interface CommandOptions {
  readonly input?: string | Uint8Array;
  /** The whole environment; the caller's own where it is left out. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Milliseconds, after which the command is killed. */
  readonly timeout?: number;
  /** Bytes of standard output, and of standard error, after which the command is killed. */
  readonly maxOutput?: number;
}

/** Runs a command without a shell and collects its output. Never rejects. A name without a folder is looked up by `findCommand`. */
export type RunCommand = (command: readonly string[], options?: CommandOptions) => Promise<CommandResult>;

const MAX_OUTPUT = 8 * 1024 * 1024;

export const runCommand: RunCommand = ([name = '', ...args], options = {}) => {
  const { input, env, cwd, timeout = 0, maxOutput = MAX_OUTPUT } = options;
  const file = isAbsolute(name) ? name : (findCommand(name, process.env.PATH) ?? name);
  return new Promise((resolve) => {
    const child = execFile(
      file,
      args,
      {
        encoding: 'buffer',
        maxBuffer: maxOutput,
        timeout,
        killSignal: 'SIGKILL',
        windowsHide: true,
        ...(env === undefined ? {} : { env }),
        ...(cwd === undefined ? {} : { cwd }),
      },
      (error, stdout, stderr) => {
        if (error === null) return resolve({ kind: 'exited', code: 0, stdout, stderr });
        if (typeof error.code === 'number') return resolve({ kind: 'exited', code: error.code, stdout, stderr });
        resolve({ kind: 'failed', ...failureOf(error, timeout, maxOutput) });
      },
    );
    // A command that exits without reading its input closes the pipe; its exit code says what happened.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
};

function failureOf(
  error: ExecFileException,
  timeout: number,
  maxOutput: number,
): { errno: string | null; cause: string } {
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') {
    return { errno: null, cause: `more than ${maxOutput} bytes of output` };
  }
  if (error.killed && timeout > 0) return { errno: null, cause: `no answer within ${timeout / 1000} s` };
  return { errno: typeof error.code === 'string' ? error.code : null, cause: error.message };
}

export interface CommandText {
  /** null where it did not run to its end; `stderr` then says why. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command wrote, as UTF-8. */
export function textOf(result: CommandResult): CommandText {
  if (result.kind === 'failed') return { code: null, stdout: '', stderr: result.cause };
  return { code: result.code, stdout: result.stdout.toString('utf8'), stderr: result.stderr.toString('utf8') };
}

/** Runs a command that has to succeed. @throws ProblemError `command-not-found`, or `command-failed` with the end of its output. */
export async function runOrThrow(
  run: RunCommand,
  command: readonly string[],
  options?: CommandOptions,
): Promise<CommandText> {
  const result = await run(command, options);
  if (result.kind === 'failed' && result.errno !== null) {
    throw new ProblemError(problem('command-not-found', { command: command[0] ?? '' }, { cause: result.cause }));
  }
  const text = textOf(result);
  if (text.code !== 0) {
    const cause = (text.stderr.trim() || text.stdout.trim() || `exit code ${text.code}`).slice(-1000);
    throw new ProblemError(problem('command-failed', { command: command.join(' ').slice(0, 400) }, { cause }));
  }
  return text;
}
