import { describe, expect, it } from 'vitest';
import { createDenialHistory } from '../../../../main/agent/enforcement/denial-history.ts';
import { PROBE_SUFFIX } from '../../../../shared/probe-names.ts';
import type { Denial } from '../../../../shared/schemas/control-schema.ts';
import { manualClock } from '../../../support/manual-clock.ts';

function denial(change: Partial<Denial>): Denial {
  return {
    at: 1_000,
    host: 'gcr.io',
    view: 'engine',
    wall: 'dns',
    reason: 'not-in-policy',
    refused: true,
    count: 1,
    ...change,
  };
}

describe('the log of what was refused', () => {
  it('has one entry per host, with its sum, both times and every way it came', () => {
    const log = createDenialHistory(manualClock());
    log.add(denial({ at: 1_000 }));
    log.add(denial({ host: 'quay.io', at: 2_000 }));
    log.add(denial({ at: 3_000, count: 4, view: 'workload', wall: 'proxy' }));
    expect(log.entries()).toMatchObject([
      { host: 'gcr.io', count: 5, first: 1_000, last: 3_000, views: ['engine', 'workload'], walls: ['dns', 'proxy'] },
      { host: 'quay.io', count: 1 },
    ]);
  });

  it('keeps what was refused apart from what was only recorded', () => {
    const log = createDenialHistory(manualClock());
    log.add(denial({ refused: false, reason: 'audit-only' }));
    log.add(denial({}));
    expect(log.entries().map(({ refused, reason }) => [refused, reason])).toEqual([
      [true, 'not-in-policy'],
      [false, 'audit-only'],
    ]);
  });

  it('counts what was refused since midnight, local time', () => {
    const noon = new Date(2026, 10, 21, 12).getTime();
    const clock = manualClock(noon);
    const log = createDenialHistory(clock);
    log.add(denial({ at: noon, count: 3 }));
    log.add(denial({ at: noon, host: 'quay.io' }));
    expect(log.today()).toBe(4);
    clock.advance(12 * 3_600_000);
    expect(log.today()).toBe(0);
    // Told late: it happened yesterday.
    log.add(denial({ at: noon }));
    expect(log.today()).toBe(0);
    log.add(denial({ at: clock.wall() }));
    expect(log.today()).toBe(1);
  });

  it('takes no notice of our own test names', () => {
    const log = createDenialHistory(manualClock());
    expect(log.add(denial({ host: `n0.${PROBE_SUFFIX}` }))).toBe(false);
    expect(log.entries()).toEqual([]);
  });

  it('forgets the oldest host, not the busiest', () => {
    const log = createDenialHistory(manualClock());
    log.add(denial({ host: 'first.example' }));
    for (let index = 0; index < 499; index++) log.add(denial({ host: `h${index}.example` }));
    log.add(denial({ host: 'first.example' }));
    log.add(denial({ host: 'last.example' }));
    const hosts = log.entries().map(({ host }) => host);
    expect(hosts).toHaveLength(500);
    expect(hosts.slice(0, 2)).toEqual(['last.example', 'first.example']);
    expect(hosts).not.toContain('h0.example');
  });
});
