import { sql } from 'kysely';
import { z } from 'zod';
import { Addition } from '../../../shared/schemas/hub/registry-access.ts';
import type { Database } from './database.ts';
import { contains } from './dialect.ts';

const EntryRow = z.object({ id: z.number(), changes: z.string(), details: z.string().nullable() });
const SettingsRow = z.object({ org: z.string(), additions: z.string() });

/** Where user names stand on their own: what somebody did, decided or made. */
export const NAMED = [
  ['activity', 'actor'],
  ['revisions', 'actor'],
  ['request_decisions', 'actor'],
  ['webhooks', 'created_by'],
  ['pipeline_tokens', 'created_by'],
] as const;

/**
 * What is kept of a person who was deleted: what they did, by an id, there, in the texts of the activity and as the origin of each line. Call
 * it in the transaction of the removal.
 */
export function createForgetName(database: Database): (username: string, id: string) => Promise<void> {
  return async (username, id) => {
    for (const [table, column] of NAMED) {
      await database.run(
        sql`UPDATE ${sql.table(table)} SET ${sql.ref(column)} = ${id} WHERE ${sql.ref(column)} = ${username}`,
      );
    }
    // The name as a whole, not as a part of another; a full stop may follow it.
    const name = new RegExp(`(?<![a-z0-9._@-])${username.replaceAll('.', '\\.')}(?![a-z0-9_@-]|\\.[a-z0-9])`, 'g');
    const entries = await database.all(
      sql`SELECT id, changes, details FROM activity
          WHERE action LIKE 'person.%' AND ${contains(database.engine, sql`changes`, username)}`,
    );
    for (const row of entries) {
      const { id: entry, changes, details } = EntryRow.parse(row);
      await database.run(
        sql`UPDATE activity SET changes = ${changes.replaceAll(name, id)}, details = ${details?.replaceAll(name, id) ?? null}
            WHERE id = ${entry}`,
      );
    }
    const settings = await database.all(
      sql`SELECT org, additions FROM settings WHERE ${contains(database.engine, sql`additions`, username)}`,
    );
    for (const row of settings) {
      const { org, additions } = SettingsRow.parse(row);
      const renamed = z
        .array(Addition)
        .parse(JSON.parse(additions))
        .map((run) => (run.by === username ? { ...run, by: id } : run));
      await database.run(sql`UPDATE settings SET additions = ${JSON.stringify(renamed)} WHERE org = ${org}`);
    }
  };
}
