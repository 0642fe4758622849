import { z } from 'zod';
import type { Tallies } from '../store/tallies.ts';

/** Wrong codes of one client, within the life of a code. */
const MAX_WRONG = 20;
const PERIOD_MS = 10 * 60_000;

/** Bounds how many codes a client can try. A right code gives nothing back: anyone can have one made. */
export interface WrongCodes {
  /** Call it before a code is looked up; it counts as wrong until `right`. @returns milliseconds to wait, 0 to go ahead */
  begin(client: string): Promise<number>;
  right(client: string): Promise<void>;
}

const Wrong = z.object({ count: z.number(), since: z.number() });

/** @param what codes they are: each kind has its own count. @param now milliseconds since 1970 */
export function createWrongCodes(
  tallies: Tallies,
  what: 'device-code' | 'password-link' | 'first-owner',
  now: () => number,
): WrongCodes {
  const tally = tallies.tally(what, { schema: Wrong, forgottenAfter: PERIOD_MS });
  return {
    begin: (client) =>
      tally.change(client, (before) => {
        const known = before !== undefined && now() - before.since < PERIOD_MS ? before : { count: 0, since: now() };
        if (known.count >= MAX_WRONG) return { state: known, result: Math.max(1, known.since + PERIOD_MS - now()) };
        return { state: { ...known, count: known.count + 1 }, result: 0 };
      }),
    right: (client) =>
      tally.change(client, (before) => ({
        state: before === undefined ? null : { ...before, count: Math.max(0, before.count - 1) },
        result: undefined,
      })),
  };
}
