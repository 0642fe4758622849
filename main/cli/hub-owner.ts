import type { Command } from 'commander';
import type { Where } from './as-owner.ts';

/**
 * What an owner changes at the hub, until there is a dashboard: `portcullis hub allow|disallow ADDRESS`, the list; `hub rotate-key`,
 * the key that signs it. Each signs in by device code for this one change.
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

  command('allow <address>', 'as an owner: put a registry on the list of allowed ones')
    .option('--nickname <name>', 'what people call it')
    .action(async (address: string, { nickname, ...where }: Where & { nickname?: string }) => {
      const { allowRegistry } = await import('./change-registries.ts');
      await allowRegistry(where, address, nickname);
    });
  command('disallow <address>', 'as an owner: take a registry off the list').action(
    async (address: string, where: Where) => {
      const { disallowRegistry } = await import('./change-registries.ts');
      await disallowRegistry(where, address);
    },
  );
  command('rotate-key', 'as an owner: announce the next signing key, and later sign with it')
    .option('--use <kid>', 'sign with this announced key from now on, once every managed machine has it pinned')
    .action(async ({ use, ...where }: Where & { use?: string }) => {
      const { announceKey, signWithKey } = await import('./rotate-key.ts');
      await (use === undefined ? announceKey(where) : signWithKey(where, use));
    });
}
