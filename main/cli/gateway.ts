import type { Command } from 'commander';
import { printJson, printLine } from './print.ts';

const DEFAULT_CONFIG = '/etc/portcullis/gateway.json';

export function addGatewayCommand(program: Command): void {
  const gateway = program.command('gateway').description('the DNS filter and registry proxy that the engine points at');
  gateway
    .command('run')
    .description('run it in the foreground; one JSON line on standard output says when it serves, and where')
    .requiredOption('--config <file>', 'its configuration, see docs/gateway.md')
    .action(async ({ config: file }: { config: string }) => {
      const { runGateway } = await import('../gateway/service/run-gateway.ts');
      await runGateway(file);
    });
  gateway
    .command('status')
    .description('what is in force in the running gateway, how its resolvers do, and what it has to complain of')
    .option('--config <file>', "the gateway's configuration", DEFAULT_CONFIG)
    .option('--json', 'everything that it tells, for programs (docs/gateway.md)')
    .action(async ({ config: file, json }: { config: string; json?: true }) => {
      const { gatewayStatus, printGatewayStatus } = await import('./gateway-status.ts');
      const status = await gatewayStatus(file);
      if (json) printJson(status);
      else printGatewayStatus(status, Date.now());
    });
  gateway
    .command('reset-revision')
    .description(
      'root only: accept the next policy of an organization whatever its revision, for a server restored from a backup',
    )
    .requiredOption('--org <name>', 'the organization')
    .option('--config <file>', "the gateway's configuration", DEFAULT_CONFIG)
    .action(async ({ org, config: file }: { org: string; config: string }) => {
      const { resetRevision } = await import('./gateway-reset-revision.ts');
      printLine(await resetRevision(org, file));
    });
}
