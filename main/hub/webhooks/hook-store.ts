import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { Problem } from '../../../shared/problems/problem.ts';
import { Delivery, DeliveryState, HookEvent } from '../../../shared/schemas/hub/webhooks.ts';
import type { Database, Row } from '../store/database.ts';
import { placeOf } from '../store/places.ts';
import { DELIVERY_MS, type Outcome } from './deliver.ts';

/** Those that are shown, and those that are kept once they are done. */
const SHOWN = 20;
const KEPT = 100;
/** Longer than a delivery takes: a hub that has not released a hook by then was killed. */
export const CLAIM_MS = 6 * DELIVERY_MS;

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
  list: (org: string) => Promise<Hook[]>;
  find: (org: string, id: string) => Promise<Hook | undefined>;
  add: (hook: Hook) => Promise<void>;
  save: (hook: Hook) => Promise<void>;
  remove: (org: string, id: string) => Promise<void>;
  deliveries: (hook: string) => Promise<Delivery[]>;
  delivery: (id: string) => Promise<Delivery | undefined>;
  countWaiting: (hook: string) => Promise<number>;
  enqueue: (delivery: {
    id: string;
    hook: string;
    event: string;
    body: string;
    at: number;
    nextTry: number | null;
  }) => Promise<void>;
  /** Not taken: too many wait already. */
  refuse: (delivery: { id: string; hook: string; event: string; at: number; problem: Problem }) => Promise<void>;
  /** Due by now, or written by a clock that was ahead; the longest waiting first, none of the hooks that are busy. */
  due: (now: number, latest: number) => Promise<Due[]>;
  /** Makes a hook busy for this hub until then, in case it never comes to `release`. @returns false where it is busy already */
  claim: (hook: string, now: number, until: number) => Promise<boolean>;
  release: (hook: string) => Promise<void>;
  releaseAll: () => Promise<void>;
  /** Milliseconds since 1970; null where nothing waits. */
  nextTry: () => Promise<number | null>;
  /** @param nextTry null where it is not tried again */
  tried: (id: string, outcome: Outcome, at: number, nextTry: number | null) => Promise<void>;
  /** What a hook still had to get. */
  drop: (hook: string) => Promise<void>;
  removeBefore: (at: number) => Promise<void>;
}

