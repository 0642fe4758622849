import { globSync, readFileSync } from 'node:fs';
import { killAll } from '../../main/demo/vm/processes.ts';

/**
 * Ends the processes that were started with this temporary folder, which nobody else has: those of tests that were killed before
 * they could do so. Only Linux tells what a process was started with; elsewhere nothing is done.
 *
 * @returns how many there were
 */
export async function endProcessesWith(temporary: string): Promise<number> {
  const started = (): number[] =>
    globSync('/proc/[0-9]*/environ')
      .filter((file) => {
        try {
          return readFileSync(file, 'utf8').split('\0').includes(`TMPDIR=${temporary}`);
        } catch {
          // It has ended, or belongs to somebody else.
          return false;
        }
      })
      .map((file) => Number(file.split('/')[2]));
  const { length } = started();
  await killAll(started);
  return length;
}
