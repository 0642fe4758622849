/** Failures that cost nothing but the hashing; a person mistypes. */
const FREE_FAILURES = 8;
const FIRST_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 5 * 60_000;
/** Names remembered; beyond it the oldest is forgotten, so that made-up names cannot fill the memory. */
const REMEMBERED = 10_000;

/** Back-off for password guessing, per user name, known or not, so that it does not tell which names exist. */
export interface SignInAttempts {
  /**
   * To be asked before a password is looked at. Counts the attempt as failed at once, so that many at the same moment
   * are no way round.
   * @returns milliseconds to wait; 0 means: go on.
   */
  begin: (username: string) => number;
  succeeded: (username: string) => void;
}

/** @param now milliseconds since 1970 */
export function createSignInAttempts(now: () => number): SignInAttempts {
  const byName = new Map<string, { failures: number; openAt: number }>();
  return {
    begin: (username) => {
      const name = username.trim().toLowerCase();
      const entry = byName.get(name) ?? { failures: 0, openAt: 0 };
      const wait = entry.openAt - now();
      if (wait > 0) return wait;
      const failures = entry.failures + 1;
      const backOff =
        failures < FREE_FAILURES ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - FREE_FAILURES));
      byName.delete(name);
      byName.set(name, { failures, openAt: now() + backOff });
      for (const oldest of byName.keys()) {
        if (byName.size <= REMEMBERED) break;
        byName.delete(oldest);
      }
      return 0;
    },
    succeeded: (username) => {
      byName.delete(username.trim().toLowerCase());
    },
  };
}
