import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { z } from 'zod';
import {
  AccessRequest,
  type RequestDecision,
  type RequestedHost,
  RequestState,
} from '../../../shared/schemas/hub/requests.ts';
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
    ...{ name: optional, teams: z.string(), subject: optional, reason: optional, at: time },
  })
  .transform(({ teams, host, decision, ...rest }) => ({
    ...{ host, decision },
    asked: { ...rest, teams: z.array(z.string()).parse(JSON.parse(teams)) },
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
  taken: (org: string) => boolean;
  find: (org: string, id: string) => AccessRequest | undefined;
  openOf: (org: string, sub: string, host: string) => string | undefined;
  countOpen: (org: string, sub: string) => number;
  /** Sent since then, whatever has become of them. */
  countSince: (org: string, sub: string, since: number) => number;
  add: (request: { id: string; org: string; sub: string; host: string; at: number } & Said) => void;
  replace: (id: string, said: Said) => void;
  /** Newest first. @param since those decided or withdrawn before it are left out */
  mine: (org: string, sub: string, since: number) => AccessRequest[];
  withdraw: (org: string, sub: string, id: string, at: number) => boolean;
  /** For a host, or for all. */
  open: (org: string, host?: string) => OpenRequest[];
  countOpenHosts: (org: string) => number;
  queue: (org: string, query: { q: string; after: Place | null; limit: number }) => Place[];
  /** The newest of each host. */
  askedFor: (org: string, hosts: readonly string[]) => Map<string, Asked[]>;
  decisions: (org: string, query: { q: string; before: number | null; limit: number }) => KeptDecision[];
  askedIn: (decisions: readonly number[]) => Map<number, Asked[]>;
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
  ) => { id: string; sub: string }[];
  /** Withdraws what somebody who left has open. */
  withdrawAll: (org: string, sub: string, at: number) => void;
  /** Erases what somebody wrote. */
  erase: (sub: string) => void;
  /** Decided or withdrawn before `at`. */
  removeBefore: (at: number) => void;
}

interface Said {
  subject: string | null;
  reason: string | null;
}

const STATES = { allow: 'allowed', mirror: 'mirror', decline: 'declined' } as const;

/** Requests and what was decided about them, in the hub's database. */
export function createRequestStore(database: DatabaseSync): RequestStore {
  const prepare = (sql: string) => database.prepare(sql);
  // A deleted account is called what the activity calls it.
  const asked = `r.host, r.decision, r.id, r.sub, ifnull(u.username, 'person#' || substr(r.sub, 1, 8)) AS username, u.name,
      (SELECT json_group_array(team) FROM
        (SELECT team FROM team_members t WHERE t.org = r.org AND t.sub = r.sub ORDER BY team)) AS teams,
      r.subject, r.reason, r.at`;
  const matching = `instr(fold(r.host || ' ' || ifnull(r.subject, '') || ' ' || ifnull(r.reason, '') || ' ' ||
      ifnull(u.username, '') || ' ' || ifnull(u.name, '')), :q) > 0`;

  const selectOne = prepare(
    `SELECT r.*, d.detail FROM requests r LEFT JOIN request_decisions d ON d.id = r.decision WHERE r.org = ? AND r.id = ?`,
  );
  const selectMine = prepare(
    `SELECT r.*, d.detail FROM requests r LEFT JOIN request_decisions d ON d.id = r.decision
     WHERE r.org = ? AND r.sub = ? AND (r.state = 'open' OR r.decided_at >= ?) ORDER BY r.at DESC, r.id`,
  );
  const selectTaken = prepare("SELECT extras ->> '$.requests' AS taken FROM settings WHERE org = ?");
  const selectOpenOf = prepare(`SELECT id FROM requests WHERE org = ? AND sub = ? AND host = ? AND state = 'open'`);
  const countOpen = prepare(`SELECT count(*) AS count FROM requests WHERE org = ? AND sub = ? AND state = 'open'`);
  const countSince = prepare('SELECT count(*) AS count FROM requests WHERE org = ? AND sub = ? AND at > ?');
  const countHosts = prepare(`SELECT count(DISTINCT host) AS count FROM requests WHERE org = ? AND state = 'open'`);
  const insert = prepare(
    `INSERT INTO requests (id, org, sub, host, subject, reason, at, state) VALUES (?, ?, ?, ?, ?, ?, ?, 'open')`,
  );
  const update = prepare('UPDATE requests SET subject = ?, reason = ? WHERE id = ?');
  const withdrawOne = prepare(
    `UPDATE requests SET state = 'withdrawn', decided_at = ? WHERE org = ? AND sub = ? AND id = ? AND state = 'open'`,
  );
  const withdrawAll = prepare(
    `UPDATE requests SET state = 'withdrawn', decided_at = ? WHERE org = ? AND sub = ? AND state = 'open'`,
  );
  const selectOpen = prepare(
    `SELECT id, sub, host FROM requests WHERE org = :org AND state = 'open' AND (:host IS NULL OR host = :host)`,
  );
  const selectQueue = prepare(
    `SELECT host, count(*) AS people, min(at) AS first FROM requests WHERE org = :org AND state = 'open'
       AND (:q = '' OR host IN (SELECT r.host FROM requests r LEFT JOIN users u ON u.sub = r.sub
         WHERE r.org = :org AND r.state = 'open' AND ${matching}))
     GROUP BY host
     HAVING :people IS NULL OR people < :people
       OR (people = :people AND (first > :first OR (first = :first AND host > :host)))
     ORDER BY people DESC, first, host LIMIT :limit`,
  );
  const selectAsked = prepare(
    `SELECT * FROM (SELECT ${asked}, row_number() OVER (PARTITION BY r.host ORDER BY r.at DESC, r.id) AS place
       FROM requests r LEFT JOIN users u ON u.sub = r.sub
       WHERE r.org = :org AND r.state = 'open' AND r.host IN (SELECT value FROM json_each(:hosts)))
     WHERE place <= ${MOST_ASKED}`,
  );
  const selectDecisions = prepare(
    `SELECT d.id, d.host, d.at, d.actor, d.detail, d.revision,
       (SELECT count(*) FROM requests r WHERE r.decision = d.id) AS people
     FROM request_decisions d WHERE d.org = :org AND d.id < :before
       AND (:q = '' OR instr(fold(d.host || ' ' || d.actor), :q) > 0
         OR EXISTS (SELECT 1 FROM requests r LEFT JOIN users u ON u.sub = r.sub WHERE r.decision = d.id AND ${matching}))
     ORDER BY d.id DESC LIMIT :limit`,
  );
  const selectAskedIn = prepare(
    `SELECT * FROM (SELECT ${asked}, row_number() OVER (PARTITION BY r.decision ORDER BY r.at DESC, r.id) AS place
       FROM requests r LEFT JOIN users u ON u.sub = r.sub
       WHERE r.decision IN (SELECT value FROM json_each(:decisions)))
     WHERE place <= ${MOST_ASKED}`,
  );
  const insertDecision = prepare(
    'INSERT INTO request_decisions (org, host, at, actor, detail, revision) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const settle = prepare(
    `UPDATE requests SET state = :state, decided_at = :at, decision = :decision
     WHERE org = :org AND state = 'open' AND id IN (SELECT value FROM json_each(:ids)) RETURNING id, sub`,
  );
  const eraseSaid = prepare('UPDATE requests SET subject = NULL, reason = NULL WHERE sub = ?');
  const removeRequests = prepare('DELETE FROM requests WHERE decided_at < ?');
  const removeDecisions = prepare(
    'DELETE FROM request_decisions WHERE at < ? AND NOT EXISTS (SELECT 1 FROM requests WHERE decision = request_decisions.id)',
  );

  const count = (row: unknown): number => Count.parse(row).count;
  const grouped = <Key extends 'host' | 'decision'>(rows: unknown[], key: Key) => {
    const found = new Map<z.infer<typeof AskedRow>[Key], Asked[]>();
    for (const row of rows) {
      const parsed = AskedRow.parse(row);
      found.set(parsed[key], [...(found.get(parsed[key]) ?? []), parsed.asked]);
    }
    return found;
  };
  return {
    taken: (org) => selectTaken.get(org)?.taken === 1,
    find: (org, id) => RequestRow.optional().parse(selectOne.get(org, id)),
    openOf: (org, sub, host) => IdRow.optional().parse(selectOpenOf.get(org, sub, host))?.id,
    countOpen: (org, sub) => count(countOpen.get(org, sub)),
    countSince: (org, sub, since) => count(countSince.get(org, sub, since)),
    add: ({ id, org, sub, host, subject, reason, at }) => void insert.run(id, org, sub, host, subject, reason, at),
    replace: (id, { subject, reason }) => void update.run(subject, reason, id),
    mine: (org, sub, since) => selectMine.all(org, sub, since).map((row) => RequestRow.parse(row)),
    withdraw: (org, sub, id, at) => Number(withdrawOne.run(at, org, sub, id).changes) > 0,
    open: (org, host) => selectOpen.all({ ':org': org, ':host': host ?? null }).map((row) => OpenRow.parse(row)),
    countOpenHosts: (org) => count(countHosts.get(org)),
    queue: (org, { q, after, limit }) => {
      const from: Record<string, SQLInputValue> = {
        ...{ ':people': after?.people ?? null, ':first': after?.first ?? null, ':host': after?.host ?? null },
      };
      return selectQueue
        .all({ ':org': org, ':q': fold(q.trim()), ':limit': limit, ...from })
        .map((row) => Place.parse(row));
    },
    askedFor: (org, hosts) => grouped(selectAsked.all({ ':org': org, ':hosts': JSON.stringify(hosts) }), 'host'),
    decisions: (org, { q, before, limit }) =>
      selectDecisions
        .all({ ':org': org, ':q': fold(q.trim()), ':before': before ?? Number.MAX_SAFE_INTEGER, ':limit': limit })
        .map((row) => {
          const { id, host, at, actor, detail: decided, revision, people } = DecisionRow.parse(row);
          return { id, host, people, decision: { ...decided, at, by: actor, revision } };
        }),
    askedIn: (decisions) => {
      const found = new Map<number, Asked[]>();
      for (const [decision, those] of grouped(
        selectAskedIn.all({ ':decisions': JSON.stringify(decisions) }),
        'decision',
      )) {
        if (decision !== null) found.set(decision, those);
      }
      return found;
    },
    decide: (org, { host, ids, at, actor, detail: decided, revision }) => {
      const { lastInsertRowid } = insertDecision.run(org, host, at, actor, JSON.stringify(decided), revision);
      const settling = {
        ...{ ':org': org, ':state': STATES[decided.kind], ':at': at, ':decision': lastInsertRowid },
        ':ids': JSON.stringify(ids),
      };
      return settle.all(settling).map((row) => SubRow.parse(row));
    },
    withdrawAll: (org, sub, at) => void withdrawAll.run(at, org, sub),
    erase: (sub) => void eraseSaid.run(sub),
    removeBefore: (at) => {
      removeRequests.run(at);
      removeDecisions.run(at);
    },
  };
}
