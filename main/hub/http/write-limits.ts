import { z } from 'zod';
import type { Tallies } from '../store/tallies.ts';

/** What a script of one person may change at a stroke, and from then on each second. People are far below. */
const BURST = 120;
const PER_SECOND = 1;

/** How many changes a person may still make, at a moment in milliseconds since 1970. */
const Bucket = z.object({ left: z.number(), at: z.number() });
type Bucket = z.infer<typeof Bucket>;

/** Bounds the changes that one person can have the hub make, so that one stolen token or one loop in a script cannot keep it busy. */
export interface WriteLimits {
  /** Call it for each change. @returns seconds to wait, 0 to go ahead */
  take: (sub: string) => Promise<number>;
}

/** @param now milliseconds since 1970 */
export function createWriteLimits(tallies: Tallies, now: () => number): WriteLimits {
  // By then the bucket is full again.
  const tally = tallies.tally('write', { schema: Bucket, forgottenAfter: (BURST / PER_SECOND) * 1000 });
  return {
    take: (sub) =>
      tally.change(sub, (before) => {
        const { left, at } = refilled(before ?? { left: BURST, at: now() }, now());
        const wait = left >= 1 ? 0 : Math.max(1, Math.ceil((1 - left) / PER_SECOND));
        return { state: { left: Math.max(0, left - 1), at }, result: wait };
      }),
  };
}

/** A clock that was set back gives nothing and takes nothing. */
function refilled({ left, at }: Bucket, now: number): Bucket {
  const seconds = Math.max(0, now - at) / 1000;
  return { left: Math.min(BURST, left + seconds * PER_SECOND), at: now };
}
