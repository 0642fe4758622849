import { sql } from 'kysely';
import type { Database } from './database.ts';

/** Longer than any one step between two calls of `hold` takes. */
const LEASE_MS = 30_000;

/** What one hub at a time does for all that share a database. */
export interface Leases {
  /** Whether this hub does it, for the next 30 s: ask again before each step. */
  hold: (name: string) => Promise<boolean>;
  /** Lets another one have it at once. */
  release: (name: string) => Promise<void>;
}

/** @param holder of this process. @param now milliseconds since 1970 */
export function createLeases(database: Database, holder: string, now: () => number): Leases {
  if (database.engine === 'sqlite') return { hold: async () => true, release: async () => undefined };
  return {
    hold: async (name) => {
      const until = now() + LEASE_MS;
      // One that lasts longer than any was written by a clock that has been set back since.
      return (
        (await database.run(sql`
          INSERT INTO leases (name, holder, until) VALUES (${name}, ${holder}, ${until})
          ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
          WHERE leases.holder = excluded.holder OR leases.until <= ${now()} OR leases.until > ${until}`)) > 0
      );
    },
    release: async (name) => {
      await database.run(sql`DELETE FROM leases WHERE name = ${name} AND holder = ${holder}`);
    },
  };
}
