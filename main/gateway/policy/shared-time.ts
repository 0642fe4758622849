import type { Clock } from '../../platform/time/clock.ts';
import type { TimeMarks } from './trusted-clock.ts';

/**
 * The gateway's trusted time for its other threads, in memory that they share. Grants end by it at each decision of a thread, however busy
 * the main thread is, so each reads the time for itself: what the main thread leaves here is how far the mark is ahead of two counts that
 * nobody can set back. Each number alone says "it is at least this late", so that none can be misread while another is being written.
 */
export type TimeMemory = BigInt64Array<SharedArrayBuffer>;

export function createTimeMemory(): TimeMemory {
  return new BigInt64Array(new SharedArrayBuffer(3 * BigInt64Array.BYTES_PER_ELEMENT));
}

const AHEAD_OF_STEADY = 0;
const AHEAD_OF_UPTIME = 1;
const SPENT = 2;

/** Milliseconds by the same clock in every thread, which `Clock.monotonic` is not: it counts from the start of its thread. */
export type Steady = () => number;
export const steadyClock: Steady = () => Number(process.hrtime.bigint() / 1_000_000n);

/** @param marks in milliseconds since 1970, as of now */
export function shareTime(
  memory: TimeMemory,
  { mark, spent }: TimeMarks,
  clock: Pick<Clock, 'uptime'>,
  steady: Steady = steadyClock,
): void {
  Atomics.store(memory, AHEAD_OF_STEADY, whole(mark - steady()));
  Atomics.store(memory, AHEAD_OF_UPTIME, whole(mark - clock.uptime()));
  Atomics.store(memory, SPENT, whole(spent));
}

/** Seconds since 1970: never before what `TrustedClock.now` said when the memory was last written, plus what has passed since. */
export function sharedTime(
  memory: TimeMemory,
  clock: Pick<Clock, 'wall' | 'uptime'>,
  steady: Steady = steadyClock,
): () => number {
  const ahead = (index: number): number => Number(Atomics.load(memory, index));
  return () => {
    const mark = Math.max(ahead(AHEAD_OF_STEADY) + steady(), ahead(AHEAD_OF_UPTIME) + clock.uptime());
    return Math.floor(Math.max(clock.wall(), mark, ahead(SPENT)) / 1000);
  };
}

function whole(milliseconds: number): bigint {
  return BigInt(Math.floor(milliseconds));
}
