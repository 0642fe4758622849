import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { Addition } from '../../../shared/schemas/hub/registry-access.ts';

const EntryRow = z.object({ id: z.number(), changes: z.string() });
const SettingsRow = z.object({ org: z.string(), additions: z.string() });

/** Where user names stand on their own: what somebody did, decided or made. */
export const NAMED = [
  ['activity', 'actor'],
  ['revisions', 'actor'],
  ['request_decisions', 'actor'],
  ['webhooks', 'created_by'],
  ['pipeline_tokens', 'created_by'],
] as const;

/** What is kept of a person who was deleted: what they did, by an id, there, in the texts of the activity and as the origin of each line. */
export function createForgetName(database: DatabaseSync): (username: string, id: string) => void {
  const renames = NAMED.map(([table, column]) =>
    database.prepare(`UPDATE ${table} SET ${column} = ? WHERE ${column} = ?`),
  );
  const selectEntries = database.prepare(
    `SELECT id, changes FROM activity WHERE action LIKE 'person.%' AND instr(changes, ?) > 0`,
  );
  const updateEntry = database.prepare('UPDATE activity SET changes = ? WHERE id = ?');
  const selectSettings = database.prepare('SELECT org, additions FROM settings WHERE instr(additions, ?) > 0');
  const updateSettings = database.prepare('UPDATE settings SET additions = ? WHERE org = ?');

  return (username, id) => {
    for (const rename of renames) rename.run(id, username);
    // The name as a whole, not as a part of another; a full stop may follow it.
    const name = new RegExp(`(?<![a-z0-9._@-])${username.replaceAll('.', '\\.')}(?![a-z0-9_@-]|\\.[a-z0-9])`, 'g');
    for (const row of selectEntries.all(username)) {
      const { id: entry, changes } = EntryRow.parse(row);
      updateEntry.run(changes.replaceAll(name, id), entry);
    }
    for (const row of selectSettings.all(username)) {
      const { org, additions } = SettingsRow.parse(row);
      const renamed = z
        .array(Addition)
        .parse(JSON.parse(additions))
        .map((run) => (run.by === username ? { ...run, by: id } : run));
      updateSettings.run(JSON.stringify(renamed), org);
    }
  };
}
