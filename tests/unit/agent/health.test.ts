import { describe, expect, it } from 'vitest';
import { type HealthInputs, healthOf } from '../../../main/agent/health.ts';
import type { UpstreamHealth } from '../../../shared/schemas/control-schema.ts';
import { gatewayStatus } from '../../support/gateway-status.ts';
import { managed, problem } from '../../support/snapshots.ts';

const well: HealthInputs = {
  managed: managed.present,
  session: [],
  gateway: gatewayStatus,
  version: '0.1.0',
  gatewayDisagrees: false,
  keysNotPinned: false,
  policy: null,
  now: 0,
  serverAhead: 1_000,
  network: null,
};
const codes = (change: Partial<HealthInputs>): string[] => healthOf({ ...well, ...change }).map(({ code }) => code);

describe('health', () => {
  it('tells of a policy file that nobody has signed again for half of its life, and of no hub’s', () => {
    const day = 86_400;
    const policy = { iat: 0, exp: 7 * day };
    const settings = { policyUrl: 'https://files.acme.example/policy.jws' };
    const at = (days: number, of: HealthInputs['managed'] = { ...managed.present, settings }) =>
      codes({ managed: of, policy, now: days * day * 1000 });
    expect([at(3.4), at(3.6), at(7), at(3.6, managed.present)]).toEqual([[], ['policy-half-spent'], [], []]);
    const [entry] = healthOf({ ...well, managed: { ...managed.present, settings }, policy, now: 4 * day * 1000 });
    expect(entry?.message).toBe('The policy file was signed 4 days ago and expires in 3 days.');
  });

  it('has nothing to say when all is well', () => {
    expect(healthOf(well)).toEqual([]);
  });

  it('tells of a clock that is more than five minutes off, either way, and which way', () => {
    expect(codes({ serverAhead: 5 * 60_000 })).toEqual([]);
    expect(healthOf({ ...well, serverAhead: 12 * 60_000 })[0]?.message).toContain('12 minutes behind');
    expect(healthOf({ ...well, serverAhead: -12 * 60_000 })[0]?.message).toContain('12 minutes ahead of');
  });

  it('tells of a version that is installed already, and who installs the missing one, without forbidding green', () => {
    const gateway = (version: string) => healthOf({ ...well, gateway: { ...gatewayStatus, version } });
    expect(gateway('0.2.0')).toMatchObject([
      {
        code: 'version-available',
        severity: 'info',
        forbidsGreen: false,
        next: expect.stringContaining('administrator'),
      },
    ]);
    expect(gateway('0.1.0-rc.1')).toMatchObject([{ code: 'gateway-older', severity: 'info', forbidsGreen: false }]);
    // Nobody is told of a version that there may not be.
    expect(gateway('newest')).toMatchObject([{ code: 'gateway-older' }]);
  });

  it('warns of what was meant to restrict this machine and names nobody, and only where nothing restricts it', () => {
    const unused = { ...problem, code: 'admin-settings-without-organization', file: '/x/admin-settings.json' };
    const entries = healthOf({ ...well, managed: { ...managed.absent, problems: [unused] } });
    expect(entries).toMatchObject([{ code: unused.code, severity: 'warning', forbidsGreen: false }]);
    expect(entries[0]).not.toHaveProperty('file');
    expect(codes({ managed: { ...managed.present, problems: [unused] } })).toEqual([]);
  });

  it('forbids green when agent and gateway have read different configurations', () => {
    expect(healthOf({ ...well, gatewayDisagrees: true })).toMatchObject([
      { code: 'configuration-differs', forbidsGreen: true },
    ]);
  });

  it('warns where no resolver of a domain is any use, names them, and not where one of them is', () => {
    const upstream = (address: string, domain: string | null, state: UpstreamHealth['state']): UpstreamHealth => ({
      ...{ address, domain, state },
      since: 0,
      lastError: { at: 0, text: 'UDP: no answer in 1.5 s' },
    });
    const withUpstreams = (...upstreams: UpstreamHealth[]): HealthInputs => ({
      ...well,
      gateway: { ...gatewayStatus, upstreams },
    });
    const all = withUpstreams(
      upstream('10.0.0.1:53', null, 'silent'),
      upstream('10.0.0.2:53', null, 'tcp-only'),
      upstream('10.0.0.53:53', 'corp.example', 'silent'),
      upstream('10.0.0.54:53', 'corp.example', 'failing'),
    );
    expect(healthOf(all)).toMatchObject([
      { code: 'domain-resolvers-silent', args: { domain: 'corp.example' }, forbidsGreen: false },
    ]);
    expect(healthOf(all)[0]?.cause).toContain('10.0.0.53:53: UDP: no answer in 1.5 s, 10.0.0.54:53');
    expect(healthOf(withUpstreams(upstream('10.0.0.1:53', null, 'silent')))[0]?.code).toBe('resolvers-silent');
  });

  it('tells of everything at once, the gravest first', () => {
    const all = codes({
      gatewayDisagrees: true,
      gateway: { ...gatewayStatus, problems: [problem] },
      keysNotPinned: true,
      managed: { ...managed.present, trial: true },
    });
    expect(all).toEqual(['configuration-differs', 'some-problem', 'key-not-pinned', 'trial-configuration']);
  });
});
