import type { CommandFile } from './program.ts';

/** The hub itself is no part of the installed product: its bundle must not even see this file. */
export const hubRunCommand: CommandFile = {
  names: ['hub'],
  add: async (program) => (await import('./hub.ts')).addHubRunCommand(program),
};
