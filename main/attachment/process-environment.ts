import type { Machine } from './machine.ts';

/** @returns null where the process is gone. */
export async function processEnvironment(machine: Machine, pid: number): Promise<Record<string, string> | null> {
  const text = await machine.read(`/proc/${pid}/environ`).catch(() => null);
  if (text === null) return null;
  const entries = text.split('\0').map((entry): [string, string] => {
    const at = entry.indexOf('=');
    return [entry.slice(0, at), entry.slice(at + 1)];
  });
  return Object.fromEntries(entries);
}
