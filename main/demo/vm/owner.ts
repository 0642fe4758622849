import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A process. Start time and boot tell it apart from a later one with the same number. */
export const Owner = z.object({ pid: z.number().int().positive(), startTime: z.string(), boot: z.string() });
export type Owner = z.infer<typeof Owner>;

export function ownerOf(pid: number): Owner {
  return { pid, startTime: statOf(pid).startTime, boot: bootId() };
}

/** A zombie counts as dead: it only waits for its parent, which may take long. */
export function isAlive(owner: Owner): boolean {
  try {
    const { state, startTime } = statOf(owner.pid);
    return owner.boot === bootId() && owner.startTime === startTime && state !== 'Z' && state !== 'X';
  } catch {
    return false;
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

/** Fields 3 and 22 of proc(5) `stat`, counted after the name, which may contain spaces. `startTime` is in clock ticks since boot. */
function statOf(pid: number): { state: string; startTime: string } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTime] = [fields[3 - 3], fields[22 - 3]];
  if (state === undefined || startTime === undefined) throw new Error(`/proc/${pid}/stat is truncated`);
  return { state, startTime };
}
