import type { Command } from 'commander';
import { ProblemError } from '../../shared/problems/problem.ts';
import { printJson, printLine } from './print.ts';
import { Exit, exitCodes } from './run-command-line.ts';
import { sayIfSlow } from './say-if-slow.ts';

/** `portcullis sync`: fetches the policy now. */
export function addSyncCommand(program: Command): void {
  program
    .command('sync')
    .description("fetch the policy from the organization's server now")
    .option('--json', 'print the outcome as JSON (docs/cli.md)')
    .action(async ({ json }: { json?: true }) => {
      const { askAgent } = await import('./ask-agent.ts');
      const { outcome, problem } = await askAgent(async (client) => {
        const { managed } = await client.call('snapshot.get', {});
        const server = URL.parse(managed?.hub ?? '')?.host ?? "the organization's server";
        return sayIfSlow(
          `Fetching the policy from ${server}. If it does not respond, this takes about 30 seconds.`,
          client.call('sync.now', {}),
        );
      });
      if (json) printJson({ outcome, problem });
      if (outcome === 'failed') {
        if (!json && problem !== null) throw new ProblemError(problem);
        throw new Exit(exitCodes.problem);
      }
      if (!json) printLine(outcome === 'updated' ? 'The policy was updated.' : 'The policy is up to date.');
    });
}
