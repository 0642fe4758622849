import type { Command } from 'commander';
import { problemText } from '../../shared/problems/problem-line.ts';
import type { Check } from './doctor-checks.ts';
import { printJson, printLine } from './print.ts';
import { Exit, exitCodes } from './run-command-line.ts';
import { CHECKING, sayIfSlow } from './say-if-slow.ts';
import { unexpected } from './unexpected.ts';

/** `portcullis doctor`: what has to be so on this machine, one line each, and a command for whatever is not. */
export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('check everything that has to be so, and say what to do about what is not')
    .option('--json', 'print the checks as JSON (docs/cli.md)')
    .addHelpText('after', '\nExit code: 0 if no check failed, 4 otherwise.')
    .action(async ({ json }: { json?: true }) => {
      const checks = await examine();
      if (json) printJson({ checks });
      else checks.forEach(printCheck);
      if (checks.some(({ outcome }) => outcome === 'failed')) throw new Exit(exitCodes.notInForce);
    });
}

async function examine(): Promise<Check[]> {
  const { askAgent } = await import('./ask-agent.ts');
  const { checkFailed, checksOf, checksWithoutAgent } = await import('./doctor-checks.ts');
  try {
    return await askAgent(async (client) => {
      const { problem } = await sayIfSlow(CHECKING, client.call('enforcement.check', {})).catch((error: unknown) => ({
        problem: unexpected(error),
      }));
      const checks = checksOf(await client.call('snapshot.get', {}));
      // Proofs of before must not stand for a check that has just failed.
      return problem === null || checks.some(({ outcome }) => outcome === 'failed')
        ? checks
        : [...checks, checkFailed(problem)];
    });
  } catch (error) {
    return checksWithoutAgent(unexpected(error));
  }
}

function printCheck({ name, outcome, problem, command }: Check): void {
  printLine(`${outcome.padEnd(8)}${name}`);
  if (problem !== null) printLine(`        ${problemText(problem)}`);
  if (command !== null) printLine(`        $ ${command}`);
}
