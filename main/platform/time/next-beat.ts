/** A timer that is due at a beat may run this much before it. Milliseconds. */
const EARLY = 50;

/**
 * When to look next at something that is looked at every so often: at moments that are the same for all that have this interval, so that a
 * process at rest is woken once for all of it.
 *
 * @param now on the monotonic clock, in milliseconds, as `interval` and the result
 */
export function nextBeat(now: number, interval: number): number {
  return (Math.floor((now + EARLY) / interval) + 1) * interval;
}
