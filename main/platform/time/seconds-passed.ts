import type { Clock } from './clock.ts';

/** What the two clocks may differ by for other causes: steps of a time service, reading one after the other. */
const TOLERATED_MS = 1_000;

/**
 * Seconds since some moment that never run backwards and go on while the machine sleeps, as far as the wall clock tells: for what
 * becomes stale. Somebody who sets the clock forward makes it stale early, which does no harm. Two readings of clocks in memory,
 * where `Clock.uptime` costs a system call and more.
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
