import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { PolicyMode } from '../../../shared/policy/schema.ts';
import { ACTIVITIES, type ActivityPage } from '../../../shared/schemas/hub-schema.ts';
import type { PolicyDocument, StoredSettings } from './document.ts';

type Activity = (typeof ACTIVITIES)[number];

/** Settings, signed policies and activity of each organization, in the hub's database. */
export interface RegistryAccessStore {
  settings: (org: string) => StoredSettings;
  revision: (org: string) => number;
  saveSettings: (org: string, settings: StoredSettings) => void;
  policy: (org: string) => PolicyDocument | undefined;
  savePolicy: (org: string, policy: PolicyDocument) => void;
  /** @param at milliseconds since 1970 */
  record: (
    org: string,
    entry: { at: number; actor: string; action: Activity; changes: string[]; revision: number },
  ) => void;
  /** Newest first. @param before the `next` of another page */
  activity: (org: string, before: number | null, limit: number) => ActivityPage;
}

const SettingsRow = z
  .object({
    revision: z.number(),
    enabled: z.number(),
    mode: PolicyMode,
    contact: z.string().nullable(),
    registries: z.instanceof(Uint8Array),
  })
  .transform(({ enabled, contact, ...rest }) => ({
    ...rest,
    enabled: enabled === 1,
    ...(contact === null ? {} : { contact }),
  }));
const RevisionRow = z.object({ revision: z.number() });
const PolicyRow = z.object({
  iss: z.string(),
  kid: z.string(),
  revision: z.number(),
  iat: z.number(),
  exp: z.number(),
  jws: z.instanceof(Uint8Array),
});
const ActivityRow = z
  .object({
    id: z.number(),
    at: z.number(),
    actor: z.string(),
    action: z.enum(ACTIVITIES),
    changes: z.string(),
    revision: z.number(),
  })
  .transform(({ at, changes, ...rest }) => ({
    ...rest,
    at: new Date(at).toISOString(),
    changes: z.array(z.string()).parse(JSON.parse(changes)),
  }));

export function createRegistryAccessStore(database: DatabaseSync): RegistryAccessStore {
  const selectSettings = database.prepare('SELECT * FROM settings WHERE org = ?');
  // Without the list, which may have a hundred megabytes.
  const selectRevision = database.prepare('SELECT revision FROM settings WHERE org = ?');
  const upsertSettings = database.prepare(
    'INSERT OR REPLACE INTO settings (org, revision, enabled, mode, contact, registries) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const selectPolicy = database.prepare('SELECT * FROM policies WHERE org = ?');
  const upsertPolicy = database.prepare(
    'INSERT OR REPLACE INTO policies (org, iss, kid, revision, iat, exp, jws) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const insertActivity = database.prepare(
    'INSERT INTO activity (org, at, actor, action, changes, revision) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const selectActivity = database.prepare('SELECT * FROM activity WHERE org = ? AND id < ? ORDER BY id DESC LIMIT ?');

  return {
    settings: (org) => SettingsRow.parse(selectSettings.get(org)),
    revision: (org) => RevisionRow.parse(selectRevision.get(org)).revision,
    saveSettings: (org, { revision, enabled, mode, contact, registries }) => {
      upsertSettings.run(org, revision, enabled ? 1 : 0, mode, contact ?? null, registries);
    },
    policy: (org) => PolicyRow.optional().parse(selectPolicy.get(org)),
    savePolicy: (org, { iss, kid, revision, iat, exp, jws }) => {
      upsertPolicy.run(org, iss, kid, revision, iat, exp, jws);
    },
    record: (org, { at, actor, action, changes, revision }) => {
      insertActivity.run(org, at, actor, action, JSON.stringify(changes), revision);
    },
    activity: (org, before, limit) => {
      // One more than wanted tells whether there is another page.
      const rows = selectActivity.all(org, before ?? Number.MAX_SAFE_INTEGER, limit + 1);
      const items = rows.slice(0, limit).map((row) => ActivityRow.parse(row));
      return { items, next: rows.length > limit ? String(items.at(-1)?.id) : null };
    },
  };
}
