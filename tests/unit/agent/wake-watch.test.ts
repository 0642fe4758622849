import { describe, expect, it } from 'vitest';
import { watchForWake } from '../../../main/agent/wake-watch.ts';
import { manualClock } from '../../support/manual-clock.ts';

const HOUR = 3_600_000;

describe('the watch for sleep and for a clock that was set', () => {
  function watched() {
    const clock = manualClock();
    const woke: number[] = [];
    const stop = watchForWake(
      clock,
      () => woke.push(clock.wall()),
      () => undefined,
    );
    return { clock, woke, stop };
  }

  it('notices nothing while time passes as it should', () => {
    const { clock, woke } = watched();
    clock.advance(HOUR);
    expect(woke).toEqual([]);
  });

  it.each([
    ['slept, or was set forward', HOUR],
    ['was set back', -HOUR],
  ])('notices a machine whose clock %s, once', (_what, jump) => {
    const { clock, woke } = watched();
    clock.advance(60_000);
    clock.set(clock.wall() + jump);
    clock.advance(60_000);
    expect(woke).toHaveLength(1);
  });

  it('is quiet once it is stopped', () => {
    const { clock, woke, stop } = watched();
    stop();
    clock.set(clock.wall() + HOUR);
    clock.advance(HOUR);
    expect(woke).toEqual([]);
    expect(clock.pending()).toEqual([]);
  });
});
