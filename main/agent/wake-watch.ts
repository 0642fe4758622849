import type { Clock } from '../platform/time/clock.ts';

const TICK_MS = 5_000;
/** More than a busy machine makes of a tick, less than anybody's lunch. */
const JUMP_MS = 30_000;

/**
 * Notices that the machine slept or that somebody set its clock: the wall clock moved otherwise than the one that never
 * jumps. What was known before then is old, and every timer is late.
 *
 * @param onTick called every 5 s in any case: what depends on the time of day is looked at anew.
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
    // A machine whose monotonic clock runs on in its sleep shows it by a tick that came late.
    if (Math.abs(passed - real) > JUMP_MS || real > TICK_MS + JUMP_MS) onWake();
    onTick();
  }

  return () => cancel();
}
