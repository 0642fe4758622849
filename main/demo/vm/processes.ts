import { readdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';

/** Processes whose network namespace is mounted at `path`; none if nothing is mounted there. */
export function processesInNamespace(path: string): number[] {
  const wanted = statSync(path, { throwIfNoEntry: false });
  if (wanted === undefined) return [];
  const own = statSync('/proc/self/ns/net');
  if (wanted.ino === own.ino && wanted.dev === own.dev) return [];
  return allProcesses().filter((pid) => {
    try {
      const namespace = statSync(`/proc/${pid}/ns/net`);
      // Inode numbers are unique within one file system only.
      return namespace.ino === wanted.ino && namespace.dev === wanted.dev;
    } catch {
      return false;
    }
  });
}

/** The folders of the control group `name`: one with cgroup v2, one per hierarchy with v1. */
function cgroupFolders(name: string): string[] {
  const root = '/sys/fs/cgroup';
  const hierarchies = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(root, entry.name, name));
  return [join(root, name), ...hierarchies].filter((folder) =>
    statSync(folder, { throwIfNoEntry: false })?.isDirectory(),
  );
}

/** Processes in the control group `name` or below it: every process of a container, whatever namespaces it created. */
export function processesInCgroup(name: string): number[] {
  const pids = new Set<number>();
  const visit = (folder: string): void => {
    try {
      for (const line of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n')) {
        if (line !== '') pids.add(Number(line));
      }
    } catch {
      // The group was removed meanwhile.
    }
    for (const child of childFolders(folder)) visit(child);
  };
  for (const folder of cgroupFolders(name)) visit(folder);
  return [...pids];
}

/** Removes the control group and those below it, which must be empty. */
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
 * Kills every process that `list` returns, until it returns none: a process may fork while it is being killed.
 *
 * @param timeoutMs the kernel may need a while to remove a killed process
 * @throws ProblemError `cannot-kill`
 */
export async function killAll(list: () => number[], timeoutMs = 20_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const pids = list();
    if (pids.length === 0) return;
    if (performance.now() > deadline) {
      throw new ProblemError(problem('cannot-kill', { pids: pids.map(String) }));
    }
    pids.forEach(kill);
    await delay(20);
  }
}

/** SIGKILL; does nothing if the process has ended. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Already ended.
  }
}
