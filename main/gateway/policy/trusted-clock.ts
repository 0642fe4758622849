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
  /** The same to the millisecond, in milliseconds since 1970. */
  exactNow(): number;
  marks(): TimeMarks;
  /** The same to the millisecond, in milliseconds since 1970: for threads that read the time themselves (shared-time.ts). */
  exactMarks(): TimeMarks;
  /** An accepted document says that it was signed at this time, so it is at least that late. */
  witness(iat: number): void;
  /**
   * To be called every minute, and at once when the wall clock was set, with the `exp` of the document in hand that ends first, null
   * where there is none, and with the ends of the grants in it. Those that end later than the document are left to the document: a clock
   * that is a year ahead for some minutes must not end what lasts for months. Returns whether something has just expired for good: then the marks belong on disk at once.
   */
  observe(firstExpiry: number | null, grantEnds?: Iterable<number>): boolean;
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
  const { monotonic, uptime } = passed(clock);
  /** Milliseconds since this clock was made. */
  let lived = 0;
  /** When, on that count, each end in hand was first found to be past, in a row until now. */
  let past = new Map<number, number>();

  /** Advances the mark by what has passed. */
  const follow = (): void => {
    const next = passed(clock);
    // Neither clock runs backwards, but one of them stands still in sleep. From the beginning, not from the last look: one of them advances in
    // steps, and with the larger of many small differences this would run fast.
    const total = Math.max(lived, next.monotonic - monotonic, next.uptime - uptime);
    mark += total - lived;
    lived = total;
  };

  const exactNow = (): number => {
    follow();
    return Math.max(clock.wall(), mark, spent);
  };

  return {
    now: () => Math.floor(exactNow() / 1000),
    exactNow,
    marks() {
      follow();
      return { mark: Math.floor(mark / 1000), spent: Math.floor(spent / 1000) };
    },
    witness(iat) {
      follow();
      mark = Math.max(mark, iat * 1000);
    },
    exactMarks() {
      follow();
      return { mark, spent };
    },
    observe(firstExpiry, grantEnds = []) {
      follow();
      const document = (firstExpiry ?? 0) * 1000;
      const latest = Math.min(document, Math.max(clock.wall(), mark));
      const before = past;
      past = new Map();
      let last = spent;
      const look = (end: number): void => {
        if (end <= spent || end > latest) return;
        const since = before.get(end) ?? lived;
        past.set(end, since);
        if (lived - since >= SPENT_AFTER_MS) last = Math.max(last, end);
      };
      look(document);
      for (const end of grantEnds) look(end * 1000);
      const isSpent = last > spent;
      spent = last;
      return isSpent;
    },
  };
}

function passed(clock: Clock): { monotonic: number; uptime: number } {
  return { monotonic: clock.monotonic(), uptime: clock.uptime() };
}
