import { backOff } from '../back-off.ts';

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 5 * 60_000;
/** A stream that stayed open this long was no failure. */
const HEALTHY_MS = 30_000;
/** The shortest wait, as a part of the longest. */
const SHORTEST = 0.1;

/** An event stream that has ended, or could not be opened. */
export interface LostStream {
  /** In a row, before this one. */
  failures: number;
  /** Milliseconds from the attempt to open it to its end. */
  lasted: number;
  /** The server's `retry`, in milliseconds: within which time it can take all its streams back. 0 where it said none. */
  retry: number;
}

/**
 * When to open the stream again, in milliseconds. A server that restarts loses all its streams at the same moment, so they return spread
 * over the time that it named (WHATWG HTML section 9.2.5); only the server knows how many they are.
 *
 * @param random in [0, 1).
 */
export function reconnectAfter(
  { failures, lasted, retry }: LostStream,
  random: number,
): { failures: number; delay: number } {
  const first = Math.min(Math.max(FIRST_RETRY_MS, retry), LAST_RETRY_MS);
  const count = lasted > HEALTHY_MS ? 1 : failures + 1;
  const delay =
    count === 1
      ? Math.round(first * (SHORTEST + (1 - SHORTEST) * random))
      : backOff(count, first, LAST_RETRY_MS, random);
  return { failures: count, delay };
}

/**
 * Whether an opened stream calls for a sync. It begins with the revision in force, so that mostly there is nothing to ask: else every
 * machine would ask for everything whenever a server restarts.
 *
 * @param awaitsDecision a request of the user is open: decisions of meanwhile are not told again.
 */
export function syncsOnOpen(sync: { failures: number; lastContact: number | null }, awaitsDecision: boolean): boolean {
  return sync.failures > 0 || sync.lastContact === null || awaitsDecision;
}
