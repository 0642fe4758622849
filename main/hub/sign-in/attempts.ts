import { z } from 'zod';
import type { Tallies } from '../store/tallies.ts';

/** Allowed without a wait, because people mistype. */
const FREE_FAILURES = 8;
const FIRST_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 5 * 60_000;
const DAY_MS = 86_400_000;

/** Slows down password guessing, per user name. Unknown names are treated alike, so that nothing tells which names exist. */
export interface SignInAttempts {
  /**
   * Call it before verifying a password. The attempt counts as failed until `succeeded`, so that sending many at once gains
   * nothing.
   * @returns milliseconds to wait, 0 to go ahead
   */
  begin: (username: string) => Promise<number>;
  succeeded: (username: string) => Promise<void>;
  /** The password was not checked after all. */
  notTried: (username: string) => Promise<void>;
}

const Failures = z.object({ failures: z.number(), openAt: z.number() });

/** @param now milliseconds since 1970 */
export function createSignInAttempts(tallies: Tallies, now: () => number): SignInAttempts {
  const tally = tallies.tally('sign-in', { schema: Failures, forgottenAfter: DAY_MS });
  const nameOf = (username: string): string => username.trim().toLowerCase();
  return {
    begin: (username) =>
      tally.change(nameOf(username), (before) => {
        const state = before ?? { failures: 0, openAt: 0 };
        const wait = state.openAt - now();
        if (wait > 0) return { state, result: wait };
        const failures = state.failures + 1;
        const backOff =
          failures < FREE_FAILURES ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - FREE_FAILURES));
        return { state: { failures, openAt: now() + backOff }, result: 0 };
      }),
    notTried: (username) =>
      tally.change(nameOf(username), (before) => ({
        state: before === undefined ? null : { failures: Math.max(0, before.failures - 1), openAt: 0 },
        result: undefined,
      })),
    succeeded: (username) => tally.change(nameOf(username), () => ({ state: null, result: undefined })),
  };
}
