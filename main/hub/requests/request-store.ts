import { sql } from 'kysely';
import { z } from 'zod';
import {
  AccessRequest,
  type RequestDecision,
  type RequestedHost,
  RequestState,
} from '../../../shared/schemas/hub/requests.ts';
import type { Database, Row, Statement } from '../store/database.ts';
import { contains, oneOf } from '../store/dialect.ts';
import { fold } from '../store/fold.ts';

/** Those that a row of the queue shows. */
const MOST_ASKED = 50;

/** What was decided about a host, once for everybody who asked. */
export const Decided = z.object({
  kind: z.enum(['allow', 'mirror', 'decline']),
  addresses: z.array(z.string()).optional(),
  /** RFC 3339. */
  until: z.string().optional(),
  teams: z.array(z.string()).optional(),
  use: z.string().optional(),
  reason: z.string().optional(),
});
export type Decided = z.infer<typeof Decided>;

const OpenRow = z.object({ id: z.string(), sub: z.string(), host: z.string() });
export type OpenRequest = z.infer<typeof OpenRow>;

/** How an open host stands in the queue: the most people first, then who has waited longest. */
const Place = z.object({ people: z.number(), first: z.number(), host: z.string() });
export type Place = z.infer<typeof Place>;

const detail = z.string().transform((text) => Decided.parse(JSON.parse(text)));
const optional = z
  .string()
  .nullable()
  .transform((text) => text ?? undefined);
const time = z.number().transform((at) => new Date(at).toISOString());

const RequestRow = z
  .object({
    ...{ id: z.string(), host: z.string(), subject: optional, reason: optional, at: time, state: RequestState },
    ...{ decided_at: time.nullable(), detail: detail.nullable() },
  })
  .transform(({ decided_at, detail: decided, ...rest }): AccessRequest => {
    const { until, teams, use, reason } = decided ?? {};
    return AccessRequest.parse({
      ...rest,
      ...(decided_at === null || decided === null ? {} : { decided: { at: decided_at, until, teams, use, reason } }),
    });
  });

const AskedRow = z
  .object({
    ...{ host: z.string(), decision: z.number().nullable(), id: z.string(), sub: z.string(), username: z.string() },
    ...{ name: optional, teams: z.string().nullable(), subject: optional, reason: optional, at: time },
  })
  .transform(({ teams, host, decision, ...rest }) => ({
    ...{ host, decision },
    asked: { ...rest, teams: teams === null ? [] : teams.split(',') },
  }));
type Asked = RequestedHost['asked'][number];

const DecisionRow = z.object({
  ...{ id: z.number(), host: z.string(), at: time, actor: z.string(), detail, revision: z.number().nullable() },
  people: z.number(),
});
export interface KeptDecision {
  id: number;
  host: string;
  people: number;
  decision: RequestDecision;
}

const Count = z.object({ count: z.number() });
const IdRow = z.object({ id: z.string() });
const SubRow = z.object({ id: z.string(), sub: z.string() });

export interface RequestStore {
  /** Whether the organization takes requests; without reading its list, which may have a hundred megabytes. */
  taken: (org: string) => Promise<boolean>;
  find: (org: string, id: string) => Promise<AccessRequest | undefined>;
  openOf: (org: string, sub: string, host: string) => Promise<string | undefined>;
  countOpen: (org: string, sub: string) => Promise<number>;
  /** Sent since then, whatever has become of them. */
  countSince: (org: string, sub: string, since: number) => Promise<number>;
  add: (request: { id: string; org: string; sub: string; host: string; at: number } & Said) => Promise<void>;
  replace: (id: string, said: Said) => Promise<void>;
  /** Newest first. @param since those decided or withdrawn before it are left out */
  mine: (org: string, sub: string, since: number) => Promise<AccessRequest[]>;
  withdraw: (org: string, sub: string, id: string, at: number) => Promise<boolean>;
  /** For a host, or for all. */
  open: (org: string, host?: string) => Promise<OpenRequest[]>;
  countOpenHosts: (org: string) => Promise<number>;
  queue: (org: string, query: { q: string; after: Place | null; limit: number }) => Promise<Place[]>;
  /** The newest of each host. */
  askedFor: (org: string, hosts: readonly string[]) => Promise<Map<string, Asked[]>>;
  decisions: (org: string, query: { q: string; before: number | null; limit: number }) => Promise<KeptDecision[]>;
  askedIn: (decisions: readonly number[]) => Promise<Map<number, Asked[]>>;
  /** Call it in a transaction. @returns the requests and whose they were */
  decide: (
    org: string,
    decided: {
      host: string;
      ids: readonly string[];
      at: number;
      actor: string;
      detail: Decided;
      revision: number | null;
    },
  ) => Promise<{ id: string; sub: string }[]>;
  /** Withdraws what somebody who left has open. */
  withdrawAll: (org: string, sub: string, at: number) => Promise<void>;
  /** Erases what somebody wrote. */
  erase: (sub: string) => Promise<void>;
  /** Decided or withdrawn before `at`. */
  removeBefore: (at: number) => Promise<void>;
}

