import type { CommandFile } from './program.ts';

/** The embedded hub is for evaluation and tests, and no part of the installed product: the bundle must not even see this file. */
export const hubCommand: CommandFile = {
  names: ['hub'],
  add: async (program) => (await import('./hub.ts')).addHubCommand(program),
};
