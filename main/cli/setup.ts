import type { Command } from 'commander';
import { systemClock } from '../platform/time/clock.ts';
import type { SetupProperties } from './setup-wanted.ts';

/** `portcullis setup`: the steps that the installers for Windows leave to this program. Nobody types them. */
export function addSetupCommand(program: Command): void {
  const setup = program.command('setup', { hidden: true }).description('the steps of the installer for Windows');
  const actions = () => import('./windows-setup.ts');
  setup
    .command('apply')
    .requiredOption('--allowed-org <names>', 'ALLOWEDORG')
    .requiredOption('--hub <url>', 'HUB')
    .requiredOption('--issuer <url>', 'ISSUER')
    .requiredOption('--client-id <id>', 'CLIENTID')
    .requiredOption('--policy-keys-file <file>', 'POLICYKEYSFILE')
    .requiredOption('--support-contact <contact>', 'SUPPORTCONTACT')
    .requiredOption('--autostart <0|1>', 'AUTOSTART')
    .requiredOption('--attach <what>', 'ATTACH')
    .action((properties: SetupProperties) =>
      logged('notInstalled', async () => (await actions()).applySetup(properties)),
    );
  setup.command('verify').action(() => logged('notInstalled', async () => (await actions()).verifySetup(systemClock)));
  setup.command('roll-back').action(async () => (await actions()).rollBackSetup());
  setup.command('commit').action(() =>
    logged('notInstalled', async () => {
      await (await actions()).commitSetup();
      const { openEventLog } = await import('../gateway/native/windows-event-log.ts');
      (await openEventLog()).write('installed', 'Portcullis is installed, and the gateway is running.');
    }),
  );
  setup.command('remove').action(async () => (await actions()).removeSetup());
}

/** An administrator finds in the event log why nothing was installed. */
async function logged(event: 'notInstalled', step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    const { openEventLog } = await import('../gateway/native/windows-event-log.ts');
    const { problemLine } = await import('../../shared/problems/problem-line.ts');
    const { unexpected } = await import('./unexpected.ts');
    (await openEventLog()).write(event, problemLine(unexpected(error)));
    throw error;
  }
}
