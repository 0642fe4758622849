import type { DatabaseSync } from 'node:sqlite';

/** Values that are chosen once and stored: the port, the keys of cookies and ID tokens. */
export interface Facts {
  get: (name: string) => string | undefined;
  set: (name: string, value: string) => void;
  /** The stored value; the first time what `make` returns, which is then stored. */
  once: (name: string, make: () => string) => string;
}

export function createFacts(database: DatabaseSync): Facts {
  const select = database.prepare('SELECT value FROM facts WHERE name = ?');
  const upsert = database.prepare('INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)');
  const get = (name: string): string | undefined => {
    const value = select.get(name)?.value;
    return typeof value === 'string' ? value : undefined;
  };
  const set = (name: string, value: string): void => {
    upsert.run(name, value);
  };
  return {
    get,
    set,
    once: (name, make) => {
      const stored = get(name);
      if (stored !== undefined) return stored;
      const made = make();
      set(name, made);
      return made;
    },
  };
}
