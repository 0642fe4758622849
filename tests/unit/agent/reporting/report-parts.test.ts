import { describe, expect, it } from 'vitest';
import { systemName } from '../../../../main/agent/diagnostics/environment.ts';
import { reportingLevelOf, waitFor, worthReporting } from '../../../../main/agent/reporting/report-due.ts';
import { hostsToReport } from '../../../../main/agent/reporting/report-hosts.ts';
import { problem } from '../../../../shared/problems/catalogue.ts';
import { HostUse } from '../../../../shared/schemas/hub/machines.ts';
import { gatewayStatus } from '../../../support/gateway-status.ts';

const use = (host: string, count: number, blocked: number, lastAt = 2000) => ({
  host,
  count,
  blocked,
  firstAt: 1000,
  lastAt,
});

describe('how much is reported', () => {
  it.each([
    ['absent', undefined, 'off'],
    ['present', undefined, 'state'],
    ['malformed', undefined, 'state'],
    ['present', 'off', 'off'],
    ['present', 'hosts', 'hosts'],
    ['absent', 'state', 'state'],
  ] as const)('a machine whose configuration is %s, with %s: %s', (verdict, reporting, level) => {
    expect(reportingLevelOf({ verdict, settings: reporting === undefined ? {} : { reporting } })).toBe(level);
  });
});

describe('when', () => {
  it('is at once at first, then a minute after the last attempt', () => {
    expect(waitFor({ attemptedAt: null, unknownAt: null }, 5)).toBe(0);
    expect(waitFor({ attemptedAt: 0, unknownAt: null }, 20_000)).toBe(40_000);
    expect(waitFor({ attemptedAt: 0, unknownAt: null }, 60_000)).toBe(0);
  });

  it('is not for a day where the hub knows no reports', () => {
    expect(waitFor({ attemptedAt: 0, unknownAt: 0 }, 24 * 3_600_000 - 1)).toBeNull();
    expect(waitFor({ attemptedAt: 0, unknownAt: 0 }, 24 * 3_600_000)).toBe(0);
  });

  it('is after a change of what is enforced, of the key and of the audit’s findings, and of nothing else', () => {
    const before = worthReporting(gatewayStatus);
    expect(worthReporting({ ...gatewayStatus, generation: 99, lock: { reason: 'no-policy', at: 5 } })).toBe(before);
    const audited = { kind: 'audited', at: 1, engines: [], findings: [] } as const;
    const attachment = { ...audited, engines: [], findings: [] };
    const found = [{ severity: 'open' as const, engine: null, problem: problem('attachment-wall-gone') }];
    const all = [
      before,
      worthReporting({ ...gatewayStatus, inForce: { kind: 'open', reason: 'break-glass' } }),
      worthReporting({ ...gatewayStatus, identity: null }),
      worthReporting({ ...gatewayStatus, attachment }),
      worthReporting({ ...gatewayStatus, attachment: { ...attachment, findings: found } }),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(worthReporting({ ...gatewayStatus, attachment: { ...attachment, at: 60_000 } })).toBe(all[3]);
  });
});

describe('which hosts', () => {
  it('are those that are new since the last report, by the gateway’s counts since its start', () => {
    const first = hostsToReport({ since: 1, hosts: [use('a.example', 2, 0), use('b.example', 1, 1)] }, null);
    expect(first.hosts.map(({ host, count }) => [host, count])).toEqual([
      ['b.example', 1],
      ['a.example', 2],
    ]);
    for (const host of first.hosts) expect(HostUse.safeParse(host).success).toBe(true);
    const next = { since: 1, hosts: [use('b.example', 1, 1), use('a.example', 5, 1, 9000)] };
    const second = hostsToReport(next, first.reported);
    expect(second.hosts).toEqual([
      {
        ...{ host: 'a.example', count: 3, blocked: 1 },
        ...{ firstAt: new Date(2000).toISOString(), lastAt: new Date(9000).toISOString() },
      },
    ]);
    // A gateway that was started again counts from nothing.
    expect(hostsToReport({ since: 2, hosts: [use('a.example', 1, 0)] }, second.reported).hosts).toHaveLength(1);
  });

  it('are at most 200, those that were blocked first, and the others are not lost', () => {
    const hosts = Array.from({ length: 500 }, (_, i) => use(`r${i}.example`, 1, i % 100 === 0 ? 1 : 0, 2000 + i));
    const first = hostsToReport({ since: 1, hosts }, null);
    expect(first.hosts).toHaveLength(200);
    expect(first.hosts.slice(0, 5).every(({ blocked }) => blocked === 1)).toBe(true);
    const second = hostsToReport({ since: 1, hosts }, first.reported);
    const third = hostsToReport({ since: 1, hosts }, second.reported);
    const all = [first, second, third].flatMap((report) => report.hosts.map(({ host }) => host));
    expect(new Set(all).size).toBe(500);
    expect(hostsToReport({ since: 1, hosts }, third.reported).hosts).toEqual([]);
  });

  it('forget what the gateway has forgotten', () => {
    const first = hostsToReport({ since: 1, hosts: [use('a.example', 2, 0)] }, null);
    expect(hostsToReport({ since: 1, hosts: [] }, first.reported).reported.counts).toEqual({});
  });
});

describe('the name of the system', () => {
  const debian = 'NAME="Debian GNU/Linux"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\n';
  it.each<[NodeJS.Platform, string, string, string | null, string]>([
    ['linux', '6.1.0', '#1 SMP', debian, 'Debian GNU/Linux 12 (bookworm)'],
    ['linux', '6.1.0', '#1 SMP', 'PRETTY_NAME=Alpine\n', 'Alpine'],
    ['linux', '6.1.0', '#1 SMP', null, 'linux 6.1.0'],
    ['win32', '10.0.22631', 'Windows 11 Pro', null, 'Windows 11 Pro (10.0.22631)'],
    ['darwin', '23.5.0', 'Darwin Kernel Version 23.5.0', null, 'macOS (Darwin 23.5.0)'],
  ])('%s %s', (platform, release, version, file, name) => {
    const read = (): string => {
      if (file === null) throw new Error('ENOENT');
      return file;
    };
    expect(systemName(platform, release, version, read)).toBe(name);
  });
});
