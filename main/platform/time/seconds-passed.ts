import type { Clock } from './clock.ts';

/** The clocks may drift apart this far without a sleep: steps of a time service, and reading them one after the other. */
const TOLERATED_MS = 1_000;

/**
 * Seconds since some moment that never run backwards and include sleep, as far as the wall clock shows it. For expiry: setting the
 * clock forward only makes things expire early. Reads two clocks in memory, where `Clock.uptime` costs a system call.
 */
export function secondsPassed({ wall, monotonic }: Pick<Clock, 'wall' | 'monotonic'>): () => number {
  let ahead = wall() - monotonic();
  let slept = 0;
  return () => {
    const now = monotonic();
    const aheadNow = wall() - now;
    if (aheadNow > ahead + TOLERATED_MS) slept += aheadNow - ahead;
    if (aheadNow < ahead || aheadNow > ahead + TOLERATED_MS) ahead = aheadNow;
    return (now + slept) / 1000;
  };
}
