import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { z } from 'zod';
import { createSerialQueue, type SerialQueue } from '../../platform/process/serial-queue.ts';
import type { Database } from './database.ts';

/** What becomes of what is kept of a key. */
export interface Step<State, Result> {
  /** null where nothing is kept any more. */
  state: State | null;
  result: Result;
}

/** What throttles keep of each person, client or name. */
export interface Tally<State> {
  /** As if nobody else did anything with this key meanwhile. */
  change: <Result>(key: string, step: (state: State | undefined) => Step<State, Result>) => Promise<Result>;
}

/** Makes tallies: in memory where there is one hub, in the database where several share it. */
export interface Tallies {
  /** @param what of, for its keys. @param options after how long without a change it is forgotten, in milliseconds */
  tally: <State>(what: string, options: { schema: z.ZodType<State>; forgottenAfter: number }) => Tally<State>;
  removeOld: () => Promise<void>;
}

/** Beyond this the key that was changed longest ago is forgotten, so that made-up names cannot fill the memory. */
const MAX_KEYS = 10_000;

/** @param now milliseconds since 1970 */
export function createTallies(database: Database, now: () => number): Tallies {
  return database.engine === 'sqlite' ? createOwnTallies() : createSharedTallies(database, now);
}

export function createOwnTallies(): Tallies {
  return { tally: createOwnTally, removeOld: async () => undefined };
}

function createOwnTally<State>(): Tally<State> {
  const byKey = new Map<string, State>();
  return {
    change: async (key, step) => {
      const { state, result } = step(byKey.get(key));
      byKey.delete(key);
      if (state !== null) byKey.set(key, state);
      const [oldest] = byKey.keys();
      if (byKey.size > MAX_KEYS && oldest !== undefined) byKey.delete(oldest);
      return result;
    },
  };
}

function createSharedTallies(database: Database, now: () => number): Tallies {
  return {
    tally: (what, options) => createSharedTally(what, { ...options, database, now }),
    removeOld: async () => {
      await database.run(sql`DELETE FROM tallies WHERE expires_at <= ${now()}`);
    },
  };
}

function createSharedTally<State>(
  what: string,
  deps: { database: Database; schema: z.ZodType<State>; forgottenAfter: number; now: () => number },
): Tally<State> {
  const { database, schema, forgottenAfter, now } = deps;
  // Those of this hub wait for each other here, where it costs nothing.
  const queues = new Map<string, { waiting: number; inTurn: SerialQueue }>();

  return {
    change: async (text, step) => {
      // What people type as their name may be their password.
      const key = createHash('sha256').update(text).digest('base64url');
      const queue = queues.get(key) ?? { waiting: 0, inTurn: createSerialQueue() };
      queues.set(key, queue);
      queue.waiting += 1;
      try {
        return await queue.inTurn(() => database.transaction(() => changed(key, step)));
      } finally {
        queue.waiting -= 1;
        if (queue.waiting === 0) queues.delete(key);
      }
    },
  };

  async function changed<Result>(
    key: string,
    step: (state: State | undefined) => Step<State, Result>,
  ): Promise<Result> {
    const row = await database.get(
      sql`SELECT state FROM tallies WHERE what = ${what} AND key = ${key} AND expires_at > ${now()}`,
    );
    const before = row === undefined ? undefined : schema.safeParse(JSON.parse(String(row.state))).data;
    const { state, result } = step(before);
    await database.run(
      state === null
        ? sql`DELETE FROM tallies WHERE what = ${what} AND key = ${key}`
        : sql`INSERT INTO tallies (what, key, state, expires_at)
            VALUES (${what}, ${key}, ${JSON.stringify(state)}, ${now() + forgottenAfter})
            ON CONFLICT (what, key) DO UPDATE SET state = excluded.state, expires_at = excluded.expires_at`,
    );
    return result;
  }
}
