import type { Clock } from '../platform/time/clock.ts';
import { type PathWatch, watchPath } from './path-watch.ts';

/** Long enough for a file that is written in several steps, short enough that nobody waits. Milliseconds. */
const SETTLING_TIME = 150;
/** In case a watch misses something, and the interval where nothing can be watched. Milliseconds. */
const SLOW_POLL = 30_000;
const FAST_POLL = 1_500;

/**
 * Calls `read` once before it resolves, and again whenever something may have happened to `path`: never two at a time, so that each
 * result is newer than the last.
 *
 * @param path null where only polling helps (the Windows registry).
 * @param read never rejects. @returns within how many milliseconds it is due again, whatever happens to the path; it may be for ever.
 * @returns how to stop.
 */
export async function followPath(
  path: string | null,
  clock: Pick<Clock, 'monotonic' | 'after'>,
  read: () => Promise<number>,
): Promise<() => void> {
  let closed = false;
  let reading = false;
  /** When to read next, on a monotonic clock. Milliseconds. */
  let due = Number.POSITIVE_INFINITY;
  let cancelTimer = (): void => {};
  const watch: PathWatch | null = path === null ? null : watchPath(path, () => readWithin(SETTLING_TIME));

  /** Never later than it is due already: constant events must not postpone a reading for ever. */
  function readWithin(ms: number): void {
    const now = clock.monotonic();
    due = Math.min(due, now + ms);
    cancelTimer();
    if (closed || reading) return;
    cancelTimer = clock.after(Math.max(0, due - now), () => void readNow());
  }

  async function readNow(): Promise<void> {
    reading = true;
    // Events from here on request the next reading. Watching before reading loses nothing in between.
    due = Number.POSITIVE_INFINITY;
    watch?.follow();
    const again = await read();
    reading = false;
    if (!closed) readWithin(Math.min(again, watch?.complete ? SLOW_POLL : FAST_POLL));
  }

  await readNow();
  return () => {
    closed = true;
    cancelTimer();
    watch?.close();
  };
}
