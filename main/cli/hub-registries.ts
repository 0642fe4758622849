import type { Command } from 'commander';
import type { Where } from './change-registries.ts';

/**
 * `portcullis hub allow|disallow ADDRESS`: an owner changes the list, until there is a dashboard. Signs in by device code for this one
 * change and keeps nothing: the agent on this machine may be somebody else's.
 */
export function addHubRegistryCommands(hub: Command): void {
  const command = (name: string, description: string): Command =>
    hub
      .command(`${name} <address>`)
      .description(description)
      .option('--hub <url>', 'the hub; that of the agent on this machine if not given')
      .option(
        '--org <name>',
        'the organization; the one that is required or signed in to on this machine if not given',
      );

  command('allow', 'as an owner: put a registry on the list of allowed ones')
    .option('--nickname <name>', 'what people call it')
    .action(async (address: string, { nickname, ...where }: Where & { nickname?: string }) => {
      const { allowRegistry } = await import('./change-registries.ts');
      await allowRegistry(where, address, nickname);
    });
  command('disallow', 'as an owner: take a registry off the list').action(async (address: string, where: Where) => {
    const { disallowRegistry } = await import('./change-registries.ts');
    await disallowRegistry(where, address);
  });
}
