import { sql } from 'kysely';
import { z } from 'zod';
import { subscribe } from '../../../shared/subscribe.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { Change, type Changes, createOwnChanges } from './changes.ts';
import type { Database } from './database.ts';

const CHANNEL = 'portcullis_hub';
/** A notification that was lost costs this long. */
const LOOK_MS = 2000;
const RECONNECT_MS = 500;
/** Longer than a transaction may take: what got a lower number may be saved later. */
const UNSETTLED_MS = 150_000;
/** A hub that was away from the database for longer has no stream left that would miss anything. */
const KEPT_MS = 15 * 60_000;

/** A connection of its own, of which it is said when it ends. */
export interface Listening {
  on(event: 'notification', listener: () => void): unknown;
  once(event: 'end' | 'error', listener: () => void): unknown;
  query: (statement: string) => Promise<unknown>;
  end: () => Promise<void>;
}

const Row = z.object({ id: z.number(), origin: z.string(), body: z.string() });

/** @param deps with `origin`, which tells this process from the others */
export function createChanges(
  database: Database & { connect?: () => Promise<Listening> },
  deps: { origin: string; clock: Clock; log: Logger },
): Changes {
  const { connect } = database;
  return connect === undefined ? createOwnChanges(database) : createSharedChanges({ ...deps, database, connect });
}

/**
 * Changes by a table and `NOTIFY`, which says no more than that there is something new: notifications are lost with their connection, and the
 * table is looked at after each reconnect and every few seconds.
 */
function createSharedChanges(deps: {
  database: Database;
  connect: () => Promise<Listening>;
  origin: string;
  clock: Clock;
  log: Logger;
}): Changes {
  const { database, connect, origin, clock } = deps;
  const log = deps.log.child({ part: 'changes' });
  const listeners = new Set<(change: Change) => void>();
  const lookers = new Set<() => Promise<void>>();
  /** What was read, with when: numbers below the lowest are settled. */
  const read = new Map<number, number>();
  let settled = 0;
  let isFirst = true;
  let looking: Promise<void> | null = null;
  let isAsked = false;
  let stopped = false;
  let cancelLook = (): void => {};
  const ended = Promise.withResolvers<void>();
  let listening: Promise<void> = Promise.resolve();

  return {
    start: async () => {
      await lookOnce();
      listening = listen();
      look();
    },
    tell: async (change) => {
      await database.run(sql`
        INSERT INTO changes (at, origin, body) VALUES (${clock.wall()}, ${origin}, ${JSON.stringify(change)})`);
      await database.get(sql`SELECT pg_notify(${CHANNEL}, '')`);
      database.afterCommit(() => deliver(change));
    },
    onChange: (listener) => subscribe(listeners, listener),
    onLook: (looker) => subscribe(lookers, looker),
    removeOld: async () => {
      await database.run(sql`DELETE FROM changes WHERE at < ${clock.wall() - KEPT_MS}`);
    },
    stop: async () => {
      stopped = true;
      cancelLook();
      ended.resolve();
      await Promise.all([looking, listening]);
    },
  };

  function deliver(change: Change): void {
    for (const listener of listeners) listener(change);
  }

  /** One at a time; asked meanwhile, once more. */
  function look(): void {
    isAsked = true;
    if (stopped || looking !== null) return;
    cancelLook();
    looking = lookUntilDone().finally(() => {
      looking = null;
      if (!stopped) cancelLook = clock.after(LOOK_MS, look);
    });
  }

  async function lookUntilDone(): Promise<void> {
    while (isAsked && !stopped) {
      isAsked = false;
      await lookOnce().catch((error: unknown) => log.warn({ err: error }, 'looking for changes failed; trying again'));
    }
  }

  async function lookOnce(): Promise<void> {
    const rows = await database.all(sql`SELECT id, origin, body FROM changes WHERE id > ${settled} ORDER BY id`);
    const at = clock.monotonic();
    for (const { id, origin: by, body } of rows.map((row) => Row.parse(row))) {
      if (read.has(id)) continue;
      read.set(id, at);
      if (isFirst || by === origin) continue;
      // A hub of a newer version may tell of what this one does not know.
      const change = Change.safeParse(JSON.parse(body));
      if (change.success) deliver(change.data);
    }
    isFirst = false;
    for (const [id, since] of read) {
      if (at - since < UNSETTLED_MS) continue;
      read.delete(id);
      settled = Math.max(settled, id);
    }
    for (const looker of lookers) await looker();
  }

  async function listen(): Promise<void> {
    let isDown = false;
    while (!stopped) {
      try {
        const client = await connect();
        const lost = Promise.withResolvers<void>();
        client.once('end', lost.resolve);
        client.once('error', lost.resolve);
        client.on('notification', look);
        await client.query(`LISTEN ${CHANNEL}`);
        if (isDown) log.info('the database tells of changes again');
        isDown = false;
        // What happened before is not told.
        look();
        await Promise.race([lost.promise, ended.promise]);
        await client.end().catch(() => undefined);
      } catch (error) {
        if (!isDown) log.warn({ err: error }, 'the database does not tell of changes; looking every two seconds');
        isDown = true;
      }
      if (stopped) return;
      const waited = Promise.withResolvers<void>();
      const cancel = clock.after(RECONNECT_MS, waited.resolve);
      await Promise.race([waited.promise, ended.promise]);
      cancel();
    }
  }
}
