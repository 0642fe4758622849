import { type Command, Option } from 'commander';
import type { Where } from './as-owner.ts';
import type { Limits } from './change-grants.ts';
import type { Entered } from './change-registries.ts';
import { addListCommands } from './hub-lists.ts';
import { addMachineCommands } from './hub-machines.ts';
import { addPeopleCommands } from './hub-people.ts';
import { addRequestCommands } from './hub-requests.ts';
import type { Switches } from './hub-settings.ts';
import { printLine } from './print.ts';
import type { AskedActivity } from './show-activity.ts';
import { wholeNumber } from './whole-number.ts';

/**
 * `portcullis hub …`, an organization's settings for its owners: `show|allow|disallow|set|activity` for the allowed registries, those of
 * `hub-lists.ts`, `rotate-key` for the key that signs them. Each signs in by device code for this one command, unless `hub sign-in` came before.
 */
export function addOwnersCommand(program: Command): void {
  const hub = program.command('hub').description('for owners: manage your organization at its hub');
  const command = (name: string, description: string, parent = hub): Command =>
    parent
      .command(name)
      .description(description)
      .option('--hub <url>', 'URL of the hub (default: the one of the agent on this machine)')
      .option('--org <name>', 'organization (default: the one that this machine requires or is signed in to)');

  command('sign-in', 'owner: sign in once for the commands of the next fifteen minutes').action(
    async (where: Where) => {
      const { keepOwnerSignedIn } = await import('./keep-owner.ts');
      await keepOwnerSignedIn(where);
    },
  );
  hub
    .command('sign-out')
    .description('owner: end a sign-in that "hub sign-in" has kept')
    .action(async () => {
      const { forgetOwner } = await import('./keep-owner.ts');
      printLine((await forgetOwner()) ? 'Signed out.' : 'No sign-in was kept.');
    });
  command('show', 'owner: show the allowed registries and how they are enforced')
    .option('--json', 'print the settings as JSON (docs/hub-api.md)')
    .action(async ({ json = false, ...where }: Where & { json?: boolean }) => {
      const { showSettings } = await import('./hub-settings.ts');
      await showSettings(where, json);
    });
  command('allow <addresses...>', 'owner: add allowed registries')
    .option('--nickname <name>', 'name that people know the registry by')
    .option('--until <time>', 'only until then: 12h, 7d, 2026-12-04 (to its end), 2026-12-04T18:00, or with an offset')
    .option('--team <name>', 'only for the members of this team; repeat for several', collected)
    .option('--yes', 'save without asking, whatever there is to say about the addresses')
    .action(
      async (
        addresses: string[],
        {
          nickname,
          until,
          team,
          yes,
          ...where
        }: Where & Omit<Entered, 'addresses'> & { until?: string; team?: string[] },
      ) => {
        const limits: Limits = { until, teams: team };
        if (until === undefined && team === undefined) {
          const { allowRegistries } = await import('./change-registries.ts');
          return allowRegistries(where, { addresses, nickname, yes });
        }
        const { grantRegistries } = await import('./change-grants.ts');
        await grantRegistries(where, { addresses, nickname, yes, ...limits });
      },
    );
  command('disallow <addresses...>', 'owner: remove allowed registries')
    .option('--yes', 'save without asking, whatever there is to say about the addresses')
    .action(async (addresses: string[], { yes, ...where }: Where & Pick<Entered, 'yes'>) => {
      const { disallowRegistries } = await import('./change-registries.ts');
      await disallowRegistries(where, { addresses, yes });
    });
  command('suggest <address> [use]', 'owner: name what to use instead of a registry, where it is blocked')
    .option('--none', 'suggest nothing any more')
    .action(async (address: string, use: string | undefined, options: Where & { none?: boolean }, command: Command) => {
      const { none = false, ...where } = options;
      if ((use === undefined) !== none) command.error('error: name what to use instead, or --none');
      const { suggestInstead } = await import('./change-grants.ts');
      await suggestInstead(where, address, use ?? null);
    });
  command('set', 'owner: change how the restrictions apply, requests, support, and the contact')
    .addOption(
      new Option('--mode <mode>', 'audit: record what would be blocked, block nothing').choices(['enforce', 'audit']),
    )
    .addOption(new Option('--restrictions <switch>', 'off: block and record nothing').choices(['on', 'off']))
    .option('--enforce-from <time>', 'with --mode audit: when the hub begins to enforce (RFC 3339), or "never"')
    .option('--contact <whom>', 'whom to ask for a registry, such as an email address or a channel; "" for none')
    .addOption(new Option('--requests <switch>', 'on: people may request access').choices(['on', 'off']))
    .option('--support <text>', 'who helps, shown where a registry is blocked; "" for nobody')
    .option('--support-url <url>', 'https page for help; "" for none')
    .action(async ({ hub: server, org, ...switches }: Where & Switches, command: Command) => {
      if (Object.keys(switches).length === 0)
        command.error(
          'error: nothing to set; use --mode, --restrictions, --enforce-from, --contact, --requests, --support or --support-url',
        );
      const { setSwitches } = await import('./hub-settings.ts');
      await setSwitches(
        { ...(server === undefined ? {} : { hub: server }), ...(org === undefined ? {} : { org }) },
        switches,
      );
    });
  addListCommands(hub, command);
  command('activity', 'auditor: show who did what, newest first')
    .option('--action <action>', 'only this action, such as settings.changed, or a group of them, such as "person."')
    .option('--by <name>', 'only what this person did, or "hub"')
    .option('--since <time>', 'only since then: 12h, 7d, 2026-12-04, 2026-12-04T18:00, or with an offset')
    .option('--until <time>', 'only until then, written the same way; a day is included')
    .option('--search <text>', 'only entries whose changes contain this text')
    .option('--count <number>', 'how many at most', wholeNumber(100_000), 20)
    .option('--json', 'print the entries as JSON (docs/hub-api.md)')
    .action(async ({ hub: server, org, ...asked }: Where & AskedActivity) => {
      const { showActivity } = await import('./show-activity.ts');
      await showActivity(
        { ...(server === undefined ? {} : { hub: server }), ...(org === undefined ? {} : { org }) },
        asked,
      );
    });
  addPeopleCommands(hub);
  addMachineCommands(hub);
  addRequestCommands(hub);
  command('rotate-key', 'owner: announce the next signing key, and later start signing with it')
    .option('--use <kid>', 'start signing with this announced key, once it is pinned on every managed machine')
    .action(async ({ use, ...where }: Where & { use?: string }) => {
      const { announceKey, signWithKey } = await import('./rotate-key.ts');
      await (use === undefined ? announceKey(where) : signWithKey(where, use));
    });
}

function collected(value: string, before: string[] = []): string[] {
  return [...before, value];
}
