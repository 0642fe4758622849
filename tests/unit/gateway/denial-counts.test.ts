import { describe, expect, it } from 'vitest';
import { createDenialCounts } from '../../../main/gateway/denial-counts.ts';
import { type Denial, MAX_CONTROL_LINE } from '../../../shared/schemas/control-schema.ts';
import { manualClock } from '../../support/manual-clock.ts';

const gcr = { host: 'gcr.io', view: 'engine', wall: 'dns', reason: 'not-in-policy', refused: true } as const;

function log() {
  const clock = manualClock();
  const told: Denial[] = [];
  return { clock, told, log: createDenialCounts(clock, (denial) => told.push(denial)) };
}

describe('denied hosts', () => {
  it('are reported at once, and then once a minute with their count', () => {
    const { clock, told, log: denials } = log();
    denials.note(gcr, 2);
    expect(told).toMatchObject([{ host: 'gcr.io', count: 2 }]);
    denials.note(gcr, 1);
    clock.advance(30_000);
    denials.note(gcr, 3);
    expect(told).toHaveLength(1);
    clock.advance(60_000);
    expect(told).toMatchObject([{ count: 2 }, { host: 'gcr.io', count: 4 }]);
    expect(told[1]?.at).toBe(clock.wall() - 30_000);
  });

  it('are reported again at once after a minute of quiet, and no timer runs until then', () => {
    const { clock, told, log: denials } = log();
    denials.note(gcr, 1);
    clock.advance(120_000);
    expect(clock.pending()).toEqual([]);
    denials.note(gcr, 1);
    expect(told).toHaveLength(2);
  });

  it('fit into one message of the control socket when they are listed, however strange their names are', () => {
    const { log: denials } = log();
    // What a name of 255 odd bytes reads like.
    const odd = '\\001'.repeat(245);
    for (let index = 0; index < 3000; index += 1) denials.note({ ...gcr, host: `${index}.${odd}` }, 1);
    denials.note(gcr, 1);
    const { hosts } = denials.list();
    expect(Buffer.byteLength(JSON.stringify(hosts))).toBeLessThan(MAX_CONTROL_LINE * 0.6);
    expect(hosts.length).toBeGreaterThan(300);
    expect(hosts.at(-1)?.host).toBe('gcr.io');
  });

  it('are counted by view, wall and whether they were denied or only recorded', () => {
    const { told, log: denials } = log();
    denials.note(gcr, 1);
    denials.note({ ...gcr, view: 'workload' }, 1);
    denials.note({ ...gcr, wall: 'proxy', port: 443 }, 1);
    denials.note({ ...gcr, refused: false }, 1);
    expect(told).toHaveLength(4);
  });

  it('are summed by reason, whether they were reported again or not', () => {
    const { told, log: denials } = log();
    denials.note(gcr, 2);
    denials.note(gcr, 3);
    denials.note({ ...gcr, reason: 'policy-expired' }, 4);
    expect(told).toHaveLength(1);
    expect(denials.list().counts).toMatchObject([
      { reason: 'not-in-policy', count: 5 },
      { reason: 'policy-expired', count: 4 },
    ]);
  });

  it('are bounded in number under a flood, and none is lost unreported', () => {
    const { told, log: denials } = log();
    denials.note(gcr, 1);
    denials.note(gcr, 5);
    for (let i = 0; i < 5000; i += 1) denials.note({ ...gcr, host: `${i}.example` }, 1);
    const counted = told.filter(({ host }) => host === 'gcr.io').reduce((sum, { count }) => sum + count, 0);
    expect(counted).toBe(6);
  });

  it('can be listed later with their sums, the ones reported last at the end, and are bounded', () => {
    const { clock, log: denials } = log();
    const start = clock.wall();
    denials.note(gcr, 2);
    denials.note({ ...gcr, host: 'quay.io' }, 1);
    clock.advance(70_000);
    denials.note(gcr, 5);
    expect(denials.list()).toEqual({
      since: start,
      hosts: [
        { ...gcr, host: 'quay.io', count: 1, first: start, at: start },
        { ...gcr, count: 7, first: start, at: start + 70_000 },
      ],
      counts: [{ view: 'engine', wall: 'dns', reason: 'not-in-policy', refused: true, count: 8 }],
    });
    for (let i = 0; i < 5000; i += 1) denials.note({ ...gcr, host: `${i}.${'x'.repeat(240)}.example` }, 1);
    expect(denials.list().hosts).toHaveLength(1000);
    expect(denials.list().counts).toMatchObject([{ count: 5008 }]);
    expect(JSON.stringify(denials.list()).length).toBeLessThan(900 * 1024);
  });
});
