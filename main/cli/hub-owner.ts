import { type Command, Option } from 'commander';
import type { Where } from './as-owner.ts';
import type { Entered } from './change-registries.ts';
import { addListCommands } from './hub-lists.ts';
import { addPeopleCommands } from './hub-people.ts';
import type { Switches } from './hub-settings.ts';
import { printLine } from './print.ts';

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
    .option('--yes', 'save without asking, whatever there is to say about the addresses')
    .action(async (addresses: string[], { nickname, yes, ...where }: Where & Omit<Entered, 'addresses'>) => {
      const { allowRegistries } = await import('./change-registries.ts');
      await allowRegistries(where, { addresses, nickname, yes });
    });
  command('disallow <addresses...>', 'owner: remove allowed registries')
    .option('--yes', 'save without asking, whatever there is to say about the addresses')
    .action(async (addresses: string[], { yes, ...where }: Where & Pick<Entered, 'yes'>) => {
      const { disallowRegistries } = await import('./change-registries.ts');
      await disallowRegistries(where, { addresses, yes });
    });
  command('set', 'owner: change how the restrictions apply, and the contact for requests')
    .addOption(
      new Option('--mode <mode>', 'audit: record what would be blocked, block nothing').choices(['enforce', 'audit']),
    )
    .addOption(new Option('--restrictions <switch>', 'off: block and record nothing').choices(['on', 'off']))
    .option('--enforce-from <time>', 'with --mode audit: when the hub begins to enforce (RFC 3339), or "never"')
    .option('--contact <whom>', 'whom to ask for a registry, such as an email address or a channel; "" for none')
    .action(async ({ hub: server, org, ...switches }: Where & Switches, command: Command) => {
      if (Object.keys(switches).length === 0)
        command.error('error: nothing to set; use --mode, --restrictions, --enforce-from or --contact');
      const { setSwitches } = await import('./hub-settings.ts');
      await setSwitches(
        { ...(server === undefined ? {} : { hub: server }), ...(org === undefined ? {} : { org }) },
        switches,
      );
    });
  addListCommands(hub, command);
  command('activity', 'owner: show who changed what, newest first').action(async (where: Where) => {
    const { showActivity } = await import('./hub-settings.ts');
    await showActivity(where);
  });
  addPeopleCommands(hub);
  command('rotate-key', 'owner: announce the next signing key, and later start signing with it')
    .option('--use <kid>', 'start signing with this announced key, once it is pinned on every managed machine')
    .action(async ({ use, ...where }: Where & { use?: string }) => {
      const { announceKey, signWithKey } = await import('./rotate-key.ts');
      await (use === undefined ? announceKey(where) : signWithKey(where, use));
    });
}
