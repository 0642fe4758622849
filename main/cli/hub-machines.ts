import { type Command, Option } from 'commander';
import { MachineSort, MachineState } from '../../shared/schemas/hub/machines.ts';
import type { Where } from './as-owner.ts';
import type { MachineFilter } from './list-machines.ts';
import { wholeNumber } from './whole-number.ts';

type Asked<T = object> = Where & { json?: boolean } & T;

/** `portcullis hub machines …`: which machines enforce, for auditors; enrolling and forgetting them, for owners. */
export function addMachineCommands(hub: Command): void {
  const machines = hub.command('machines').description('auditor: which machines enforce; owner: enrol and forget them');
  const command = (group: Command, name: string, description: string): Command =>
    group
      .command(name)
      .description(description)
      .option('--hub <url>', 'URL of the hub (default: the one of the agent on this machine)')
      .option('--org <name>', 'organization (default: the one that this machine requires or is signed in to)')
      .option('--json', 'print the answer of the hub as JSON (docs/hub-api.md)');

  command(machines, 'list', 'show the machines, what needs attention first')
    .addOption(new Option('--state <state>', 'only those in this state').choices(MachineState.options))
    .option('--search <text>', 'only those whose identifier begins so, or with this in person, system or version')
    .addOption(new Option('--sort <by>', 'the order').choices(MachineSort.options).default('state'))
    .action(async ({ state, search, sort, ...asked }: Asked<MachineFilter>) => {
      const { listMachines } = await import('./list-machines.ts');
      await listMachines(asked, { state, search, sort });
    });
  command(machines, 'show <identifier>', 'show one machine, by the 12 characters that panel and status show').action(
    async (identifier: string, asked: Asked) => {
      const { showMachine } = await import('./list-machines.ts');
      await showMachine(asked, identifier);
    },
  );
  command(machines, 'forget <identifier>', 'delete a machine and its enrolment').action(
    async (identifier: string, asked: Asked) => {
      const { forgetMachine } = await import('./enrol-machines.ts');
      await forgetMachine(asked, identifier);
    },
  );
  command(machines, 'enrol [thumbprints...]', 'enrol machines by the thumbprints that root read on them')
    .option('--file <file>', 'a file with one thumbprint a line')
    .action(async (thumbprints: string[], { file, ...asked }: Asked<{ file?: string }>, self: Command) => {
      if (thumbprints.length === 0 && file === undefined) self.error('error: give thumbprints, or --file FILE');
      const { enrolMachines } = await import('./enrol-machines.ts');
      await enrolMachines(asked, { thumbprints, file });
    });

  const codes = machines.command('codes').description('owner: one-time codes, each of which enrols one machine');
  command(codes, 'show', 'show how many codes are unused').action(async (asked: Asked) => {
    const { showCodes } = await import('./enrol-machines.ts');
    await showCodes(asked);
  });
  command(codes, 'make', 'make codes, and print them: the only time that they are shown')
    .option('--count <number>', 'how many', wholeNumber(1000), 1)
    .option('--hours <number>', 'for how long they can be used', wholeNumber(720), 24)
    .option('--out <file>', 'write them to a file that only you can read, instead of printing them')
    .action(async ({ count, hours, out, ...asked }: Asked<{ count: number; hours: number; out?: string }>) => {
      const { makeCodes } = await import('./enrol-machines.ts');
      await makeCodes(asked, { count, hours, out });
    });
  command(codes, 'revoke', 'make all unused codes void').action(async (asked: Asked) => {
    const { revokeCodes } = await import('./enrol-machines.ts');
    await revokeCodes(asked);
  });
}
