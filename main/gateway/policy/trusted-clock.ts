import type { Clock } from '../../platform/time/clock.ts';

/** How long a document must have been past its end before it stays expired, whatever the wall clock says later. */
export const SPENT_AFTER_MS = 5 * 60_000;

/** What must outlive the process; seconds since 1970. Neither ever falls. */
export interface TimeMarks {
  /** It is at least this late. */
  mark: number;
  /** Documents that end here or earlier have been found expired, and stay so whatever the time turns out to be. */
  spent: number;
}

export interface TrustedClock {
  /** Seconds since 1970, by which documents are verified. Falls only where a leap of the wall clock is taken back within five minutes. */
  now(): number;
  marks(): TimeMarks;
  /** An accepted document says that it was signed at this time, so it is at least that late. */
  witness(iat: number): void;
  /**
   * To be called every few seconds with the `exp` of the document in hand that ends first, null where there is none.
   * Returns whether it has just expired for good: then the marks belong on disk at once.
   */
  observe(firstExpiry: number | null): boolean;
}

/**
 * The gateway's own time, by which documents expire: the wall clock, secured so that setting it back revives nothing that has
 * expired.
 *
 * The mark follows what nobody can set back: the time that has passed since the machine started (its sleep included) and the
 * times at which accepted documents were signed. It does not follow the wall clock: a machine whose clock was a year ahead for a
 * minute would reject every later document as expired, for a year. A leap of the wall clock applies while it lasts; what has been
 * expired by it for five minutes is spent. So an expired document stays expired, and a newer one is valid for all of its life.
 */
export function createTrustedClock(clock: Clock, stored: TimeMarks): TrustedClock {
  let mark = stored.mark * 1000;
  let spent = stored.spent * 1000;
  let { monotonic, uptime } = passed(clock);
  /** Milliseconds since this clock was made. */
  let lived = 0;
  /** When, on that count, the document in hand was first found past its end. */
  let expiredSince: number | null = null;

  /** Advances the mark by what has passed. */
  const follow = (): void => {
    const next = passed(clock);
    // Neither clock runs backwards, but one of them stands still in sleep.
    const step = Math.max(0, next.monotonic - monotonic, next.uptime - uptime);
    ({ monotonic, uptime } = next);
    mark += step;
    lived += step;
  };

  return {
    now() {
      follow();
      return Math.floor(Math.max(clock.wall(), mark, spent) / 1000);
    },
    marks() {
      follow();
      return { mark: Math.floor(mark / 1000), spent: Math.floor(spent / 1000) };
    },
    witness(iat) {
      follow();
      mark = Math.max(mark, iat * 1000);
    },
    observe(firstExpiry) {
      follow();
      const expiry = firstExpiry === null ? null : firstExpiry * 1000;
      if (expiry === null || spent >= expiry || Math.max(clock.wall(), mark) < expiry) {
        expiredSince = null;
        return false;
      }
      expiredSince ??= lived;
      if (lived - expiredSince < SPENT_AFTER_MS) return false;
      spent = expiry;
      expiredSince = null;
      return true;
    },
  };
}

function passed(clock: Clock): { monotonic: number; uptime: number } {
  return { monotonic: clock.monotonic(), uptime: clock.uptime() };
}
