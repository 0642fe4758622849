/** What a script of one person may change at a stroke, and from then on each second. People are far below. */
const BURST = 120;
const PER_SECOND = 1;
/** Beyond this whoever began first is forgotten, and has the whole burst again. */
const MAX_PEOPLE = 10_000;

/** How many changes a person may still make, at a moment in milliseconds since 1970. */
interface Bucket {
  left: number;
  at: number;
}

/** Bounds the changes that one person can have the hub make, so that one stolen token or one loop in a script cannot keep it busy. */
export interface WriteLimits {
  /** Call it for each change. @returns seconds to wait, 0 to go ahead */
  take: (sub: string) => number;
}

/** @param now milliseconds since 1970 */
export function createWriteLimits(now: () => number): WriteLimits {
  const byPerson = new Map<string, Bucket>();
  return {
    take: (sub) => {
      const { left, at } = refilled(byPerson.get(sub) ?? { left: BURST, at: now() }, now());
      byPerson.delete(sub);
      byPerson.set(sub, { left: Math.max(0, left - 1), at });
      const [oldest] = byPerson.keys();
      if (byPerson.size > MAX_PEOPLE && oldest !== undefined) byPerson.delete(oldest);
      return left >= 1 ? 0 : Math.max(1, Math.ceil((1 - left) / PER_SECOND));
    },
  };
}

/** A clock that was set back gives nothing and takes nothing. */
function refilled({ left, at }: Bucket, now: number): Bucket {
  const seconds = Math.max(0, now - at) / 1000;
  return { left: Math.min(BURST, left + seconds * PER_SECOND), at: now };
}
