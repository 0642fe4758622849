import { backOff } from '../back-off.ts';

/** Spreads the machines of an organization, many of which start at nine o'clock. */
const JITTER = 0.1;
const FIRST_RETRY_MS = 30_000;
const LAST_RETRY_MS = 15 * 60_000;

/**
 * How long to wait before the next attempt, in milliseconds.
 *
 * @param failures attempts that failed in a row; 0 after one that did not.
 * @param refreshMinutes the interval while all is well.
 * @param random in [0, 1).
 */
export function nextDelay(failures: number, refreshMinutes: number, random: number): number {
  if (failures === 0) return Math.round(refreshMinutes * 60_000 * (1 - JITTER + 2 * JITTER * random));
  return backOff(failures, FIRST_RETRY_MS, LAST_RETRY_MS, random);
}
