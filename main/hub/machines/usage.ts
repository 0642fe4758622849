import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { DEFAULT_PORT, parseAddress } from '../../../shared/hosts/address.ts';
import { isLoopback, withPort } from '../../../shared/hosts/host-name.ts';
import type { HostPeople, HostUse } from '../../../shared/schemas/hub/machines.ts';

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
  save: (at: { org: string; machine: number; sub: string; now: number }, hosts: readonly HostUse[]) => void;
  /** Every host that was used or blocked since. */
  hosts: (org: string, since: number) => { host: string; wasBlocked: boolean; wasAllowed: boolean }[];
  /** The first of these hosts by people, and how many people and machines they come to, each counted once. */
  people: (org: string, hosts: readonly string[], since: number) => HostsOfPeople;
  /** Blocked since, those of the most people first: one member who reports many hosts hides nobody else's. */
  blocked: (org: string, since: number) => BlockedHost[];
  blockedHost: (org: string, host: string, since: number) => Omit<BlockedHost, 'host'> | null;
  removeBefore: (at: number) => void;
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

export function createUsage(database: DatabaseSync): Usage {
  const upsert = database.prepare(
    `INSERT INTO machine_usage (org, host, machine, sub, allowed_at, blocked_at) VALUES (:org, :host, :machine, :sub, :allowed, :blocked)
     ON CONFLICT DO UPDATE SET allowed_at = max(allowed_at, excluded.allowed_at), blocked_at = max(blocked_at, excluded.blocked_at)
     WHERE excluded.allowed_at > allowed_at + ${NOTED_MS} OR excluded.blocked_at > blocked_at + ${NOTED_MS}`,
  );
  const trim = database.prepare(
    `DELETE FROM machine_usage WHERE org = :org AND machine = :machine AND sub = :sub AND host IN
       (SELECT host FROM machine_usage INDEXED BY machine_usage_by_machine WHERE machine = :machine AND sub = :sub
        ORDER BY max(allowed_at, blocked_at) DESC LIMIT -1 OFFSET ${MAX_HOSTS})`,
  );
  const selectHosts = database.prepare(
    `SELECT host, max(blocked_at) >= :since AS blocked, max(allowed_at) >= :since AS allowed FROM machine_usage
     WHERE org = :org GROUP BY host HAVING blocked OR allowed`,
  );
  const ofHosts = `FROM machine_usage WHERE org = :org AND host IN (SELECT value FROM json_each(:hosts))
    AND max(allowed_at, blocked_at) >= :since`;
  const selectPeople = database.prepare(
    `SELECT host, count(DISTINCT sub) AS people, count(DISTINCT machine) AS machines ${ofHosts}
     GROUP BY host ORDER BY people DESC, machines DESC, host LIMIT ${MAX_SHOWN}`,
  );
  const selectTotal = database.prepare(
    `SELECT count(DISTINCT sub) AS people, count(DISTINCT machine) AS machines ${ofHosts}`,
  );
  const selectBlocked = database.prepare(
    `SELECT host, count(DISTINCT sub) AS people, count(DISTINCT machine) AS machines, max(blocked_at) AS last FROM machine_usage
     WHERE org = :org AND blocked_at >= :since GROUP BY host ORDER BY people DESC, last DESC, host LIMIT ${MAX_BLOCKED}`,
  );
  const selectOne = database.prepare(
    `SELECT host, count(DISTINCT sub) AS people, count(DISTINCT machine) AS machines, max(blocked_at) AS last FROM machine_usage
     WHERE org = :org AND host = :host AND blocked_at >= :since GROUP BY host`,
  );
  const deleteBefore = database.prepare('DELETE FROM machine_usage WHERE max(allowed_at, blocked_at) < ?');
  const blockedOf = (row: unknown): BlockedHost => {
    const { last, ...rest } = BlockedRow.parse(row);
    return { ...rest, last: new Date(last ?? 0).toISOString() };
  };

  return {
    save: ({ org, machine, sub, now }, hosts) => {
      for (const use of hosts) {
        const host = spelledHost(use.host);
        if (host === null) continue;
        const last = Math.min(Date.parse(use.lastAt), now);
        const isBlocked = use.blocked > 0;
        const allowed = use.count > use.blocked ? last : 0;
        upsert.run({ org, host, machine, sub, allowed, blocked: isBlocked ? last : 0 });
      }
      if (hosts.length > 0) trim.run({ org, machine, sub });
    },
    hosts: (org, since) =>
      selectHosts.all({ org, since }).map((row) => {
        const { host, blocked, allowed } = HostRow.parse(row);
        return { host, wasBlocked: blocked === 1, wasAllowed: allowed === 1 };
      }),
    people: (org, hosts, since) => {
      if (hosts.length === 0) return { hosts: [], more: 0, people: 0, machines: 0 };
      const values = { org, hosts: JSON.stringify(hosts), since };
      const shown = selectPeople.all(values).map((row) => PeopleRow.parse(row));
      return { hosts: shown, more: hosts.length - shown.length, ...TotalRow.parse(selectTotal.get(values)) };
    },
    blocked: (org, since) => selectBlocked.all({ org, since }).map(blockedOf),
    blockedHost: (org, text, since) => {
      const row = selectOne.get({ org, host: spelledHost(text) ?? '', since });
      if (row === undefined) return null;
      const { host: _host, ...rest } = blockedOf(row);
      return rest;
    },
    removeBefore: (at) => void deleteBefore.run(at),
  };
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
