import { sql } from 'kysely';
import type { Database } from './database.ts';
import { placeOf, SECRET_FACTS } from './places.ts';

/** Values that are chosen once and stored: the port, the keys of cookies and ID tokens. */
export interface Facts {
  get: (name: string) => Promise<string | undefined>;
  set: (name: string, value: string) => Promise<void>;
  /** The stored value; the first time what `make` returns, which is then stored. */
  once: (name: string, make: () => string) => Promise<string>;
  remove: (name: string) => Promise<void>;
}

export function createFacts(database: Database): Facts {
  const { vault } = database;
  const stored = (name: string, value: string): string =>
    SECRET_FACTS.has(name) ? vault.seal(placeOf('facts', name), value) : value;
  const get = async (name: string): Promise<string | undefined> => {
    const value = (await database.get(sql`SELECT value FROM facts WHERE name = ${name}`))?.value;
    if (typeof value !== 'string') return undefined;
    return SECRET_FACTS.has(name) ? vault.open(placeOf('facts', name), value) : value;
  };
  return {
    get,
    set: async (name, value) => {
      await database.run(
        sql`INSERT INTO facts (name, value) VALUES (${name}, ${stored(name, value)})
            ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      );
    },
    once: async (name, make) => {
      const present = await get(name);
      if (present !== undefined) return present;
      const made = make();
      // Another hub may be as far: the first to store its value decides.
      await database.run(
        sql`INSERT INTO facts (name, value) VALUES (${name}, ${stored(name, made)}) ON CONFLICT (name) DO NOTHING`,
      );
      return (await get(name)) ?? made;
    },
    remove: async (name) => {
      await database.run(sql`DELETE FROM facts WHERE name = ${name}`);
    },
  };
}
