import { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { hintAtHelp } from './hint-at-help.ts';

/** A file of the command line, loaded when one of its commands is called. */
export interface CommandFile {
  /** What it adds to the program, in the order of the help. */
  names: readonly string[];
  /** @param panel as of `createProgram`. */
  add(program: Command, panel: string): Promise<void>;
}

/** The commands of the installed product, in the order of the help. */
export const commandFiles: readonly CommandFile[] = [
  { names: ['status'], add: async (program) => (await import('./status.ts')).addStatusCommand(program) },
  { names: ['explain'], add: async (program) => (await import('./explain.ts')).addExplainCommand(program) },
  {
    names: ['request', 'requests'],
    add: async (program) => (await import('./request.ts')).addRequestCommands(program),
  },
  { names: ['sync'], add: async (program) => (await import('./sync.ts')).addSyncCommand(program) },
  { names: ['sign-in', 'sign-out'], add: async (program) => (await import('./sign-in.ts')).addSignInCommands(program) },
  { names: ['open'], add: async (program) => (await import('./open.ts')).addOpenCommand(program) },
  { names: ['report'], add: async (program) => (await import('./report.ts')).addReportCommand(program) },
  { names: ['doctor'], add: async (program) => (await import('./doctor.ts')).addDoctorCommand(program) },
  { names: ['completion'], add: async (program) => (await import('./completion.ts')).addCompletionCommand(program) },
  { names: ['agent'], add: async (program, panel) => (await import('./agent.ts')).addAgentCommand(program, panel) },
  { names: ['gateway'], add: async (program) => (await import('./gateway.ts')).addGatewayCommand(program) },
  { names: ['engine'], add: async (program) => (await import('./engine.ts')).addEngineCommand(program) },
  {
    names: ['managed-config'],
    add: async (program) => (await import('./managed-config.ts')).addManagedConfigCommand(program),
  },
  { names: ['policy'], add: async (program) => (await import('./policy.ts')).addPolicyCommand(program) },
  { names: ['setup'], add: async (program) => (await import('./setup.ts')).addSetupCommand(program) },
  { names: ['hub'], add: async (program) => (await import('./hub-owner.ts')).addOwnersCommand(program) },
];

/** These show or complete all commands. */
const NEEDS_ALL = new Set(['help', 'completion']);

/**
 * The command line. It loads only the file of the command that is called, because loading all of them takes longer than most commands
 * run; help, completion and a mistyped command need them all.
 *
 * @param panel the folder with the panel's built files, in a checkout or a package.
 * @param words what was typed after `portcullis`
 * @param more beside those of the installed product; may add to one of theirs
 */
export async function createProgram(
  panel: string,
  words: readonly string[],
  more: readonly CommandFile[] = [],
): Promise<Command> {
  const program = new Command('portcullis')
    .description('Registry Access Management for the container engine on this machine')
    .version(manifest.version, '--version', 'print the version')
    .exitOverride();
  for (const { add } of neededFor(words, [...commandFiles, ...more])) await add(program, panel);
  hintAtHelp(program, [program.name()]);
  return program;
}

function neededFor(words: readonly string[], files: readonly CommandFile[]): readonly CommandFile[] {
  const [first = ''] = words;
  if (first === '--version') return [];
  const called = NEEDS_ALL.has(first) ? [] : files.filter(({ names }) => names.includes(first));
  return called.length === 0 ? files : called;
}
