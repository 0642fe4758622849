import { readdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ProblemError } from '../../../shared/problems/problem.ts';

/** Processes whose network namespace is the one mounted at `path`; none if nothing is mounted there. */
export function processesIn(path: string): number[] {
  const wanted = statSync(path, { throwIfNoEntry: false });
  if (wanted === undefined) return [];
  const own = statSync('/proc/self/ns/net');
  if (wanted.ino === own.ino && wanted.dev === own.dev) return [];
  return allProcesses().filter((pid) => {
    try {
      const namespace = statSync(`/proc/${pid}/ns/net`);
      // The number alone could be that of a plain file on another file system.
      return namespace.ino === wanted.ino && namespace.dev === wanted.dev;
    } catch {
      return false;
    }
  });
}

/** The folders of the control group `name` below the root, one per hierarchy with cgroup v1. */
function cgroupFolders(name: string): string[] {
  const root = '/sys/fs/cgroup';
  const hierarchies = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(root, entry.name, name));
  return [join(root, name), ...hierarchies].filter((folder) =>
    statSync(folder, { throwIfNoEntry: false })?.isDirectory(),
  );
}

/** Processes in the control group `name` or below it: all of a container, whatever namespaces it made itself. */
export function processesInCgroup(name: string): number[] {
  const pids = new Set<number>();
  const visit = (folder: string): void => {
    try {
      for (const line of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n')) {
        if (line !== '') pids.add(Number(line));
      }
    } catch {
      // A group that went away meanwhile has no processes.
    }
    for (const child of childFolders(folder)) visit(child);
  };
  for (const folder of cgroupFolders(name)) visit(folder);
  return [...pids];
}

/** Removes the control group and those below it; they have to be empty. */
export function removeCgroup(name: string): void {
  const remove = (folder: string): void => {
    for (const child of childFolders(folder)) remove(child);
    rmdirSync(folder);
  };
  for (const folder of cgroupFolders(name)) remove(folder);
}

function childFolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(folder, entry.name));
  } catch {
    return [];
  }
}

function allProcesses(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/**
 * Kills what `list` names, and names again, until it names nothing: a process that forks while it is being killed is found
 * the next time.
 *
 * @param patience milliseconds; the kernel may be busy with a process that is already as good as dead
 * @throws ProblemError `cannot-kill` with the process numbers
 */
export async function killAll(list: () => number[], patience = 20_000): Promise<void> {
  const deadline = performance.now() + patience;
  for (;;) {
    const pids = list();
    if (pids.length === 0) return;
    if (performance.now() > deadline) {
      throw new ProblemError({
        code: 'cannot-kill',
        message: 'Processes of the VM do not end.',
        cause: `process ${pids.join(', ')}`,
      });
    }
    pids.forEach(kill);
    await delay(20);
  }
}

/** SIGKILL; nothing if there is no such process any more. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
