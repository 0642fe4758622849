import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { Problem } from '../../../shared/problems/problem.ts';
import { Delivery, DeliveryState, HookEvent } from '../../../shared/schemas/hub/webhooks.ts';
import type { Outcome } from './deliver.ts';

/** Those that are shown, and those that are kept once they are done. */
const SHOWN = 20;
const KEPT = 100;

const HookRow = z
  .object({
    ...{ id: z.string(), org: z.string(), name: z.string(), url: z.string(), events: z.string(), enabled: z.number() },
    ...{ secret: z.string(), previous: z.string().nullable(), previous_until: z.number().nullable() },
    ...{ created_by: z.string(), created_at: z.number() },
  })
  .transform(({ events, enabled, ...rest }) => ({
    ...rest,
    enabled: enabled === 1,
    // Those of a newer version are left alone.
    events: z
      .array(z.string())
      .parse(JSON.parse(events))
      .flatMap((event) => HookEvent.safeParse(event).data ?? []),
  }));
export type Hook = z.infer<typeof HookRow>;

const time = z.number().transform((at) => new Date(at).toISOString());
const DeliveryRow = z
  .object({
    ...{ id: z.string(), event: z.string(), at: time, state: DeliveryState, tries: z.number() },
    ...{ last_try: time.nullable(), next_try: time.nullable(), status: z.number().nullable() },
    problem: z.string().nullable(),
  })
  .transform(({ last_try: lastTry, next_try: nextTry, problem, ...rest }) =>
    Delivery.parse({
      ...rest,
      lastTry,
      nextTry,
      problem: problem === null ? null : Problem.parse(JSON.parse(problem)),
    }),
  );
const DueRow = z.object({ id: z.string(), hook: z.string(), org: z.string(), body: z.string(), tries: z.number() });
export type Due = z.infer<typeof DueRow>;
const Next = z.object({ next: z.number().nullable() });
const Count = z.object({ count: z.number() });

export interface HookStore {
  list: (org: string) => Hook[];
  find: (org: string, id: string) => Hook | undefined;
  add: (hook: Hook) => void;
  save: (hook: Hook) => void;
  remove: (org: string, id: string) => void;
  deliveries: (hook: string) => Delivery[];
  delivery: (id: string) => Delivery | undefined;
  countWaiting: (hook: string) => number;
  enqueue: (delivery: {
    id: string;
    hook: string;
    event: string;
    body: string;
    at: number;
    nextTry: number | null;
  }) => void;
  /** Not taken: too many wait already. */
  refuse: (delivery: { id: string; hook: string; event: string; at: number; problem: Problem }) => void;
  /** Due by now, or written by a clock that was ahead; the longest waiting first, none of the hooks that are busy. */
  due: (now: number, latest: number, busy: readonly string[]) => Due[];
  nextTry: () => number | null;
  /** @param nextTry null where it is not tried again */
  tried: (id: string, outcome: Outcome, at: number, nextTry: number | null) => void;
  /** What a hook still had to get. */
  drop: (hook: string) => void;
  removeBefore: (at: number) => void;
}

