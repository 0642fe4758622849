import { readdirSync, readFileSync } from 'node:fs';

/** What the kernel tells of a program that consists of several processes; proc(5). */

/** A process and all that descend from it. */
export function processTree(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? parentOf(name) : null;
    if (parent !== null) parents.set(Number(name), parent);
  }
  const tree = [pid];
  for (const member of tree) for (const [child, parent] of parents) if (parent === member) tree.push(child);
  return tree;
}

function parentOf(pid: string): number | null {
  const stat = read(`/proc/${pid}/stat`);
  // The command's name stands in parentheses and may hold anything; the parent is the second field behind it.
  return stat === null ? null : Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** null: it has ended, or may not be read. */
function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

/** Chromium's kind of a process, such as `renderer`; `browser` is the program itself. */
export function kindOf(pid: number): string {
  const words = (read(`/proc/${pid}/cmdline`) ?? '').split(/[\0 ]/);
  const value = (name: string): string | undefined => words.find((word) => word.startsWith(name))?.slice(name.length);
  const type = value('--type=') ?? 'browser';
  return type === 'utility' ? (value('--utility-sub-type=')?.split('.')[0] ?? type) : type;
}

/**
 * MiB of a process: its share of what it has in common with others (PSS), which only root is told of a sandboxed process; else null.
 */
export function proportionalMemory(pid: number): number | null {
  const kibibytes = /^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`) ?? '')?.[1];
  return kibibytes === undefined ? null : Number(kibibytes) / 1024;
}

/** MiB without what it has in common with others (RSS without files and shared memory): what everybody may read. */
export function ownMemory(pid: number): number {
  return Number(/^RssAnon:\s+(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1] ?? 0) / 1024;
}

/** How often each thread of these processes has gone to sleep so far, and was woken: by process and thread. */
export function sleeps(pids: readonly number[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const pid of pids) {
    for (const task of threads(pid)) {
      const status = read(`/proc/${pid}/task/${task}/status`) ?? '';
      const times = /^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1];
      const name = /^Name:\s+(.*)/m.exec(status)?.[1] ?? '';
      if (times !== undefined) counts.set(`${pid}/${task}/${name}`, Number(times));
    }
  }
  return counts;
}

function threads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    // It has ended.
    return [];
  }
}
