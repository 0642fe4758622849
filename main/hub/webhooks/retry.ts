const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Between one try and the next: nine tries over nearly a day. */
const WAITS = [
  5 * SECOND_MS,
  MINUTE_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  8 * HOUR_MS,
  8 * HOUR_MS,
];
/** What is due later than this was written by a clock that has been set back since. */
export const LONGEST_WAIT_MS = Math.max(...WAITS) * 1.1;

/**
 * Milliseconds until the next try; null where it is given up.
 *
 * @param tries how many there were
 * @param chance 0 to 1: spreads those that failed together
 */
export function waitAfter(tries: number, chance: number): number | null {
  const wait = WAITS[tries - 1];
  return wait === undefined ? null : Math.round(wait * (0.9 + 0.2 * chance));
}
