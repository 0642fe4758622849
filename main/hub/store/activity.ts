import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { describeChange } from '../../../shared/lists/describe-change.ts';
import { type SettingsChange, SettingsChanges } from '../../../shared/schemas/hub/changes.ts';
import type { ACTIVITIES, ActivityPage } from '../../../shared/schemas/hub-schema.ts';

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
  /** Newest first. @param before the `next` of another page */
  page: (org: string, before: number | null, limit: number) => ActivityPage;
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
  const select = database.prepare('SELECT * FROM activity WHERE org = ? AND id < ? ORDER BY id DESC LIMIT ?');

  const selectOfRevision = database.prepare(
    `SELECT id, at, actor FROM activity WHERE org = ? AND revision = ?
     AND action IN ('organization.created', 'settings.changed', 'settings.restored') ORDER BY id LIMIT 1`,
  );

  return {
    ofRevision: (org, revision) => OfRevisionRow.optional().parse(selectOfRevision.get(org, revision)),
    record: (org, { at, actor, action, changes = [], diff, revision }) => {
      const phrases = [...(diff ?? []).map(describeChange), ...changes];
      const differences = diff === undefined ? null : JSON.stringify(diff);
      const { lastInsertRowid } = insert.run(
        ...[org, at, actor, action, JSON.stringify(phrases), differences, revision],
      );
      return Number(lastInsertRowid);
    },
    page: (org, before, limit) => {
      // One more than wanted tells whether there is another page.
      const rows = select.all(org, before ?? Number.MAX_SAFE_INTEGER, limit + 1);
      const items = rows.slice(0, limit).map((row) => ActivityRow.parse(row));
      return { items, next: rows.length > limit ? String(items.at(-1)?.id) : null };
    },
  };
}
