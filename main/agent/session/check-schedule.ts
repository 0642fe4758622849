import { backOff } from '../back-off.ts';

/** When the credential is refreshed and the user's organizations are checked next. */
export interface CheckSchedule {
  /** In a row. */
  readonly failures: number;
  /** Milliseconds until the next check. */
  readonly delay: number;
}

const FIRST_RETRY_MS = 30_000;
const LAST_RETRY_MS = 15 * 60_000;
/** Timers are 32 bits wide. */
const LONGEST_TIMER_MS = 24 * 3_600_000;

/** A token is refreshed after this part of its lifetime at the earliest, and after the other at the latest. */
const EARLIEST = 0.6;
const LATEST = 0.8;

/**
 * When to refresh an access token, in milliseconds after its issue: not at the same moment on all machines that were started at the same
 * moment.
 *
 * @param lifetime milliseconds from issue to expiry.
 * @param random in [0, 1).
 */
export function refreshAfter(lifetime: number, random: number): number {
  return lifetime * (EARLIEST + (LATEST - EARLIEST) * random);
}

/**
 * @param dueIn milliseconds until the access token should be refreshed; 0 or less although the check succeeded means that the provider
 *   could not be asked, and that the token in hand is still valid for a while.
 * @param random in [0, 1).
 */
export function afterSuccess(failures: number, dueIn: number, random: number): CheckSchedule {
  if (dueIn > 0) return { failures: 0, delay: Math.min(dueIn, LONGEST_TIMER_MS) };
  return { failures: failures + 1, delay: retryDelay(failures + 1, random) };
}

/** @param hasCredential false: the keyring did not give it. Some keyrings ask their user each time they are read, so they are read rarely. */
export function afterFailure(failures: number, hasCredential: boolean, random: number): CheckSchedule {
  const count = failures + 1;
  return { failures: count, delay: hasCredential ? retryDelay(count, random) : LAST_RETRY_MS };
}

function retryDelay(failures: number, random: number): number {
  return backOff(failures, FIRST_RETRY_MS, LAST_RETRY_MS, random);
}
