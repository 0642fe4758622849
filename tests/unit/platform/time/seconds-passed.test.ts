import { describe, expect, it } from 'vitest';
import { secondsPassed } from '../../../../main/platform/time/seconds-passed.ts';
import { manualClock } from '../../../support/manual-clock.ts';

describe('the seconds that have passed', () => {
  it('go on while the machine sleeps', () => {
    const clock = manualClock();
    const seconds = secondsPassed(clock);
    const start = seconds();
    clock.advance(2_500);
    expect(seconds() - start).toBe(2.5);
    clock.sleep(3_600_000);
    expect(seconds() - start).toBe(3602.5);
    clock.advance(500);
    expect(seconds() - start).toBe(3603);
  });

  it('do not run backwards with the wall clock, nor with the little steps of a time service', () => {
    const clock = manualClock(1_000_000_000);
    const seconds = secondsPassed(clock);
    const start = seconds();
    clock.set(clock.wall() - 500_000);
    expect(seconds() - start).toBe(0);
    clock.sleep(60_000);
    expect(seconds() - start).toBe(60);
    for (let step = 0; step < 100; step += 1) {
      clock.set(clock.wall() + 5);
      clock.set(clock.wall() - 5);
      expect(seconds() - start).toBe(60);
    }
  });
});
