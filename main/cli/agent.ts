import { join } from 'node:path';
import type { Command } from 'commander';

/** @param root the folder with `out/`, of which the panel is served. */
export function addAgentCommand(program: Command, root: string): void {
  const agent = program.command('agent').description("the user's part, where there is no tray: servers, SSH, CI");
  agent
    .command('run')
    .description('run it in the foreground; one JSON line on standard output says when it serves, and where')
    .option('--config <file>', 'its configuration, see docs/agent.md (default: what an installed program goes by)')
    .action(async ({ config: file }: { config?: string }) => {
      const { HeadlessConfig, runHeadless } = await import('../agent/run-headless.ts');
      const { readConfigFile } = await import('../platform/fs/config-file.ts');
      const { defaultConfig } = await import('../agent/default-config.ts');
      const config =
        file === undefined
          ? HeadlessConfig.parse(defaultConfig(process.platform))
          : await readConfigFile(file, HeadlessConfig, 'docs/agent.md');
      await runHeadless(config, join(root, 'out', 'renderer'));
    });
}
