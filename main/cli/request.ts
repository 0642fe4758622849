import type { Command } from 'commander';
import { describeRequest } from '../../shared/messages/describe-request.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { problemLine } from '../../shared/problems/problem-line.ts';
import type { IpcClient } from '../../shared/schemas/ipc.ts';
import { MAX_PAGE } from '../../shared/schemas/ipc-schema.ts';
import type { OwnRequest } from '../../shared/schemas/own-request.ts';
import { english } from './english.ts';
import { printColumns, printJson, printLine } from './print.ts';
import { sayIfSlow } from './say-if-slow.ts';

const { command: say } = english.requests;

/** `portcullis request IMAGE|HOST` and `portcullis requests`: ask for a registry, and see what has become of it. */
export function addRequestCommands(program: Command): void {
  program
    .command('request')
    .description('request access to a registry that is blocked')
    .argument('<image-or-host...>', 'gcr.io, gcr.io/distroless/static, "docker pull gcr.io/distroless/static"')
    .option('--reason <text>', 'why you need it; the owners see it')
    .option('--withdraw', 'withdraw your open request instead')
    .option('--json', 'print the request as JSON (docs/cli.md)')
    .addHelpText(
      'after',
      '\nThe owners of your organization see your name, your teams, the host, what you typed here and your reason.\nWhile the server cannot be reached, the request is saved and sent later. Exit code: 0 if it is sent or saved, 1 if not.',
    )
    .action(async (words: string[], options: { reason?: string; withdraw?: true; json?: true }) => {
      const subject = words.join(' ').trim();
      if (subject === '' || subject.length > 1024) throw new ProblemError(problem('image-too-long', { maximum: 1024 }));
      const { askAgent } = await import('./ask-agent.ts');
      const request = await askAgent((client) =>
        options.withdraw ? withdraw(client, subject) : create(client, subject, options.reason ?? ''),
      );
      if (options.json) return printJson(request);
      if (options.withdraw) return printLine(say.withdrawn(request.host));
      if (request.state !== 'kept') return printLine(say.sent(request.host));
      printLine(say.kept(request.host));
      if (request.problem !== null) process.stderr.write(`${problemLine(request.problem)}\n`);
    });

  program
    .command('requests')
    .description('show what you have requested, and what was decided')
    .option('--json', 'print them as JSON (docs/cli.md)')
    .action(async ({ json }: { json?: true }) => {
      const { askAgent } = await import('./ask-agent.ts');
      const { items, unavailable } = await askAgent(async (client) => ({
        items: await own(client),
        unavailable: (await client.call('snapshot.get', {})).requests?.unavailable ?? null,
      }));
      if (json) return printJson({ requests: items, unavailable });
      if (items.length === 0) {
        printLine(say.none);
        if (unavailable !== null) printLine(`${unavailable.message} ${unavailable.next ?? ''}`.trim());
        return;
      }
      const now = Date.now();
      printColumns(
        items.map((one) => [one.host, english.time.exact(one.at), describeRequest(one, now, english).state]),
      );
    });
}

async function create(client: IpcClient, subject: string, reason: string): Promise<OwnRequest> {
  return sayIfSlow('Sending the request.', client.call('requests.create', { subject, reason }));
}

/** Of the host that the same words would request. */
async function withdraw(client: IpcClient, subject: string): Promise<OwnRequest> {
  const { registry } = await client.call('decide.explain', { subject });
  const host = registry.replace(/:443$/, '');
  const open = (await own(client)).find((one) => one.host === host && ['open', 'kept', 'refused'].includes(one.state));
  if (open === undefined) throw new ProblemError(problem('request-not-open', { host }));
  await sayIfSlow('Withdrawing the request.', client.call('requests.withdraw', { id: open.id }));
  return { ...open, state: 'withdrawn' };
}

/** All that the agent knows of. */
async function own(client: IpcClient): Promise<OwnRequest[]> {
  const items: OwnRequest[] = [];
  for (;;) {
    const page = await client.call('requests.list', { offset: items.length, limit: MAX_PAGE });
    items.push(...page.items);
    if (page.items.length === 0 || items.length >= page.total) return items;
  }
}
