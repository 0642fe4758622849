import { type Command, Option } from 'commander';
import type { Where } from './as-owner.ts';
import type { Switches } from './hub-settings.ts';

/**
 * What an owner sees and changes at the hub, until there is a dashboard: `portcullis hub show|allow|disallow|set|activity`, the list;
 * `hub rotate-key`, the key that signs it. Each signs in by device code for this one call.
 */
export function addOwnersCommands(hub: Command): void {
  const command = (name: string, description: string): Command =>
    hub
      .command(name)
      .description(description)
      .option('--hub <url>', 'the hub; that of the agent on this machine if not given')
      .option(
        '--org <name>',
        'the organization; the one that is required or signed in to on this machine if not given',
      );

  command('show', 'as an owner: print the list, its revision, and whether it is enforced')
    .option('--json', 'the settings, for programs (docs/hub-api.md)')
    .action(async ({ json = false, ...where }: Where & { json?: boolean }) => {
      const { showSettings } = await import('./hub-settings.ts');
      await showSettings(where, json);
    });
  command('allow <addresses...>', 'as an owner: put registries on the list of allowed ones')
    .option('--nickname <name>', 'what people call it')
    .action(async (addresses: string[], { nickname, ...where }: Where & { nickname?: string }) => {
      const { allowRegistries } = await import('./change-registries.ts');
      await allowRegistries(where, addresses, nickname);
    });
  command('disallow <addresses...>', 'as an owner: take registries off the list').action(
    async (addresses: string[], where: Where) => {
      const { disallowRegistries } = await import('./change-registries.ts');
      await disallowRegistries(where, addresses);
    },
  );
  command('set', 'as an owner: enforce or only record, switch the restrictions on or off, say whom to ask')
    .addOption(new Option('--mode <mode>', 'audit records and refuses nothing').choices(['enforce', 'audit']))
    .addOption(new Option('--restrictions <switch>', 'off: nothing is refused or recorded').choices(['on', 'off']))
    .option('--contact <whom>', 'stands in refusals: an address, a channel; "" for none')
    .action(async ({ hub: server, org, ...switches }: Where & Switches, command: Command) => {
      if (Object.keys(switches).length === 0)
        command.error('error: say what to set: --mode, --restrictions or --contact');
      const { setSwitches } = await import('./hub-settings.ts');
      await setSwitches(
        { ...(server === undefined ? {} : { hub: server }), ...(org === undefined ? {} : { org }) },
        switches,
      );
    });
  command('activity', 'as an owner: print who changed what, the latest first').action(async (where: Where) => {
    const { showActivity } = await import('./hub-settings.ts');
    await showActivity(where);
  });
  command('rotate-key', 'as an owner: announce the next signing key, and later sign with it')
    .option('--use <kid>', 'sign with this announced key from now on, once every managed machine has it pinned')
    .action(async ({ use, ...where }: Where & { use?: string }) => {
      const { announceKey, signWithKey } = await import('./rotate-key.ts');
      await (use === undefined ? announceKey(where) : signWithKey(where, use));
    });
}
