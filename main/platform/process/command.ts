import { execFile } from 'node:child_process';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { findCommand } from './find-command.ts';

export interface CommandResult {
  /** null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly input?: string | Uint8Array;
  /** The whole environment; the caller's own where it is left out. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** After this many milliseconds the command is killed. */
  readonly timeout?: number;
}

/** Runs a command without a shell and hands back what it said, whatever its exit code. @throws ProblemError `command-not-found`. */
export type RunCommand = (command: readonly string[], options?: CommandOptions) => Promise<CommandResult>;

/** More than any command here has to say. */
const MAX_OUTPUT = 64 * 1024 * 1024;

export const runCommand: RunCommand = ([name = '', ...args], options = {}) => {
  const file = findCommand(name, process.env.PATH) ?? name;
  return new Promise((resolve, reject) => {
    const child = execFile(
      file,
      args,
      {
        encoding: 'utf8',
        maxBuffer: MAX_OUTPUT,
        killSignal: 'SIGKILL',
        timeout: options.timeout ?? 0,
        ...(options.env === undefined ? {} : { env: options.env }),
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code === 'string') {
          reject(
            new ProblemError(
              { code: 'command-not-found', message: `${name} cannot be started.`, cause: error.message },
              { cause: error },
            ),
          );
          return;
        }
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : null, stdout, stderr });
      },
    );
    // A command that ends without reading its input closes the pipe under us: its exit code tells what there is to tell.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input);
  });
};

/** The same, for a command that has to succeed. @throws ProblemError `command-failed` with the command and its last words. */
export async function runOrThrow(
  run: RunCommand,
  command: readonly string[],
  options?: CommandOptions,
): Promise<CommandResult> {
  const result = await run(command, options);
  if (result.code !== 0) {
    throw new ProblemError({
      code: 'command-failed',
      message: `${command.join(' ').slice(0, 400)} failed.`,
      cause: (result.stderr.trim() || result.stdout.trim() || `exit code ${result.code}`).slice(-1000),
    });
  }
  return result;
}
