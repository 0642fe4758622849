import type { Command } from 'commander';
import { withPort } from '../../shared/hosts/host-name.ts';
import { parseImageReference } from '../../shared/hosts/image-reference.ts';
import { wordsFor } from '../../shared/messages/words.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { printJson, printLine } from './print.ts';
import { Exit, exitCodes } from './run-command-line.ts';

/** `portcullis explain IMAGE|HOST`: may I pull this, and if not, whom do I ask? */
export function addExplainCommand(program: Command): void {
  program
    .command('explain')
    .description('may this be pulled here, and why?')
    .argument('<image-or-host>', 'ubuntu, ghcr.io/acme/app:1.2, gcr.io')
    .option('--json', 'every host and both views, for programs (docs/cli.md)')
    .addHelpText('after', '\nExit code: 0 if it is allowed, 3 if it is refused, 1 if the agent does not answer.')
    .action(async (subject: string, { json }: { json?: true }) => {
      // The agent takes neither nothing nor any length; what is wrong with it is said here, in a person's words.
      const read = subject === '' || subject.length > 1024 ? parseImageReference(subject) : null;
      if (read !== null && !read.ok) throw new ProblemError(read.problem);
      const { askAgent } = await import('./ask-agent.ts');
      const explanation = await askAgent((client) => client.call('decide.explain', { subject }));
      if (json) {
        printJson(explanation);
      } else {
        const { allowed, sentence, next, hosts, generation } = explanation;
        const verdict = allowed ? (generation === null ? 'on the list' : 'allowed') : 'refused';
        printLine(`${subject}: ${verdict}. ${sentence}`);
        if (next !== null) printLine(next);
        for (const { host, port, engine } of hosts) {
          const why = engine.rule === undefined ? engine.reason : `${engine.reason} (${engine.rule})`;
          printLine(`  ${engine.allowed ? 'allowed' : 'refused'}  ${withPort(host, port)}  ${why}`);
        }
        if (generation === null) printLine(wordsFor('en', 'en').panel.check.withoutFilter);
      }
      if (!explanation.allowed) throw new Exit(exitCodes.refused);
    });
}
