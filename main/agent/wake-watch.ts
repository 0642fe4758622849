import type { Clock } from '../platform/time/clock.ts';

const TICK_MS = 5_000;
/** Longer than a tick is late on a busy machine, shorter than most sleeps. */
const JUMP_MS = 30_000;

/**
 * Notices that the machine slept, or that its clock was set: the wall clock moved otherwise than the monotonic one.
 *
 * @param onTick called every 5 s in any case, for what depends on the time of day.
 * @returns how to stop.
 */
export function watchForWake(clock: Clock, onWake: () => void, onTick: () => void): () => void {
  let wall = clock.wall();
  let monotonic = clock.monotonic();
  let cancel = clock.after(TICK_MS, tick);

  function tick(): void {
    const passed = clock.wall() - wall;
    const real = clock.monotonic() - monotonic;
    wall += passed;
    monotonic += real;
    cancel = clock.after(TICK_MS, tick);
    // Where the monotonic clock runs during sleep, the tick comes late.
    if (Math.abs(passed - real) > JUMP_MS || real > TICK_MS + JUMP_MS) onWake();
    onTick();
  }

  return () => cancel();
}
