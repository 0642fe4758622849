import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A process, told apart from a later one with the same number: by when it started, and in which boot of the machine. */
export const Owner = z.object({ pid: z.number().int().positive(), startTime: z.string(), boot: z.string() });
export type Owner = z.infer<typeof Owner>;

export function ownerOf(pid: number): Owner {
  return { pid, startTime: startTimeOf(pid), boot: bootId() };
}

export function isAlive(owner: Owner): boolean {
  try {
    return owner.boot === bootId() && owner.startTime === startTimeOf(owner.pid);
  } catch {
    return false;
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Clock ticks since the machine started: field 22 of proc(5) `stat`, counted behind the name, which may hold spaces. */
function startTimeOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTime = fields[22 - 3];
  if (startTime === undefined) throw new Error(`/proc/${pid}/stat has no start time`);
  return startTime;
}
