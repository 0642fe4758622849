import { describe, expect, it } from 'vitest';
import { type HealthInputs, healthOf } from '../../../main/agent/health.ts';
import { gatewayStatus } from '../../support/gateway-status.ts';
import { managed, problem } from '../../support/snapshots.ts';

const well: HealthInputs = {
  managed: managed.present,
  session: [],
  gateway: gatewayStatus,
  gatewayDisagrees: false,
  keysNotPinned: false,
  serverAhead: 1_000,
};
const codes = (change: Partial<HealthInputs>): string[] => healthOf({ ...well, ...change }).map(({ code }) => code);

describe('health', () => {
  it('has nothing to say when all is well', () => {
    expect(healthOf(well)).toEqual([]);
  });

  it('tells of a clock that is more than five minutes off, either way, and which way', () => {
    expect(codes({ serverAhead: 5 * 60_000 })).toEqual([]);
    expect(healthOf({ ...well, serverAhead: 12 * 60_000 })[0]?.text).toContain('12 minutes behind');
    expect(healthOf({ ...well, serverAhead: -12 * 60_000 })[0]?.text).toContain('12 minutes ahead of');
  });

  it('forbids green when agent and gateway have read different configurations', () => {
    expect(healthOf({ ...well, gatewayDisagrees: true })).toMatchObject([
      { code: 'configuration-differs', forbidsGreen: true },
    ]);
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
