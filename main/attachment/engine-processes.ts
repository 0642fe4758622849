import type { Machine } from './machine.ts';

/** A process of an engine's program; what `/proc` says of it is read when it is asked for. */
export interface RunningProgram {
  readonly pid: number;
  /** `dockerd` */
  readonly program: string;
  /** @param file below `/proc/PID`; empty where the process has ended since. */
  read(file: string): Promise<string>;
}

/**
 * The processes that run one of these programs and may pull. One that was only asked for its version ends at once and pulls nothing: two
 * audits at the same time, or a user who types `dockerd --version`, are no way past.
 */
export async function runningPrograms(machine: Machine, names: ReadonlySet<string>): Promise<RunningProgram[]> {
  const found: RunningProgram[] = [];
  for (const pid of await machine.list('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const read = async (file: string): Promise<string> =>
      (await machine.read(`/proc/${pid}/${file}`).catch(() => null)) ?? '';
    const program = (await read('comm')).trim();
    if (!names.has(program) || isVersionQuestion(await read('cmdline'))) continue;
    found.push({ pid: Number(pid), program, read });
  }
  return found;
}

/** @param commandLine as in `/proc/PID/cmdline`; with any other argument beside it, the program may well serve. */
function isVersionQuestion(commandLine: string): boolean {
  return /^[^\0]*\0(--version|-v)\0$/.test(commandLine);
}
