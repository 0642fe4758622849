import { sql } from 'kysely';
import { z } from 'zod';
import type { Database } from './database.ts';
import { placeOf, SECRET_FACTS } from './places.ts';

/** Where secrets stand: the table, the column that names the row, and the columns that are secret. */
const SECRETS = [
  { table: 'signing_keys', id: 'kid', columns: ['jwk'] },
  { table: 'webhooks', id: 'id', columns: ['secret', 'previous'] },
] as const;

/**
 * At each start: opens every secret, so that a hub with another key does not start, and encrypts by the newest key what is in the clear or
 * encrypted by an older one.
 *
 * @throws ProblemError `hub-key-wrong`, `hub-key-needed`
 */
export async function keepSealed(database: Database): Promise<void> {
  await database.transaction(async () => {
    for (const { table, id, columns } of SECRETS) {
      for (const column of columns) await keep(database, { table, id, column });
    }
    await keep(database, { table: 'facts', id: 'name', column: 'value' });
  });
}

const Stored = z.object({ id: z.string(), value: z.string() });

async function keep(
  database: Database,
  { table, id, column }: { table: 'signing_keys' | 'webhooks' | 'facts'; id: string; column: string },
): Promise<void> {
  const { vault } = database;
  const rows = await database.all(
    sql`SELECT ${sql.ref(id)} AS id, ${sql.ref(column)} AS value FROM ${sql.table(table)}
        WHERE ${sql.ref(column)} IS NOT NULL`,
  );
  for (const row of rows) {
    const { id: name, value } = Stored.parse(row);
    if (table === 'facts' && !SECRET_FACTS.has(name)) continue;
    const text = vault.open(placeOf(table, name), value);
    if (vault.isCurrent(value)) continue;
    const sealed = vault.seal(placeOf(table, name), text);
    await database.run(
      sql`UPDATE ${sql.table(table)} SET ${sql.ref(column)} = ${sealed} WHERE ${sql.ref(id)} = ${name}`,
    );
  }
}
