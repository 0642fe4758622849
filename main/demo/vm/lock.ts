import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';

/**
 * There is no stale lock: /run is emptied at boot, and the kernel releases flock(2) when the holder dies. Not in /run/lock, where anybody may
 * make this file first and keep it.
 */
const LOCK_FILE = '/run/portcullis-vm.lock';

/**
 * Runs `work` while no other process on this machine does. Node has no flock(2), so flock(1) holds the lock until its standard
 * input ends, which it does even if this process is killed.
 *
 * @throws ProblemError `cannot-lock`
 */
export async function withVmLock<T>(work: () => Promise<T>): Promise<T> {
  const holder = spawn('flock', [LOCK_FILE, 'sh', '-c', 'echo held && exec cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  const ended = once(holder, 'close');
  const held = await Promise.race([once(holder.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!held) {
    throw new ProblemError(problem('cannot-lock', { file: LOCK_FILE }));
  }
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