/** Webhooks and what they are to get, in the hub's database. */
export function createHookStore(database: Database): HookStore {
  const { vault } = database;
  const opened = (row: Row): Hook => {
    const hook = HookRow.parse(row);
    const place = placeOf('webhooks', hook.id);
    const previous = hook.previous === null ? null : vault.open(place, hook.previous);
    return { ...hook, secret: vault.open(place, hook.secret), previous };
  };
  const insert = async (delivery: {
    id: string;
    hook: string;
    event: string;
    body: string | null;
    at: number;
    state: DeliveryState;
    nextTry: number | null;
    problem: string | null;
  }): Promise<void> => {
    const { id, hook, event, body, at, state, nextTry, problem } = delivery;
    await database.run(sql`
      INSERT INTO webhook_deliveries (id, hook, event, body, at, state, tries, next_try, problem)
      VALUES (${id}, ${hook}, ${event}, ${body}, ${at}, ${state}, 0, ${nextTry}, ${problem})`);
    await database.run(sql`
      DELETE FROM webhook_deliveries WHERE hook = ${hook} AND state <> 'waiting' AND number NOT IN
        (SELECT number FROM webhook_deliveries WHERE hook = ${hook} AND state <> 'waiting'
         ORDER BY at DESC, number DESC LIMIT ${KEPT})`);
  };

  const write = async (hook: Hook): Promise<void> => {
    const { id, org, name, url, enabled, previous_until, created_by, created_at } = hook;
    const secret = vault.seal(placeOf('webhooks', id), hook.secret);
    const previous = hook.previous === null ? null : vault.seal(placeOf('webhooks', id), hook.previous);
    await database.run(sql`
      INSERT INTO webhooks (id, org, name, url, events, enabled, secret, previous, previous_until, created_by, created_at)
      VALUES (${id}, ${org}, ${name}, ${url}, ${JSON.stringify(hook.events)}, ${enabled ? 1 : 0}, ${secret}, ${previous},
        ${previous_until}, ${created_by}, ${created_at})
      ON CONFLICT (id) DO UPDATE SET name = excluded.name, url = excluded.url, events = excluded.events,
        enabled = excluded.enabled, secret = excluded.secret, previous = excluded.previous,
        previous_until = excluded.previous_until`);
  };

  return {
    list: async (org) => {
      const rows = await database.all(sql`SELECT * FROM webhooks WHERE org = ${org} ORDER BY name, id`);
      return rows.map((row) => opened(row));
    },
    find: async (org, id) => {
      const row = await database.get(sql`SELECT * FROM webhooks WHERE org = ${org} AND id = ${id}`);
      return row === undefined ? undefined : opened(row);
    },
    add: write,
    save: write,
    remove: async (org, id) => {
      await database.run(sql`DELETE FROM webhooks WHERE org = ${org} AND id = ${id}`);
    },
    deliveries: async (hook) => {
      const rows = await database.all(
        sql`SELECT * FROM webhook_deliveries WHERE hook = ${hook} ORDER BY at DESC, number DESC LIMIT ${SHOWN}`,
      );
      return rows.map((row) => DeliveryRow.parse(row));
    },
    delivery: async (id) =>
      DeliveryRow.optional().parse(await database.get(sql`SELECT * FROM webhook_deliveries WHERE id = ${id}`)),
    countWaiting: async (hook) => {
      const row = await database.get(
        sql`SELECT count(*) AS count FROM webhook_deliveries WHERE hook = ${hook} AND state = 'waiting'`,
      );
      return Count.parse(row).count;
    },
    enqueue: (delivery) => insert({ ...delivery, state: 'waiting', problem: null }),
    refuse: ({ problem, ...rest }) =>
      insert({ ...rest, body: null, state: 'dropped', nextTry: null, problem: JSON.stringify(problem) }),
    due: async (now, latest) => {
      const rows = await database.all(sql`
        SELECT id, hook, org, body, tries FROM (
          SELECT d.id, d.hook, h.org, d.body, d.tries, d.next_try,
            row_number() OVER (PARTITION BY d.hook ORDER BY d.next_try, d.number) AS place
          FROM webhook_deliveries d JOIN webhooks h ON h.id = d.hook
          WHERE d.state = 'waiting' AND d.next_try IS NOT NULL AND (d.next_try <= ${now} OR d.next_try > ${latest})
            AND NOT ${isBusy(now)}) AS next
        WHERE place = 1 ORDER BY next_try`);
      return rows.map((row) => DueRow.parse(row));
    },
    claim: async (hook, now, until) =>
      (await database.run(
        sql`UPDATE webhooks AS h SET claimed_until = ${until} WHERE h.id = ${hook} AND NOT ${isBusy(now)}`,
      )) > 0,
    release: async (hook) => {
      await database.run(sql`UPDATE webhooks SET claimed_until = NULL WHERE id = ${hook}`);
    },
    releaseAll: async () => {
      await database.run(sql`UPDATE webhooks SET claimed_until = NULL WHERE claimed_until IS NOT NULL`);
    },
    nextTry: async () =>
      Next.parse(await database.get(sql`SELECT min(next_try) AS next FROM webhook_deliveries WHERE state = 'waiting'`))
        .next,
    tried: async (id, { status, problem }, at, nextTry) => {
      const state = problem === null ? 'delivered' : nextTry === null ? 'failed' : 'waiting';
      const body = state === 'waiting' ? sql`body` : sql`NULL`;
      await database.run(sql`
        UPDATE webhook_deliveries SET state = ${state}, tries = tries + 1, last_try = ${at},
          next_try = ${state === 'waiting' ? nextTry : null}, status = ${status},
          problem = ${problem === null ? null : JSON.stringify(problem)}, body = ${body}
        WHERE id = ${id} AND state = 'waiting'`);
    },
    drop: async (hook) => {
      await database.run(sql`
        UPDATE webhook_deliveries SET state = 'dropped', next_try = NULL, body = NULL
        WHERE hook = ${hook} AND state = 'waiting'`);
    },
    removeBefore: async (at) => {
      await database.run(sql`DELETE FROM webhook_deliveries WHERE at < ${at} AND state <> 'waiting'`);
    },
  };
}

/** Whether a hub is delivering to hook `h`. A claim that lasts longer than any is made for was made by a clock that has been set back. */
function isBusy(now: number): RawBuilder<unknown> {
  return sql`(coalesce(h.claimed_until, 0) > ${now} AND h.claimed_until <= ${now + CLAIM_MS})`;
}
