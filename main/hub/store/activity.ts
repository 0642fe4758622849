import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { describeChange } from '../../../shared/lists/describe-change.ts';
import type { ActivityFilter } from '../../../shared/schemas/hub/activity.ts';
import { type SettingsChange, SettingsChanges } from '../../../shared/schemas/hub/changes.ts';
import type { ACTIVITIES, ActivityPage } from '../../../shared/schemas/hub-schema.ts';
import { subscribe } from '../../../shared/subscribe.ts';

export type ActivityAction = (typeof ACTIVITIES)[number];

/** Something that somebody did in an organization. */
export interface ActivityEntry {
  /** Milliseconds since 1970. */
  at: number;
  /** User name; `hub` for what the hub does by itself. */
  actor: string;
  action: ActivityAction;
  /** One English phrase each, beside those of `diff`. */
  changes?: readonly string[];
  diff?: readonly SettingsChange[];
  /** The revision it led to, or that was current. */
  revision: number;
}

/** Writes what somebody did beside the settings. */
export type RecordActivity = (org: string, actor: string, action: ActivityAction, changes: readonly string[]) => void;

/** Who did what in each organization, in the hub's database. */
export interface Activity {
  /** @returns its id */
  record: (org: string, entry: ActivityEntry) => number;
  /** Who made a revision, and when. */
  ofRevision: (org: string, revision: number) => { id: number; at: number; actor: string } | undefined;
  /** What fits `filter`, newest first. @param before the `next` of another page */
  page: (org: string, before: number | null, limit: number, filter?: ActivityFilter) => ActivityPage;
  /** Of all organizations, oldest first. */
  after: (id: number, limit: number) => { org: string; item: ActivityPage['items'][number] }[];
  /** The id of the newest entry; 0 where there is none. */
  latest: () => number;
  /** @param at milliseconds since 1970 */
  removeBefore: (at: number) => void;
  /** Called after entries were recorded, once their transaction has ended. @returns how to stop listening */
  onRecord: (listener: () => void) => () => void;
}

const OfRevisionRow = z.object({ id: z.number(), at: z.number(), actor: z.string() });
const ActivityRow = z
  .object({
    id: z.number(),
    at: z.number(),
    actor: z.string(),
    action: z.string(),
    changes: z.string(),
    diff: z.string().nullable(),
    revision: z.number(),
  })
  .transform(({ at, changes, diff, ...rest }) => ({
    ...rest,
    at: new Date(at).toISOString(),
    changes: z.array(z.string()).parse(JSON.parse(changes)),
    ...(diff === null ? {} : { diff: SettingsChanges.parse(JSON.parse(diff)) }),
  }));

export function createActivity(database: DatabaseSync): Activity {
  const insert = database.prepare(
    'INSERT INTO activity (org, at, actor, action, changes, diff, revision) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const select = database.prepare(
    `SELECT * FROM activity WHERE org = :org AND id < :before
     AND (:action IS NULL OR action = :action OR (:action LIKE '%.' AND substr(action, 1, length(:action)) = :action))
     AND (:actor IS NULL OR actor = :actor)
     AND (:from IS NULL OR at >= :from) AND (:to IS NULL OR at < :to)
     AND (:q IS NULL OR instr(lower(changes), lower(:q)) > 0)
     AND (:change IS NULL OR EXISTS (
       SELECT 1 FROM json_each(diff) WHERE value ->> 'kind' = :change OR value ->> 'kind' LIKE :change || '-%'
       OR (value ->> 'kind' = 'more' AND value ->> iif(:change IN ('grant', 'hint'), 'others', :change) > 0)
     ))
     ORDER BY id DESC LIMIT :limit`,
  );
  const selectAfter = database.prepare('SELECT * FROM activity WHERE id > ? ORDER BY id LIMIT ?');
  const selectLatest = database.prepare('SELECT max(id) AS id FROM activity');
  const deleteBefore = database.prepare('DELETE FROM activity WHERE at < ?');
  const listeners = new Set<() => void>();
  const notify = (): void => {
    for (const listener of listeners) listener();
  };

  const selectOfRevision = database.prepare(
    `SELECT id, at, actor FROM activity WHERE org = ? AND revision = ?
     AND action IN ('organization.created', 'settings.changed', 'settings.restored', 'settings.enforced') ORDER BY id LIMIT 1`,
  );

  return {
    ofRevision: (org, revision) => OfRevisionRow.optional().parse(selectOfRevision.get(org, revision)),
    record: (org, { at, actor, action, changes = [], diff, revision }) => {
      const phrases = [...(diff ?? []).map(describeChange), ...changes];
      const differences = diff === undefined ? null : JSON.stringify(diff);
      const { lastInsertRowid } = insert.run(
        ...[org, at, actor, action, JSON.stringify(phrases), differences, revision],
      );
      // Transactions are synchronous: by then this one is saved or undone.
      queueMicrotask(notify);
      return Number(lastInsertRowid);
    },
    page: (org, before, limit, filter = {}) => {
      const { action = null, change = null, actor = null, from = null, to = null, q } = filter;
      const rows = select.all({
        ...{ ':org': org, ':before': before ?? Number.MAX_SAFE_INTEGER, ':action': action, ':change': change },
        ...{ ':actor': actor, ':from': from, ':to': to },
        // As it is written in the JSON that it is looked for in.
        ':q': q === undefined ? null : JSON.stringify(q).slice(1, -1),
        // One more than wanted tells whether there is another page.
        ':limit': limit + 1,
      });
      const items = rows.slice(0, limit).map((row) => ActivityRow.parse(row));
      return { items, next: rows.length > limit ? String(items.at(-1)?.id) : null };
    },
    after: (id, limit) =>
      selectAfter.all(id, limit).map((row) => ({ org: String(row.org), item: ActivityRow.parse(row) })),
    latest: () => Number(selectLatest.get()?.id ?? 0),
    removeBefore: (at) => {
      deleteBefore.run(at);
    },
    onRecord: (listener) => subscribe(listeners, listener),
  };
}
