import { type Command, Option } from 'commander';

/**
 * For whoever runs a hub: `hub run`, and as root on its machine `hub first-owner`, `hub backup`, `hub restore` and
 * `hub move-to-postgres`.
 *
 * @param dashboardFolder the built dashboard
 */
export function addOperatorCommands(hub: Command, dashboardFolder: string): void {
  const CONFIG = '/etc/portcullis/hub.json';
  const onItsMachine = (name: string, description: string): Command =>
    hub
      .command(name)
      .description(description)
      .addOption(new Option('--config <file>', 'configuration file of the hub').default(CONFIG));
  hub
    .command('run')
    .description('run the hub in the foreground; prints one JSON line {"ready":true,"url":…} when it is ready')
    .requiredOption('--config <file>', 'configuration file (docs/hub-api.md)')
    .action(async ({ config }: { config: string }) => {
      const { runHubCommand } = await import('./hub-run.ts');
      await runHubCommand(config, dashboardFolder);
    });
  onItsMachine('first-owner', 'operator: print a code for the first owner of an organization, who has none yet')
    .option('--org <name>', 'organization (default: the only one)')
    .action(async ({ config, org }: { config: string; org?: string }) => {
      const { printFirstOwnerCode } = await import('./hub-operate.ts');
      await printFirstOwnerCode(config, org);
    });
  onItsMachine('backup', 'operator: save the database of the hub, also while it is running')
    .argument('<file>', 'file to write, which must not exist; it contains the signing keys')
    .action(async (file: string, { config }: { config: string }) => {
      const { saveBackup } = await import('./hub-operate.ts');
      await saveBackup(config, file);
    });
  onItsMachine('restore', 'operator: replace the database of a stopped hub by a backup')
    .argument('<file>', 'file that "hub backup" has written')
    .action(async (file: string, { config }: { config: string }) => {
      const { restoreFromBackup } = await import('./hub-operate.ts');
      await restoreFromBackup(config, file);
    });
  onItsMachine(
    'move-to-postgres',
    'operator: copy the database of a stopped hub to the one its configuration names',
  ).action(async ({ config }: { config: string }) => {
    const { moveDatabase } = await import('./hub-move.ts');
    await moveDatabase(config);
  });
}
