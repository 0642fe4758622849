import type { Command } from 'commander';
import { printJson, printLine } from './print.ts';

export function addGatewayCommand(program: Command): void {
  const gateway = program
    .command('gateway')
    .description('run or inspect the gateway: the DNS filter and registry proxy');
  gateway
    .command('run')
    .description('run the gateway in the foreground; prints one JSON line with its addresses when it is ready')
    .requiredOption('--config <file>', 'configuration file, see docs/gateway.md')
    .option('--service', 'run it as the Windows service PortcullisGateway; only the service manager can start it so')
    .action(async ({ config: file, service }: { config: string; service?: true }) => {
      if (service) {
        const { runAsService } = await import('../gateway/service/run-as-service.ts');
        return runAsService(file);
      }
      const { runGateway } = await import('../gateway/service/run-gateway.ts');
      await runGateway(file);
    });
  gateway
    .command('status')
    .description('show what the running gateway enforces, the state of its resolvers, and any problems it reports')
    .option('--config <file>', 'configuration file of the gateway; by default the installed one is asked, or the demo')
    .option('--json', 'print everything as JSON (docs/gateway.md)')
    .action(async ({ config: file, json }: { config?: string; json?: true }) => {
      const { printGatewayStatus, statusAt } = await import('./gateway-status.ts');
      const { thisGateway } = await import('./this-gateway.ts');
      const place = await thisGateway(file);
      const status = await statusAt(place);
      if (json) printJson(status);
      else printGatewayStatus(status, place, Date.now());
    });
  gateway
    .command('identity')
    .description("show the thumbprint of the gateway's key, by which an owner enrols this machine")
    .option('--config <file>', 'configuration file of the gateway; by default the installed one is asked, or the demo')
    .option('--json', 'print as JSON: { jkt, shortId, machineId }')
    .action(async ({ config, json }: { config?: string; json?: true }) => {
      const { printGatewayIdentity } = await import('./gateway-identity.ts');
      await printGatewayIdentity(config, json === true);
    });
  gateway
    .command('enrol')
    .description(
      'give the gateway the one-time code in a file that only root can read, and remove the file (root only)',
    )
    .option('--code-file <file>', 'file with the code; by default enrolment-code beside the managed configuration')
    .option('--config <file>', 'configuration file of the gateway; by default the installed one is asked, or the demo')
    .action(async (options: { codeFile?: string; config?: string }) => {
      const { enrolGateway } = await import('./gateway-enrol.ts');
      await enrolGateway(options);
    });
  gateway
    .command('reset-revision')
    .description(
      'accept the next policy of an organization at any revision, after its server was restored from a backup (root only)',
    )
    .requiredOption('--org <name>', 'name of the organization')
    .option('--config <file>', 'configuration file of the gateway; by default the installed one is asked, or the demo')
    .action(async ({ org, config: file }: { org: string; config?: string }) => {
      const { resetRevision } = await import('./gateway-reset-revision.ts');
      printLine(await resetRevision(org, file));
    });
}
