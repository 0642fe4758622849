import type { Command } from 'commander';

/** @param panel as of `createProgram`. */
export function addAgentCommand(program: Command, panel: string): void {
  const agent = program.command('agent').description('run the agent without a tray: servers, SSH, CI');
  agent
    .command('run')
    .description('run the agent in the foreground; prints one JSON line with its address when it is ready')
    .option('--config <file>', 'configuration file, see docs/agent.md (default: the settings of an installed agent)')
    .action(async ({ config: file }: { config?: string }) => {
      const { HeadlessConfig, runHeadless } = await import('../agent/run-headless.ts');
      const { readConfigFile } = await import('../platform/fs/config-file.ts');
      const { defaultConfig } = await import('../agent/default-config.ts');
      const config =
        file === undefined
          ? HeadlessConfig.parse(defaultConfig(process.platform))
          : await readConfigFile(file, HeadlessConfig, 'docs/agent.md');
      const { openPipe } = await import('./open-pipe.ts');
      await runHeadless(config, panel, openPipe);
    });
}
