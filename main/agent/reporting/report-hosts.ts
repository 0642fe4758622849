import type { ControlResult } from '../../../shared/schemas/control-schema.ts';
import { type HostUse, MAX_REPORTED_HOSTS } from '../../../shared/schemas/hub/machines.ts';

/** What of a gateway's counts the hub already has. */
export interface ReportedHosts {
  /** When the gateway's counts began: it starts anew with each of its starts. */
  since: number;
  counts: Readonly<Record<string, { count: number; blocked: number; at: number }>>;
}

export interface HostsToReport {
  hosts: HostUse[];
  /** What the hub has once it took them. */
  reported: ReportedHosts;
}

/**
 * What is new since the last report: at most 200 hosts, those that were blocked first and then the latest. What is left out stays to be
 * reported.
 */
export function hostsToReport({ since, hosts }: ControlResult<'hosts'>, before: ReportedHosts | null): HostsToReport {
  const known = before?.since === since ? before.counts : {};
  const fresh = hosts
    .map((use) => ({ use, had: known[use.host] ?? { count: 0, blocked: 0, at: 0 } }))
    .filter(({ use, had }) => use.count > had.count)
    .map(({ use, had }) => ({
      use,
      host: use.host,
      count: use.count - had.count,
      blocked: Math.max(0, use.blocked - had.blocked),
      first: Math.max(use.firstAt, had.at),
      last: use.lastAt,
    }))
    .sort((one, other) => Number(other.blocked > 0) - Number(one.blocked > 0) || other.last - one.last)
    .slice(0, MAX_REPORTED_HOSTS);
  // Only what the gateway still counts: it forgets too.
  const kept = Object.fromEntries(hosts.flatMap(({ host }) => (known[host] ? [[host, known[host]]] : [])));
  const sent = fresh.map(({ use }) => [use.host, { count: use.count, blocked: use.blocked, at: use.lastAt }]);
  return {
    hosts: fresh.map(({ host, count, blocked, first, last }) => ({
      ...{ host, count, blocked },
      firstAt: new Date(first).toISOString(),
      lastAt: new Date(last).toISOString(),
    })),
    reported: { since, counts: { ...kept, ...Object.fromEntries(sent) } },
  };
}
