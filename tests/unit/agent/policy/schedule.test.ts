import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextDelay } from '../../../../main/agent/policy/schedule.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const MINUTE = 60_000;

describe('the next sync', () => {
  it('comes after the interval, give or take a tenth, so that machines do not ask in step', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1440 }), random, (minutes, chance) => {
        const delay = nextDelay(0, minutes, chance);
        expect(delay).toBeGreaterThanOrEqual(minutes * MINUTE * 0.9 - 1);
        expect(delay).toBeLessThanOrEqual(minutes * MINUTE * 1.1 + 1);
      }),
    );
  });

  it('comes sooner after a failure, later with each further one, and never later than a quarter of an hour', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), random, (failures, chance) => {
        const delay = nextDelay(failures, 15, chance);
        expect(delay).toBeGreaterThanOrEqual(15_000);
        expect(delay).toBeLessThanOrEqual(15 * MINUTE);
        expect(nextDelay(failures + 1, 15, chance)).toBeGreaterThanOrEqual(delay);
      }),
    );
    expect(nextDelay(1, 15, 0.999)).toBeLessThanOrEqual(30_000);
  });
});
