import pg from 'pg';
import type { Outcome } from './database.ts';
import type { StatementNames } from './postgres-names.ts';

/** A connection on which statements are prepared once, where they have a name. */
export function clientWith(names: StatementNames): typeof pg.Client {
  return class HubClient extends pg.Client {
    // biome-ignore lint/suspicious/noExplicitAny: the driver's method has a dozen signatures
    override query(...args: any[]): any {
      const [text, values, ...rest] = args;
      const kept = Array.isArray(values) ? values.map(withoutNul) : values;
      const name = typeof text === 'string' && rest.length === 0 ? names.of(text) : undefined;
      if (name === undefined) return Reflect.apply(super.query, this, [text, kept, ...rest]);
      return super.query({ name, text, values: kept }).catch((error: unknown) => {
        names.failed(error, text, name);
        throw error;
      });
    }
  };
}

/** What a statement gave, as Kysely says it. */
export function outcomeOf({ command, rowCount, rows }: pg.QueryResult): Outcome {
  return command === 'SELECT' ? { rows } : { rows, numAffectedRows: rowCount ?? 0 };
}

/** PostgreSQL has no U+0000 in texts, and refuses the whole statement: whatever is looked up by one is not found. */
function withoutNul(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value;
}
