import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextDelay } from '../../../../main/agent/policy/schedule.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const MINUTE = 60_000;

/** As usual, but for what is given. */
function delay(change: Partial<Parameters<typeof nextDelay>[0]>): number {
  return nextDelay({ failures: 0, plannedIn: 0, refreshMinutes: 15, random: 0.5, ...change });
}

describe('the next sync', () => {
  it('comes after the interval, give or take a tenth, so that machines do not ask in step', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1440 }), random, (minutes, chance) => {
        const wait = delay({ refreshMinutes: minutes, random: chance });
        expect(wait).toBeGreaterThanOrEqual(minutes * MINUTE * 0.9 - 1);
        expect(wait).toBeLessThanOrEqual(minutes * MINUTE * 1.1 + 1);
      }),
    );
  });

  it('comes at any moment of the interval after the first one, because many machines start at nine', () => {
    expect(delay({ plannedIn: null, random: 0 })).toBe(1.5 * MINUTE);
    expect(delay({ plannedIn: null, random: 0.999_999_9 })).toBe(15 * MINUTE);
  });

  it('stays where it was planned after one in between, because many machines were told the same news', () => {
    expect(delay({ plannedIn: 4 * MINUTE, random: 0 })).toBe(4 * MINUTE);
  });

  it('does not wait longer than an interval that has just become shorter', () => {
    expect(delay({ plannedIn: 60 * MINUTE, refreshMinutes: 5 })).toBe(5.5 * MINUTE);
  });

  it('comes sooner after a failure, later with each further one, and never later than a quarter of an hour', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), random, (failures, chance) => {
        const wait = delay({ failures, plannedIn: 1, random: chance });
        expect(wait).toBeGreaterThanOrEqual(15_000);
        expect(wait).toBeLessThanOrEqual(15 * MINUTE);
        expect(delay({ failures: failures + 1, random: chance })).toBeGreaterThanOrEqual(wait);
      }),
    );
    expect(delay({ failures: 1, random: 0.999 })).toBeLessThanOrEqual(30_000);
  });
});
