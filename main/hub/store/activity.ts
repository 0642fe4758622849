import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { detailIn } from '../../../shared/activity/details.ts';
import { describeChange } from '../../../shared/lists/describe-change.ts';
import { ActivityDetail, type ActivityFilter } from '../../../shared/schemas/hub/activity.ts';
import { type SettingsChange, SettingsChanges } from '../../../shared/schemas/hub/changes.ts';
import type { ACTIVITIES, ActivityPage } from '../../../shared/schemas/hub-schema.ts';
import { subscribe } from '../../../shared/subscribe.ts';
import type { Database } from './database.ts';
import { contains, elements, numberInOrder } from './dialect.ts';

export type ActivityAction = (typeof ACTIVITIES)[number];

/** Something that somebody did in an organization. */
export interface ActivityEntry {
  /** Milliseconds since 1970. */
  at: number;
  /** User name; `hub` for what the hub does by itself. */
  actor: string;
  action: ActivityAction;
  diff?: readonly SettingsChange[];
  /** What was done beside that. */
  details?: readonly ActivityDetail[];
  /** The revision it led to, or that was current. */
  revision: number;
}

/** Writes what somebody did beside the settings. */
export type RecordActivity = (
  org: string,
  actor: string,
  action: ActivityAction,
  details: readonly ActivityDetail[],
) => Promise<void>;

/** Who did what in each organization, in the hub's database. */
export interface Activity {
  /** @returns its id */
  record: (org: string, entry: ActivityEntry) => Promise<number>;
  /** Who made a revision, and when. */
  ofRevision: (org: string, revision: number) => Promise<{ id: number; at: number; actor: string } | undefined>;
  /** What fits `filter`, newest first. @param before the `next` of another page */
  page: (org: string, before: number | null, limit: number, filter?: ActivityFilter) => Promise<ActivityPage>;
  /** Of all organizations, oldest first. */
  after: (id: number, limit: number) => Promise<{ org: string; item: ActivityPage['items'][number] }[]>;
  /** The id of the newest entry; 0 where there is none. */
  latest: () => Promise<number>;
  /** @param at milliseconds since 1970 */
  removeBefore: (at: number) => Promise<void>;
  /** Called after entries were recorded, once their transaction has ended. @returns how to stop listening */
  onRecord: (listener: () => void) => () => void;
}

const IdRow = z.object({ id: z.number() });
const OfRevisionRow = z.object({ id: z.number(), at: z.number(), actor: z.string() });
const ActivityRow = z
  .object({
    id: z.number(),
    at: z.number(),
    actor: z.string(),
    action: z.string(),
    changes: z.string(),
    diff: z.string().nullable(),
    details: z.string().nullable(),
    revision: z.number(),
  })
  .transform(({ at, changes, diff, details, ...rest }) => ({
    ...rest,
    at: new Date(at).toISOString(),
    changes: z.array(z.string()).parse(JSON.parse(changes)),
    ...(diff === null ? {} : { diff: SettingsChanges.parse(JSON.parse(diff)) }),
    ...(details === null ? {} : { details: z.array(ActivityDetail).parse(JSON.parse(details)) }),
  }));

export function createActivity(database: Database): Activity {
  const { engine } = database;
  const listeners = new Set<() => void>();
  const notify = (): void => {
    for (const listener of listeners) listener();
  };

  return {
    ofRevision: async (org, revision) =>
      OfRevisionRow.optional().parse(
        await database.get(
          sql`SELECT id, at, actor FROM activity WHERE org = ${org} AND revision = ${revision} AND action IN
              ('organization.created', 'settings.changed', 'settings.restored', 'settings.enforced') ORDER BY id LIMIT 1`,
        ),
      ),
    record: (org, { at, actor, action, diff, details, revision }) =>
      database.transaction(async () => {
        const phrases = [
          ...(diff ?? []).map(describeChange),
          ...(details ?? []).map((one) => detailIn('en', one) ?? one.code),
        ];
        await numberInOrder(database);
        const row = await database.get(
          sql`INSERT INTO activity (org, at, actor, action, changes, diff, details, revision)
              VALUES (${org}, ${at}, ${actor}, ${action}, ${JSON.stringify(phrases)}, ${jsonOrNull(diff)}, ${jsonOrNull(details)},
                ${revision}) RETURNING id`,
        );
        database.afterCommit(notify);
        return IdRow.parse(row).id;
      }),
    page: async (org, before, limit, filter = {}) => {
      // One more than wanted tells whether there is another page.
      const rows = await database.all(
        sql`SELECT * FROM activity WHERE org = ${org} AND id < ${before ?? Number.MAX_SAFE_INTEGER}
            ${sql.join(conditions(engine, filter), sql` `)} ORDER BY id DESC LIMIT ${limit + 1}`,
      );
      const items = rows.slice(0, limit).map((row) => ActivityRow.parse(row));
      return { items, next: rows.length > limit ? String(items.at(-1)?.id) : null };
    },
    after: async (id, limit) => {
      const rows = await database.all(sql`SELECT * FROM activity WHERE id > ${id} ORDER BY id LIMIT ${limit}`);
      return rows.map((row) => ({ org: String(row.org), item: ActivityRow.parse(row) }));
    },
    latest: async () => Number((await database.get(sql`SELECT max(id) AS id FROM activity`))?.id ?? 0),
    removeBefore: async (at) => {
      await database.run(sql`DELETE FROM activity WHERE at < ${at}`);
    },
    onRecord: (listener) => subscribe(listeners, listener),
  };
}

function jsonOrNull(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function conditions(
  engine: Database['engine'],
  { action, change, actor, from, to, q }: ActivityFilter,
): RawBuilder<unknown>[] {
  const found: RawBuilder<unknown>[] = [];
  if (action?.endsWith('.')) found.push(sql`AND substr(action, 1, ${sql.lit(action.length)}) = ${action}`);
  else if (action !== undefined) found.push(sql`AND action = ${action}`);
  if (actor !== undefined) found.push(sql`AND actor = ${actor}`);
  if (from !== undefined) found.push(sql`AND at >= ${from}`);
  if (to !== undefined) found.push(sql`AND at < ${to}`);
  if (q !== undefined) {
    // As it is written in the JSON that it is looked for in.
    const written = sql`lower(CAST(${JSON.stringify(q).slice(1, -1)} AS TEXT))`;
    found.push(sql`AND ${contains(engine, sql`lower(changes)`, written)}`);
  }
  if (change !== undefined) {
    const counted = change === 'grant' || change === 'hint' ? 'others' : change;
    const kind = sql`value ->> 'kind'`;
    found.push(
      sql`AND EXISTS (SELECT 1 FROM ${elements(engine, sql`diff`)} WHERE ${kind} = ${change} OR ${kind} LIKE ${`${change}-%`}
          OR (${kind} = 'more' AND CAST(value ->> CAST(${counted} AS TEXT) AS INTEGER) > 0))`,
    );
  }
  return found;
}