interface Said {
  subject: string | null;
  reason: string | null;
}

const STATES = { allow: 'allowed', mirror: 'mirror', decline: 'declined' } as const;

/** What a search looks through: the host, what was said of it, and who said it. */
const SEARCHED = sql`fold(r.host || ' ' || coalesce(r.subject, '') || ' ' || coalesce(r.reason, '') || ' ' ||
  coalesce(u.username, '') || ' ' || coalesce(u.name, ''))`;
// A deleted account is called what the activity calls it. No name of a team has a comma.
const ASKED = sql`r.host, r.decision, r.id, r.sub, coalesce(u.username, 'person#' || substr(r.sub, 1, 8)) AS username,
  u.name, (SELECT string_agg(t.team, ',') FROM
    (SELECT team FROM team_members WHERE org = r.org AND sub = r.sub ORDER BY team) AS t) AS teams,
  r.subject, r.reason, r.at`;

/** Requests and what was decided about them, in the hub's database. */
export function createRequestStore(database: Database): RequestStore {
  const { engine } = database;
  const count = async (statement: Statement): Promise<number> => Count.parse(await database.get(statement)).count;

  return {
    // Quotes within a value are escaped, so that nothing else in it can read like this.
    taken: async (org) =>
      (await database.get(
        sql`SELECT 1 AS taken FROM settings WHERE org = ${org} AND ${contains(engine, sql`extras`, '"requests":true')}`,
      )) !== undefined,
    find: async (org, id) => {
      const row = await database.get(sql`
        SELECT r.*, d.detail FROM requests r LEFT JOIN request_decisions d ON d.id = r.decision
        WHERE r.org = ${org} AND r.id = ${id}`);
      return RequestRow.optional().parse(row);
    },
    openOf: async (org, sub, host) => {
      const row = await database.get(
        sql`SELECT id FROM requests WHERE org = ${org} AND sub = ${sub} AND host = ${host} AND state = 'open'`,
      );
      return IdRow.optional().parse(row)?.id;
    },
    countOpen: (org, sub) =>
      count(sql`SELECT count(*) AS count FROM requests WHERE org = ${org} AND sub = ${sub} AND state = 'open'`),
    countSince: (org, sub, since) =>
      count(sql`SELECT count(*) AS count FROM requests WHERE org = ${org} AND sub = ${sub} AND at > ${since}`),
    add: async ({ id, org, sub, host, subject, reason, at }) => {
      await database.run(sql`
        INSERT INTO requests (id, org, sub, host, subject, reason, at, state)
        VALUES (${id}, ${org}, ${sub}, ${host}, ${subject}, ${reason}, ${at}, 'open')`);
    },
    replace: async (id, { subject, reason }) => {
      await database.run(sql`UPDATE requests SET subject = ${subject}, reason = ${reason} WHERE id = ${id}`);
    },
    mine: async (org, sub, since) => {
      const rows = await database.all(sql`
        SELECT r.*, d.detail FROM requests r LEFT JOIN request_decisions d ON d.id = r.decision
        WHERE r.org = ${org} AND r.sub = ${sub} AND (r.state = 'open' OR r.decided_at >= ${since})
        ORDER BY r.at DESC, r.id`);
      return rows.map((row) => RequestRow.parse(row));
    },
    withdraw: async (org, sub, id, at) =>
      (await database.run(sql`
        UPDATE requests SET state = 'withdrawn', decided_at = ${at}
        WHERE org = ${org} AND sub = ${sub} AND id = ${id} AND state = 'open'`)) > 0,
    open: async (org, host) => {
      const ofHost = host === undefined ? sql`` : sql`AND host = ${host}`;
      const rows = await database.all(
        sql`SELECT id, sub, host FROM requests WHERE org = ${org} AND state = 'open' ${ofHost}`,
      );
      return rows.map((row) => OpenRow.parse(row));
    },
    countOpenHosts: (org) =>
      count(sql`SELECT count(DISTINCT host) AS count FROM requests WHERE org = ${org} AND state = 'open'`),
    queue: async (org, { q, after, limit }) => {
      const text = fold(q.trim());
      const matching =
        text === ''
          ? sql``
          : sql`AND host IN (SELECT r.host FROM requests r LEFT JOIN users u ON u.sub = r.sub
              WHERE r.org = ${org} AND r.state = 'open' AND ${contains(engine, SEARCHED, text)})`;
      const below =
        after === null
          ? sql``
          : sql`HAVING count(*) < ${after.people} OR (count(*) = ${after.people}
              AND (min(at) > ${after.first} OR (min(at) = ${after.first} AND host > ${after.host})))`;
      const rows = await database.all(sql`
        SELECT host, count(*) AS people, min(at) AS first FROM requests
        WHERE org = ${org} AND state = 'open' ${matching}
        GROUP BY host ${below} ORDER BY people DESC, first, host LIMIT ${limit}`);
      return rows.map((row) => Place.parse(row));
    },
    askedFor: async (org, hosts) => {
      const rows = await database.all(sql`
        SELECT * FROM (SELECT ${ASKED}, row_number() OVER (PARTITION BY r.host ORDER BY r.at DESC, r.id) AS place
          FROM requests r LEFT JOIN users u ON u.sub = r.sub
          WHERE r.org = ${org} AND r.state = 'open' AND r.host IN ${oneOf(engine, hosts)}) AS asked
        WHERE place <= ${MOST_ASKED} ORDER BY host, place`);
      return grouped(rows, ({ host }) => host);
    },
    decisions: async (org, { q, before, limit }) => {
      const text = fold(q.trim());
      const matching =
        text === ''
          ? sql``
          : sql`AND (${contains(engine, sql`fold(d.host || ' ' || d.actor)`, text)}
              OR EXISTS (SELECT 1 FROM requests r LEFT JOIN users u ON u.sub = r.sub
                WHERE r.decision = d.id AND ${contains(engine, SEARCHED, text)}))`;
      const rows = await database.all(sql`
        SELECT d.id, d.host, d.at, d.actor, d.detail, d.revision,
          (SELECT count(*) FROM requests r WHERE r.decision = d.id) AS people
        FROM request_decisions d WHERE d.org = ${org} AND d.id < ${before ?? Number.MAX_SAFE_INTEGER} ${matching}
        ORDER BY d.id DESC LIMIT ${limit}`);
      return rows.map((row) => {
        const { id, host, at, actor, detail: decided, revision, people } = DecisionRow.parse(row);
        return { id, host, people, decision: { ...decided, at, by: actor, revision } };
      });
    },
    askedIn: async (decisions) => {
      const rows = await database.all(sql`
        SELECT * FROM (SELECT ${ASKED}, row_number() OVER (PARTITION BY r.decision ORDER BY r.at DESC, r.id) AS place
          FROM requests r LEFT JOIN users u ON u.sub = r.sub
          WHERE r.decision IN ${oneOf(engine, decisions)}) AS asked
        WHERE place <= ${MOST_ASKED} ORDER BY decision, place`);
      return grouped(rows, ({ decision }) => decision ?? 0);
    },
    decide: async (org, { host, ids, at, actor, detail: decided, revision }) => {
      const decision = await database.get(sql`
        INSERT INTO request_decisions (org, host, at, actor, detail, revision)
        VALUES (${org}, ${host}, ${at}, ${actor}, ${JSON.stringify(decided)}, ${revision}) RETURNING id`);
      const rows = await database.all(sql`
        UPDATE requests SET state = ${STATES[decided.kind]}, decided_at = ${at}, decision = ${Number(decision?.id)}
        WHERE org = ${org} AND state = 'open' AND id IN ${oneOf(engine, ids)} RETURNING id, sub`);
      return rows.map((row) => SubRow.parse(row));
    },
    withdrawAll: async (org, sub, at) => {
      await database.run(sql`
        UPDATE requests SET state = 'withdrawn', decided_at = ${at}
        WHERE org = ${org} AND sub = ${sub} AND state = 'open'`);
    },
    erase: async (sub) => {
      await database.run(sql`UPDATE requests SET subject = NULL, reason = NULL WHERE sub = ${sub}`);
    },
    removeBefore: async (at) => {
      await database.run(sql`DELETE FROM requests WHERE decided_at < ${at}`);
      await database.run(sql`
        DELETE FROM request_decisions
        WHERE at < ${at} AND NOT EXISTS (SELECT 1 FROM requests WHERE decision = request_decisions.id)`);
    },
  };
}

function grouped<Key>(rows: readonly Row[], keyOf: (row: z.infer<typeof AskedRow>) => Key): Map<Key, Asked[]> {
  const found = new Map<Key, Asked[]>();
  for (const row of rows) {
    const parsed = AskedRow.parse(row);
    const key = keyOf(parsed);
    found.set(key, [...(found.get(key) ?? []), parsed.asked]);
  }
  return found;
}
