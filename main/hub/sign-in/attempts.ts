/** Allowed without a wait, because people mistype. */
const FREE_FAILURES = 8;
const FIRST_WAIT_MS = 5000;
const LONGEST_WAIT_MS = 5 * 60_000;
/** Beyond this the oldest name is forgotten, so that made-up names cannot fill the memory. */
const MAX_NAMES = 10_000;

/** Slows down password guessing, per user name. Unknown names are treated alike, so that nothing tells which names exist. */
export interface SignInAttempts {
  /**
   * Call it before verifying a password. The attempt counts as failed until `succeeded`, so that sending many at once gains
   * nothing.
   * @returns milliseconds to wait, 0 to go ahead
   */
  begin: (username: string) => number;
  succeeded: (username: string) => void;
  /** The password was not checked after all. */
  notTried: (username: string) => void;
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
        if (byName.size <= MAX_NAMES) break;
        byName.delete(oldest);
      }
      return 0;
    },
    notTried: (username) => {
      const entry = byName.get(username.trim().toLowerCase());
      if (entry !== undefined) Object.assign(entry, { failures: entry.failures - 1, openAt: 0 });
    },
    succeeded: (username) => {
      byName.delete(username.trim().toLowerCase());
    },
  };
}
