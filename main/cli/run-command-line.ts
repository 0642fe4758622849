import { CommanderError } from 'commander';
import { type Problem, ProblemError, toProblem } from '../../shared/problems/problem.ts';

/** What every command exits with; documented in docs/cli.md. */
export const exitCodes = { ok: 0, problem: 1, usage: 2, refused: 3, notInForce: 4 } as const;

/** Ends a command that has said all it had to say with another code than 0. */
export class Exit extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** One line: what is wrong, why, what to do, and the code by which docs/problems.md can be searched. */
export function problemLine(problem: Problem): string {
  return `portcullis: ${problemWords(problem)}`.replaceAll(/\s*\n\s*/g, ' ');
}

/** Sentence, cause, next step and code, in this order, wherever a problem stands in a line of text. */
export function problemWords({ message, cause, next, code }: Problem): string {
  return [message, cause && `(${cause})`, next, `[${code}]`].filter(Boolean).join(' ');
}

/** Runs the command line and turns every failure into one line on standard error and an exit code. */
export async function runCommandLine(parse: () => Promise<unknown>): Promise<number> {
  try {
    await parse();
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof Exit) return error.exitCode;
    // Commander has already printed the usage or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    const problem = toProblem(
      error,
      'unexpected',
      'Something unexpected went wrong.',
      'Try again. If it lasts, send a report to whoever helps you (portcullis report).',
    );
    process.stderr.write(`${problemLine(problem)}\n`);
    if (!(error instanceof ProblemError) && error instanceof Error && process.env.PORTCULLIS_LOG_LEVEL === 'debug') {
      process.stderr.write(`${error.stack}\n`);
    }
    return exitCodes.problem;
  }
}
