import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { Addition } from '../../../shared/schemas/hub/registry-access.ts';

const EntryRow = z.object({ id: z.number(), changes: z.string() });
const SettingsRow = z.object({ org: z.string(), additions: z.string() });

/** What is kept of a person who was deleted: what they did, by an id, in the activity, the revisions, decided requests, webhooks and the origin of each line. */
export function createForgetName(database: DatabaseSync): (username: string, id: string) => void {
  const renameActor = database.prepare('UPDATE activity SET actor = ? WHERE actor = ?');
  const renameDecider = database.prepare('UPDATE request_decisions SET actor = ? WHERE actor = ?');
  const renameCreator = database.prepare('UPDATE webhooks SET created_by = ? WHERE created_by = ?');
  const renameAuthor = database.prepare('UPDATE revisions SET actor = ? WHERE actor = ?');
  const selectEntries = database.prepare(
    `SELECT id, changes FROM activity WHERE action LIKE 'person.%' AND instr(changes, ?) > 0`,
  );
  const updateEntry = database.prepare('UPDATE activity SET changes = ? WHERE id = ?');
  const selectSettings = database.prepare('SELECT org, additions FROM settings WHERE instr(additions, ?) > 0');
  const updateSettings = database.prepare('UPDATE settings SET additions = ? WHERE org = ?');

  return (username, id) => {
    renameActor.run(id, username);
    renameAuthor.run(id, username);
    renameDecider.run(id, username);
    renameCreator.run(id, username);
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
