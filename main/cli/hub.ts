import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';

/** `portcullis hub run`: the embedded hub (docs/hub-api.md), beside the commands for owners, which are in every installation. */
export function addHubRunCommand(program: Command): void {
  program.commands
    .find((command) => command.name() === 'hub')
    ?.command('run')
    .description('run the hub in the foreground; prints one JSON line {"ready":true,"url":…} when it is ready')
    .requiredOption('--config <file>', 'configuration file (docs/hub-api.md)')
    .action(async (options: { config: string }) => {
      const { HubConfig } = await import('../hub/config.ts');
      const { readConfigFile } = await import('../platform/fs/config-file.ts');
      const { createLogger } = await import('../platform/log/logger.ts');
      const { stopSignal } = await import('../platform/process/stop-signal.ts');
      const { systemClock } = await import('../platform/time/clock.ts');
      const { runHub } = await import('../hub/run.ts');
      const config = await readConfigFile(options.config, HubConfig, 'docs/hub-api.md');
      await runHub(config, {
        clock: systemClock,
        random: randomBytes,
        log: createLogger('hub', config.log),
        announce: (line) => process.stdout.write(`${line}\n`),
        stop: stopSignal(),
      });
    });
}
