import { sql } from 'kysely';
import { z } from 'zod';
import { DEFAULT_PORT, parseAddress } from '../../../shared/hosts/address.ts';
import { isLoopback, withPort } from '../../../shared/hosts/host-name.ts';
import type { HostPeople, HostUse } from '../../../shared/schemas/hub/machines.ts';
import type { Database, Row } from '../store/database.ts';
import { ALL, oneOf } from '../store/dialect.ts';

const HOUR_MS = 3_600_000;
/** What is seen again is noted no more often. */
const NOTED_MS = 6 * HOUR_MS;
/** Hosts of one person on one machine; the ones that were seen longest ago go. */
const MAX_HOSTS = 500;
const MAX_SHOWN = 100;
const MAX_BLOCKED = 200;

export interface BlockedHost extends HostPeople {
  /** RFC 3339. */
  last: string;
}

/** Which hosts machines used and were blocked at, for whom, as far as they report it. */
export interface Usage {
  /** @param now milliseconds since 1970; times that lie ahead of it count as now */
  save: (at: { org: string; machine: number; sub: string; now: number }, hosts: readonly HostUse[]) => Promise<void>;
  /** Every host that was used or blocked since. */
  hosts: (org: string, since: number) => Promise<{ host: string; wasBlocked: boolean; wasAllowed: boolean }[]>;
  /** The first of these hosts by people, and how many people and machines they come to, each counted once. */
  people: (org: string, hosts: readonly string[], since: number) => Promise<HostsOfPeople>;
  /** Blocked since, those of the most people first: one member who reports many hosts hides nobody else's. */
  blocked: (org: string, since: number) => Promise<BlockedHost[]>;
  blockedHost: (org: string, host: string, since: number) => Promise<Omit<BlockedHost, 'host'> | null>;
  removeBefore: (at: number) => Promise<void>;
}

export interface HostsOfPeople {
  hosts: HostPeople[];
  more: number;
  people: number;
  machines: number;
}

const HostRow = z.object({ host: z.string(), blocked: z.number(), allowed: z.number() });
const PeopleRow = z.object({ host: z.string(), people: z.number(), machines: z.number() });
const TotalRow = z.object({ people: z.number(), machines: z.number() });
const BlockedRow = PeopleRow.extend({ last: z.number().nullable() });

/** When a host was last seen at all. */
const SEEN_AT = sql`CASE WHEN allowed_at > blocked_at THEN allowed_at ELSE blocked_at END`;
const COUNTED = sql`count(DISTINCT sub) AS people, count(DISTINCT machine) AS machines`;

export function createUsage(database: Database): Usage {
  return {
    save: async ({ org, machine, sub, now }, hosts) => {
      for (const use of hosts) {
        const host = spelledHost(use.host);
        if (host === null) continue;
        const last = Math.min(Date.parse(use.lastAt), now);
        const blocked = use.blocked > 0 ? last : 0;
        const allowed = use.count > use.blocked ? last : 0;
        await database.run(sql`
          INSERT INTO machine_usage (org, host, machine, sub, allowed_at, blocked_at)
          VALUES (${org}, ${host}, ${machine}, ${sub}, ${allowed}, ${blocked})
          ON CONFLICT (org, host, machine, sub) DO UPDATE SET
            allowed_at = CASE WHEN excluded.allowed_at > machine_usage.allowed_at
              THEN excluded.allowed_at ELSE machine_usage.allowed_at END,
            blocked_at = CASE WHEN excluded.blocked_at > machine_usage.blocked_at
              THEN excluded.blocked_at ELSE machine_usage.blocked_at END
          WHERE excluded.allowed_at > machine_usage.allowed_at + ${NOTED_MS}
            OR excluded.blocked_at > machine_usage.blocked_at + ${NOTED_MS}`);
      }
      if (hosts.length === 0) return;
      await database.run(sql`
        DELETE FROM machine_usage WHERE org = ${org} AND machine = ${machine} AND sub = ${sub} AND host IN
          (SELECT host FROM machine_usage WHERE machine = ${machine} AND sub = ${sub}
           ORDER BY ${SEEN_AT} DESC LIMIT ${ALL} OFFSET ${MAX_HOSTS})`);
    },
    hosts: async (org, since) => {
      const rows = await database.all(sql`
        SELECT host, max(blocked_at) AS blocked, max(allowed_at) AS allowed FROM machine_usage WHERE org = ${org}
        GROUP BY host HAVING max(blocked_at) >= ${since} OR max(allowed_at) >= ${since}`);
      return rows.map((row) => {
        const { host, blocked, allowed } = HostRow.parse(row);
        return { host, wasBlocked: blocked >= since, wasAllowed: allowed >= since };
      });
    },
    people: async (org, hosts, since) => {
      if (hosts.length === 0) return { hosts: [], more: 0, people: 0, machines: 0 };
      const ofHosts = sql`FROM machine_usage
        WHERE org = ${org} AND host IN ${oneOf(database.engine, hosts)} AND ${SEEN_AT} >= ${since}`;
      const rows = await database.all(sql`
        SELECT host, ${COUNTED} ${ofHosts} GROUP BY host ORDER BY people DESC, machines DESC, host LIMIT ${MAX_SHOWN}`);
      const shown = rows.map((row) => PeopleRow.parse(row));
      const total = TotalRow.parse(await database.get(sql`SELECT ${COUNTED} ${ofHosts}`));
      return { hosts: shown, more: hosts.length - shown.length, ...total };
    },
    blocked: async (org, since) => {
      const rows = await database.all(sql`
        SELECT host, ${COUNTED}, max(blocked_at) AS last FROM machine_usage
        WHERE org = ${org} AND blocked_at >= ${since}
        GROUP BY host ORDER BY people DESC, last DESC, host LIMIT ${MAX_BLOCKED}`);
      return rows.map(blockedOf);
    },
    blockedHost: async (org, text, since) => {
      const row = await database.get(sql`
        SELECT host, ${COUNTED}, max(blocked_at) AS last FROM machine_usage
        WHERE org = ${org} AND host = ${spelledHost(text) ?? ''} AND blocked_at >= ${since} GROUP BY host`);
      if (row === undefined) return null;
      const { host: _host, ...rest } = blockedOf(row);
      return rest;
    },
    removeBefore: async (at) => {
      await database.run(sql`DELETE FROM machine_usage WHERE ${SEEN_AT} < ${at}`);
    },
  };
}

function blockedOf(row: Row): BlockedHost {
  const { last, ...rest } = BlockedRow.parse(row);
  return { ...rest, last: new Date(last ?? 0).toISOString() };
}

/** A host as gateways spell it, `:443` left out; null for what is none, whatever it was meant to do where it is shown. */
export function spelledHost(text: string): string | null {
  const address = parseAddress(text);
  if (!address.ok || address.value.kind === 'suffix') return null;
  const { kind, host, port } = address.value;
  if (isLoopback({ kind: kind === 'ip' ? 'ip' : 'name', host })) return null;
  const spelled = withPort(host, port === DEFAULT_PORT ? undefined : port);
  // No scheme, path or user name that a parser would take away.
  return text === spelled || text === `${spelled}:${DEFAULT_PORT}` ? spelled : null;
}
