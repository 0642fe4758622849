import type { Command } from 'commander';
import { withPort } from '../../shared/hosts/host-name.ts';
import { parseImageReference } from '../../shared/hosts/image-reference.ts';
import { conditionInWords, lineInWords, type Verdict, verdictOf } from '../../shared/messages/describe-explanation.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { Decision } from '../../shared/reasons.ts';
import { english } from './english.ts';
import { printJson, printLine } from './print.ts';
import { Exit, exitCodes } from './run-command-line.ts';

const VERDICTS: Record<Verdict, string> = {
  allowed: 'allowed',
  blocked: 'blocked',
  audited: 'allowed, audit only',
  listed: 'on the allowlist',
  'not-listed': 'not on the allowlist',
};

/** What decided about one host, where a line of the allowlist did, or none. */
function whyInWords(decision: Decision): string[] {
  const { allowed, reason, registry } = decision;
  const condition = conditionInWords(decision, Date.now(), english);
  if (allowed && registry !== undefined) {
    return [`by ${lineInWords(registry)}${condition === null ? '' : ` ${condition}`}`];
  }
  return reason === 'not-in-policy' || reason === 'audit-only' ? ['not on the allowlist'] : [];
}

/** `portcullis explain IMAGE|HOST`: is this allowed, and if not, whom do I ask? */
export function addExplainCommand(program: Command): void {
  program
    .command('explain')
    .description('check whether an image or host is allowed here, and why')
    .argument('<image-or-host...>', 'ubuntu, ghcr.io/acme/app:1.2, gcr.io, "docker pull nginx", a page of Docker Hub')
    .option('--json', 'print every host and both views as JSON (docs/cli.md)')
    .addHelpText(
      'after',
      '\nExit code: 0 if allowed, 3 if blocked, 5 if allowed but a pull may also need other hosts, 1 if the agent does not respond.',
    )
    .action(async (words: string[], { json }: { json?: true }) => {
      const subject = words.join(' ');
      // The agent's schema would reject these too, without a sentence that a person understands.
      const unusable = subject === '' || subject.length > 1024 ? parseImageReference(subject) : null;
      if (unusable !== null && !unusable.ok) throw new ProblemError(unusable.problem);
      const { askAgent } = await import('./ask-agent.ts');
      const explanation = await askAgent((client) => client.call('decide.explain', { subject }));
      if (json) {
        printJson(explanation);
      } else {
        const { readAs, mayNeed, sentence, next, hosts, generation } = explanation;
        const needed = mayNeed.filter(({ rarely }) => !rarely);
        const but = needed.length === 0 ? '' : `, but may also need ${needed.map(({ host }) => host).join(', ')}`;
        printLine(`${readAs ?? subject}: ${VERDICTS[verdictOf(explanation)]}${but}. ${sentence}`);
        if (next !== null) printLine(next);
        for (const { host, port, engine } of hosts) {
          const why = whyInWords(engine);
          printLine(`  ${engine.allowed ? 'allowed' : 'blocked'}  ${[withPort(host, port), ...why].join('  ')}`);
        }
        for (const { host, rarely, note } of mayNeed) {
          printLine(
            `  ${rarely ? 'not allowed with it' : 'may also need'}  ${host}${note?.en === undefined ? '' : `  ${note.en}`}`,
          );
        }
        if (generation === null && hosts.every(({ engine }) => engine.reason !== 'not-managed')) {
          printLine(english.panel.check.withoutFilter);
        }
      }
      if (!explanation.allowed) throw new Exit(exitCodes.blocked);
      if (explanation.mayNeed.some(({ rarely }) => !rarely)) throw new Exit(exitCodes.mayNeed);
    });
}
