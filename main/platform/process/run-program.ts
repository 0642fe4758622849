import { execFile } from 'node:child_process';

export type ProgramResult =
  | { kind: 'exited'; code: number; stdout: Buffer; stderr: Buffer }
  /** It did not start, was killed, took too long or said too much. `errno` is that of the start, where it failed. */
  | { kind: 'failed'; errno: string | null; cause: string };

/** Runs a program by its absolute path, without a shell, and collects what it says. Never rejects. */
export type RunProgram = (file: string, args: readonly string[], options: ProgramOptions) => Promise<ProgramResult>;

export interface ProgramOptions {
  /** The whole environment of the program. */
  env: Record<string, string>;
  /** Milliseconds, after which it is killed. */
  timeout: number;
  /** Bytes of standard output, and of standard error. */
  maxOutput?: number;
}

export const runProgram: RunProgram = (file, args, { env, timeout, maxOutput = 1024 * 1024 }) =>
  new Promise((resolve) => {
    const options = { env, timeout, maxBuffer: maxOutput, encoding: 'buffer', windowsHide: true } as const;
    execFile(file, [...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve({ kind: 'exited', code: 0, stdout, stderr });
      if (typeof error.code === 'number') return resolve({ kind: 'exited', code: error.code, stdout, stderr });
      const errno = typeof error.code === 'string' ? error.code : null;
      const cause = error.killed ? `no answer within ${timeout / 1000} s` : error.message;
      resolve({ kind: 'failed', errno, cause });
    });
  });
