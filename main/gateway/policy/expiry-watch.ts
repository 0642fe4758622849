import type { Clock } from '../../platform/time/clock.ts';
import { nextBeat } from '../../platform/time/next-beat.ts';
import type { WatchClock } from '../native/clock-watch.ts';

/** Where nobody tells that the wall clock was set: it may jump, and the machine may have slept. Milliseconds. */
const LOOK_EVERY = 5_000;
/** Where the kernel tells. */
const LOOK_SELDOM = 60_000;

export interface ExpiryWatch {
  /** To be called when something else has come into force: it may end sooner. */
  follow(): void;
  close(): void;
}

/**
 * Has somebody look whether something has expired: when the next end comes, at once after the wall clock was set or the machine has slept,
 * and every so often whatever happens.
 *
 * @param parts.untilNext milliseconds until time alone may change what is in force; may be infinite
 * @param parts.look never runs twice at a time
 */
export function watchExpiry(parts: {
  clock: Pick<Clock, 'monotonic' | 'after'>;
  watchClock: WatchClock | null;
  untilNext: () => number;
  look: () => Promise<void>;
  onFailure: (error: unknown) => void;
}): ExpiryWatch {
  const { clock, untilNext, look, onFailure } = parts;
  let closed = false;
  let looking = false;
  /** The clock was set while somebody looked: whatever was seen may be wrong by now. */
  let again = false;
  let cancel = (): void => undefined;
  const stopWatching = parts.watchClock?.({ onSet: () => void lookNow(), onLost: lookOften }) ?? null;
  let interval = stopWatching === null ? LOOK_EVERY : LOOK_SELDOM;
  let due = nextBeat(clock.monotonic(), interval);

  function lookOften(): void {
    interval = LOOK_EVERY;
    due = nextBeat(clock.monotonic(), interval);
    follow();
  }

  function follow(): void {
    cancel();
    if (closed || looking) return;
    cancel = clock.after(Math.max(0, Math.min(due - clock.monotonic(), untilNext())), () => void lookNow());
  }

  async function lookNow(): Promise<void> {
    if (closed) return;
    if (looking) {
      again = true;
      return;
    }
    cancel();
    looking = true;
    do {
      again = false;
      await look().catch(onFailure);
    } while (again && !closed);
    looking = false;
    due = nextBeat(clock.monotonic(), interval);
    follow();
  }

  follow();
  return {
    follow,
    close() {
      closed = true;
      cancel();
      stopWatching?.();
    },
  };
}
