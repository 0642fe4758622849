import { CommanderError } from 'commander';

/** Documented in docs/cli.md. */
export const exitCodes = {
  ok: 0,
  problem: 1,
  usage: 2,
  blocked: 3,
  notInForce: 4,
  mayNeed: 5,
  differs: 6,
  endsSoon: 7,
} as const;

/** Ends a command that has printed everything with a code other than 0. */
export class Exit extends Error {
  readonly exitCode: number;

  constructor(exitCode: number) {
    super(`exit code ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** Runs the command line and turns every failure into one line on standard error and an exit code. */
export async function runCommandLine(parse: () => Promise<unknown>): Promise<number> {
  try {
    await parse();
    return exitCodes.ok;
  } catch (error) {
    if (error instanceof Exit) return error.exitCode;
    // Commander has already printed the error or the help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    // Only now: the catalogue of problems takes longer to load than `--version` to answer.
    const { ProblemError } = await import('../../shared/problems/problem.ts');
    const { problemLine } = await import('../../shared/problems/problem-line.ts');
    const { unexpected } = await import('./unexpected.ts');
    process.stderr.write(`${problemLine(unexpected(error))}\n`);
    if (!(error instanceof ProblemError) && error instanceof Error && process.env.PORTCULLIS_LOG_LEVEL === 'debug') {
      process.stderr.write(`${error.stack}\n`);
    }
    return exitCodes.problem;
  }
}
