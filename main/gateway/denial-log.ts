import type { Denial } from '../../shared/control-schema.ts';
import type { Clock } from '../platform/clock.ts';

type Seen = Omit<Denial, 'at' | 'count'>;

/** The same host is told at most once in this time. */
const TELL_EVERY_MS = 60_000;
const REMEMBERED = 4096;

export interface DenialLog {
  note(seen: Seen, count: number): void;
  close(): void;
}

/**
 * Tells each refused host once a minute at most, with how often it was refused since. What is still to be told when its
 * minute is over is told then. Memory is bounded: beyond that, the oldest is told early and forgotten.
 */
export function createDenialLog(clock: Clock, tell: (denial: Denial) => void): DenialLog {
  const remembered = new Map<string, { seen: Seen; count: number; toldAt: number }>();
  let cancel: (() => void) | null = null;

  const tellNow = (entry: { seen: Seen; count: number; toldAt: number }): void => {
    const { seen, count } = entry;
    entry.count = 0;
    entry.toldAt = clock.monotonic();
    tell({ ...seen, at: clock.wall(), count });
  };

  const sweep = (): void => {
    cancel = null;
    const now = clock.monotonic();
    for (const [key, entry] of remembered) {
      if (now - entry.toldAt < TELL_EVERY_MS) continue;
      if (entry.count > 0) tellNow(entry);
      else remembered.delete(key);
    }
    schedule();
  };

  const schedule = (): void => {
    if (cancel === null && remembered.size > 0) cancel = clock.after(TELL_EVERY_MS / 12, sweep);
  };

  return {
    note(seen, count) {
      const key = `${seen.wall} ${seen.view} ${seen.refused} ${seen.host} ${seen.port ?? ''}`;
      const known = remembered.get(key);
      if (known) {
        known.count += count;
        known.seen = seen;
        return;
      }
      if (remembered.size >= REMEMBERED) {
        const [oldestKey, oldest] = remembered.entries().next().value ?? [];
        if (oldest && oldest.count > 0) tellNow(oldest);
        if (oldestKey !== undefined) remembered.delete(oldestKey);
      }
      const entry = { seen, count, toldAt: 0 };
      remembered.set(key, entry);
      tellNow(entry);
      schedule();
    },
    close() {
      cancel?.();
    },
  };
}
