import { backOff } from '../back-off.ts';

/** Spreads the machines of an organization. */
const JITTER = 0.1;
/** The shortest first interval, as a part of a whole one. */
const FIRST = 0.1;
const FIRST_RETRY_MS = 30_000;
const LAST_RETRY_MS = 15 * 60_000;

export interface SyncEnded {
  /** Attempts that failed in a row; 0 after one that did not. */
  failures: number;
  /** Milliseconds until the regular sync that was planned before; null before the first one and after a failure. */
  plannedIn: number | null;
  /** The interval while all is well. */
  refreshMinutes: number;
  /** In [0, 1). */
  random: number;
}

/**
 * How long to wait before the next sync, in milliseconds.
 *
 * Machines that started together, or that were all told of a change at the same moment, must not ask in step from then on. So the first
 * regular sync comes at any moment of the interval, and one in between (news, a wake, a click) leaves the planned one where it is.
 */
export function nextDelay({ failures, plannedIn, refreshMinutes, random }: SyncEnded): number {
  if (failures > 0) return backOff(failures, FIRST_RETRY_MS, LAST_RETRY_MS, random);
  const interval = refreshMinutes * 60_000;
  if (plannedIn === null) return Math.round(interval * (FIRST + (1 - FIRST) * random));
  // An administrator may have shortened the interval meanwhile.
  if (plannedIn > 0) return Math.round(Math.min(plannedIn, interval * (1 + JITTER)));
  return Math.round(interval * (1 - JITTER + 2 * JITTER * random));
}
