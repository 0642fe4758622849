import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ProblemError } from '../../../shared/problems/problem.ts';

/** /run is emptied at boot, and flock(2) lets go when its holder dies: there is no stale lock. */
const LOCK = '/run/lock/portcullis-vm.lock';

/**
 * Runs `work` while no other process of this machine does so. Node has no flock(2), so flock(1) holds it for us and lets go when
 * its standard input ends, which the kernel sees to even if this process is killed.
 */
export async function exclusively<T>(work: () => Promise<T>): Promise<T> {
  const holder = spawn('flock', [LOCK, 'sh', '-c', 'echo held && exec cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  const ended = once(holder, 'close');
  const held = await Promise.race([once(holder.stdout, 'data').then(() => true), ended.then(() => false)]);
  if (!held) {
    throw new ProblemError({
      code: 'cannot-lock',
      message: `${LOCK} cannot be locked.`,
      next: 'Is flock(1) installed?',
    });
  }
  try {
    return await work();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
