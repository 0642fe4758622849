import type { Command } from 'commander';

export function addGatewayCommand(program: Command): void {
  const gateway = program.command('gateway').description('the DNS filter and registry proxy that the engine points at');
  gateway
    .command('run')
    .description('run it in the foreground; one JSON line on standard output says when it serves, and where')
    .requiredOption('--config <file>', 'its configuration, see docs/gateway.md')
    .action(async ({ config: file }: { config: string }) => {
      const { runGateway } = await import('../gateway/run-gateway.ts');
      await runGateway(file);
    });
}
