import { expect, it } from 'vitest';
import { nextBeat } from '../../../../main/platform/time/next-beat.ts';

it('is the same moment for all that have the interval, and never the one at which somebody has just looked', () => {
  expect([0, 1, 29_000, 29_949].map((now) => nextBeat(now, 30_000))).toEqual([30_000, 30_000, 30_000, 30_000]);
  // A timer that ran a moment early.
  expect([29_999.3, 30_000, 30_020].map((now) => nextBeat(now, 30_000))).toEqual([60_000, 60_000, 60_000]);
});
