import type { Command } from 'commander';
import type { Where } from './as-owner.ts';

type Asked<T = object> = Where & { json?: boolean } & T;

/** `portcullis hub requests …` and `hub webhooks …`: what people ask for, and who else is told. */
export function addRequestCommands(hub: Command): void {
  const requests = hub.command('requests').description('owner: what people ask for, and what is decided about it');
  const webhooks = hub.command('webhooks').description('owner: other programs that are told what happens');
  const command = (group: Command, name: string, description: string): Command =>
    group
      .command(name)
      .description(description)
      .option('--hub <url>', 'URL of the hub (default: the one of the agent on this machine)')
      .option('--org <name>', 'organization (default: the one that this machine requires or is signed in to)')
      .option('--json', 'print the answer of the hub as JSON (docs/hub-api.md)');

  command(requests, 'list', 'show the hosts that people ask for, the most wanted first')
    .option('--decided', 'what was decided in the last 90 days instead, newest first')
    .option('--blocked', 'what was blocked lately and nobody asks for instead')
    .option('--search <text>', 'only those with this in host, person or reason')
    .action(
      async ({
        decided,
        blocked,
        search,
        ...asked
      }: Asked<{ decided?: boolean; blocked?: boolean; search?: string }>) => {
        const { listBlocked, listRequests } = await import('./decide-requests.ts');
        if (blocked === true) await listBlocked(asked);
        else await listRequests(asked, { state: decided === true ? 'decided' : 'open', search });
      },
    );
  command(requests, 'allow <host>', 'allow a host, for everybody who asks for it')
    .option('--address <addresses...>', 'what to add to the list instead (default: what the hub preselects)')
    .option('--until <time>', 'only until then (RFC 3339: 2026-12-04T18:00:00+01:00)')
    .option('--team <teams...>', 'only for people in these teams')
    .action(
      async (
        host: string,
        { address, until, team, ...asked }: Asked<{ address?: string[]; until?: string; team?: string[] }>,
      ) => {
        const { allowRequested } = await import('./decide-requests.ts');
        await allowRequested(asked, host, { addresses: address, until, teams: team });
      },
    );
  command(requests, 'mirror <host> <use>', 'tell everybody who asks for a host what to use instead').action(
    async (host: string, use: string, asked: Asked) => {
      const { decideRequests } = await import('./decide-requests.ts');
      await decideRequests(asked, host, { kind: 'mirror', use });
    },
  );
  command(requests, 'decline <host>', 'decline a host, for everybody who asks for it')
    .requiredOption('--reason <text>', 'why; whoever asked is told')
    .action(async (host: string, { reason, ...asked }: Asked<{ reason: string }>) => {
      const { decideRequests } = await import('./decide-requests.ts');
      await decideRequests(asked, host, { kind: 'decline', reason });
    });

  command(webhooks, 'list', 'show the webhooks and how their last deliveries went').action(async (asked: Asked) => {
    const { listWebhooks } = await import('./change-webhooks.ts');
    await listWebhooks(asked);
  });
  command(webhooks, 'add <name> <url>', 'add a webhook, and print its secret')
    .requiredOption('--event <events...>', 'request.created, request.decided, settings.changed, machine.alert')
    .action(async (name: string, url: string, { event, ...asked }: Asked<{ event: string[] }>) => {
      const { addWebhook } = await import('./change-webhooks.ts');
      await addWebhook(asked, name, url, event);
    });
  command(webhooks, 'change <id>', 'change a webhook')
    .option('--name <name>', 'its name from now on')
    .option('--url <url>', 'its address from now on')
    .option('--event <events...>', 'its events from now on')
    .option('--on', 'send to it again')
    .option('--off', 'send nothing to it')
    .action(
      async (
        id: string,
        {
          name,
          url,
          event,
          on,
          off,
          ...asked
        }: Asked<{ name?: string; url?: string; event?: string[]; on?: boolean; off?: boolean }>,
        self: Command,
      ) => {
        if ([name, url, event, on, off].every((one) => one === undefined)) {
          self.error('error: nothing to change; use --name, --url, --event, --on or --off');
        }
        const { changeWebhook } = await import('./change-webhooks.ts');
        const enabled = on === true ? true : off === true ? false : undefined;
        await changeWebhook(asked, id, { name, url, events: event, enabled });
      },
    );
  command(webhooks, 'secret <id>', 'replace the secret of a webhook, and print the new one').action(
    async (id: string, asked: Asked) => {
      const { replaceSecret } = await import('./change-webhooks.ts');
      await replaceSecret(asked, id);
    },
  );
  command(webhooks, 'test <id>', 'send a test to a webhook').action(async (id: string, asked: Asked) => {
    const { testWebhook } = await import('./change-webhooks.ts');
    await testWebhook(asked, id);
  });
  command(webhooks, 'delete <id>', 'delete a webhook').action(async (id: string, asked: Asked) => {
    const { deleteWebhook } = await import('./change-webhooks.ts');
    await deleteWebhook(asked, id);
  });
}