/** Webhooks and what they are to get, in the hub's database. */
export function createHookStore(database: DatabaseSync): HookStore {
  const prepare = (sql: string) => database.prepare(sql);
  const selectOrg = prepare('SELECT * FROM webhooks WHERE org = ? ORDER BY name, id');
  const selectOne = prepare('SELECT * FROM webhooks WHERE org = ? AND id = ?');
  const upsert = prepare(
    `INSERT INTO webhooks (id, org, name, url, events, enabled, secret, previous, previous_until, created_by, created_at)
     VALUES (:id, :org, :name, :url, :events, :enabled, :secret, :previous, :previous_until, :created_by, :created_at)
     ON CONFLICT (id) DO UPDATE SET name = :name, url = :url, events = :events, enabled = :enabled, secret = :secret,
       previous = :previous, previous_until = :previous_until`,
  );
  const remove = prepare('DELETE FROM webhooks WHERE org = ? AND id = ?');
  const selectDeliveries = prepare(
    `SELECT * FROM webhook_deliveries WHERE hook = ? ORDER BY at DESC, rowid DESC LIMIT ${SHOWN}`,
  );
  const selectDelivery = prepare('SELECT * FROM webhook_deliveries WHERE id = ?');
  const countWaiting = prepare(`SELECT count(*) AS count FROM webhook_deliveries WHERE hook = ? AND state = 'waiting'`);
  const insert = prepare(
    `INSERT INTO webhook_deliveries (id, hook, event, body, at, state, tries, next_try, problem)
     VALUES (:id, :hook, :event, :body, :at, :state, 0, :next_try, :problem)`,
  );
  const prune = prepare(
    `DELETE FROM webhook_deliveries WHERE hook = :hook AND state <> 'waiting' AND rowid NOT IN
       (SELECT rowid FROM webhook_deliveries WHERE hook = :hook AND state <> 'waiting' ORDER BY at DESC, rowid DESC LIMIT ${KEPT})`,
  );
  const selectDue = prepare(
    `SELECT id, hook, org, body, tries FROM (
       SELECT d.id, d.hook, h.org, d.body, d.tries, d.next_try,
         row_number() OVER (PARTITION BY d.hook ORDER BY d.next_try, d.rowid) AS place
       FROM webhook_deliveries d JOIN webhooks h ON h.id = d.hook
       WHERE d.state = 'waiting' AND d.next_try IS NOT NULL AND (d.next_try <= :now OR d.next_try > :latest)
         AND d.hook NOT IN (SELECT value FROM json_each(:busy)))
     WHERE place = 1 ORDER BY next_try`,
  );
  const selectNext = prepare(`SELECT min(next_try) AS next FROM webhook_deliveries WHERE state = 'waiting'`);
  const update = prepare(
    `UPDATE webhook_deliveries SET state = :state, tries = tries + 1, last_try = :at, next_try = :next_try, status = :status,
       problem = :problem, body = CASE WHEN :state = 'waiting' THEN body END
     WHERE id = :id AND state = 'waiting'`,
  );
  const drop = prepare(
    `UPDATE webhook_deliveries SET state = 'dropped', next_try = NULL, body = NULL WHERE hook = ? AND state = 'waiting'`,
  );
  const removeOld = prepare(`DELETE FROM webhook_deliveries WHERE at < ? AND state <> 'waiting'`);

  const write = ({ events, enabled, ...rest }: Hook): void => {
    upsert.run({ ...rest, events: JSON.stringify(events), enabled: enabled ? 1 : 0 });
  };
  return {
    list: (org) => selectOrg.all(org).map((row) => HookRow.parse(row)),
    find: (org, id) => HookRow.optional().parse(selectOne.get(org, id)),
    add: write,
    save: write,
    remove: (org, id) => void remove.run(org, id),
    deliveries: (hook) => selectDeliveries.all(hook).map((row) => DeliveryRow.parse(row)),
    delivery: (id) => DeliveryRow.optional().parse(selectDelivery.get(id)),
    countWaiting: (hook) => Count.parse(countWaiting.get(hook)).count,
    enqueue: ({ nextTry, ...rest }) => {
      insert.run({ ...rest, state: 'waiting', next_try: nextTry, problem: null });
      prune.run({ hook: rest.hook });
    },
    refuse: ({ problem, ...rest }) => {
      insert.run({ ...rest, body: null, state: 'dropped', next_try: null, problem: JSON.stringify(problem) });
      prune.run({ hook: rest.hook });
    },
    due: (now, latest, busy) =>
      selectDue.all({ now, latest, busy: JSON.stringify(busy) }).map((row) => DueRow.parse(row)),
    nextTry: () => Next.parse(selectNext.get()).next,
    tried: (id, { status, problem }, at, nextTry) => {
      const state = problem === null ? 'delivered' : nextTry === null ? 'failed' : 'waiting';
      update.run({
        ...{ id, at, state, status, next_try: state === 'waiting' ? nextTry : null },
        problem: problem === null ? null : JSON.stringify(problem),
      });
    },
    drop: (hook) => void drop.run(hook),
    removeBefore: (at) => void removeOld.run(at),
  };
}
