import type { Facts } from '../store/facts.ts';

/** Whoever asks costs a write to the disk at most this often. */
const GOOD_FOR_MS = 5000;
const FACT = 'health-checked';

/** @returns why the database cannot be written; null where it can */
export type CheckHealth = () => Promise<Error | null>;

/**
 * Writes to the database as a change of settings would: a hub whose disk is full or read-only still answers what it has in memory, and nobody
 * could save anything or sign in.
 *
 * @param now milliseconds, monotonic
 */
export function createHealth(facts: Pick<Facts, 'set'>, now: () => number): CheckHealth {
  let last: { at: number; fault: Error | null } | null = null;
  return async () => {
    if (last !== null && now() - last.at < GOOD_FOR_MS) return last.fault;
    let fault: Error | null = null;
    try {
      await facts.set(FACT, String(Math.round(now())));
    } catch (error) {
      fault = error instanceof Error ? error : new Error(String(error));
    }
    last = { at: now(), fault };
    return fault;
  };
}
