import type { Clock } from '../time/clock.ts';
import { nextBeat } from '../time/next-beat.ts';
import { pathMarks } from './path-marks.ts';
import { type PathWatch, watchPath } from './path-watch.ts';

/** Long enough for a file that is written in several steps, short enough that nobody waits. Milliseconds. */
const SETTLING_TIME = 150;
/** How soon a reading that failed is due again. Milliseconds. */
export const RETRY_AFTER = 30_000;
const FAST_POLL = 1_500;
/**
 * How often it looks, in case a watch misses something, and how often it reads, in case what the file system says of the path misses
 * something too: at the last look within this time. Milliseconds.
 */
const LOCAL = { look: 60_000, read: 30 * 60_000 };
/** Where other machines may write (`PathWatch.local`). */
const SHARED = { look: 30_000, read: 5 * 60_000 };

/**
 * Calls `read` once before it resolves, and again whenever something may have happened to `path`: never two at a time, so that each
 * result is newer than the last. Once or twice a minute it looks whether anything has changed that no watch told of (path-marks.ts).
 *
 * @param path null where only polling helps (the Windows registry).
 * @param read never rejects. @returns within how many milliseconds it is due again, whatever happens to the path; it may be for ever. A
 * reading that failed for a reason that may pass is due again soon.
 * @param unwatched the interval where nothing can be watched, in milliseconds
 * @returns how to stop.
 */
export async function followPath(
  path: string | null,
  clock: Pick<Clock, 'wall' | 'monotonic' | 'after'>,
  read: () => Promise<number>,
  unwatched = FAST_POLL,
): Promise<() => void> {
  let closed = false;
  let reading = false;
  /** When to read next, and when only to see whether to, on a monotonic clock. Milliseconds. */
  let due = Number.POSITIVE_INFINITY;
  let lookAt = Number.POSITIVE_INFINITY;
  /** What was last read, by its marks. */
  let marks: string | null = null;
  let cancelTimer = (): void => {};
  const watch: PathWatch | null = path === null ? null : watchPath(path, () => readWithin(SETTLING_TIME));

  /** Never later than it is due already: constant events must not postpone a reading for ever. */
  function readWithin(ms: number): void {
    due = Math.min(due, clock.monotonic() + ms);
    wait();
  }

  function wait(): void {
    cancelTimer();
    if (closed || reading) return;
    cancelTimer = clock.after(Math.max(0, Math.min(due, lookAt) - clock.monotonic()), () => void readOrLook());
  }

  function readOrLook(): Promise<void> | void {
    const now = clock.monotonic();
    if (now >= due || marks === null || marks !== currentMarks()) return readNow();
    lookAt = nextLook(now);
    wait();
  }

  async function readNow(): Promise<void> {
    reading = true;
    // Events from here on request the next reading. Watching before reading loses nothing in between.
    due = Number.POSITIVE_INFINITY;
    watch?.follow();
    marks = currentMarks();
    const again = await read();
    reading = false;
    const now = clock.monotonic();
    if (watch?.complete !== true) marks = null;
    lookAt = nextLook(now);
    const { look, read: full } = intervals();
    if (!closed) readWithin(Math.min(again, nextBeat(now + full - look, look) - now));
  }

  function intervals(): typeof LOCAL {
    return watch?.local ? LOCAL : SHARED;
  }

  function nextLook(now: number): number {
    return nextBeat(now, watch?.complete ? intervals().look : unwatched);
  }

  function currentMarks(): string | null {
    return path === null ? null : pathMarks(path, clock.wall());
  }

  await readNow();
  return () => {
    closed = true;
    cancelTimer();
    watch?.close();
  };
}
