import { type ControlResult, type Denial, MAX_CONTROL_LINE } from '../../shared/schemas/control-schema.ts';
import type { Clock } from '../platform/time/clock.ts';

type Seen = Omit<Denial, 'at' | 'count'>;

/** The same host is told at most once in this time. */
const TELL_EVERY_MS = 60_000;
const REMEMBERED = 4096;
/** Hosts that `denials` can list, and the bytes they may have together: whoever asks for the strangest names must not make a message
 * of it that no agent takes, or its connection would end each time it asks. */
const LISTED = 1000;
const MAX_LISTED_BYTES = MAX_CONTROL_LINE / 2;

export interface DenialCounts {
  note(seen: Seen, count: number): void;
  /** What was told since the start, for who was not there to hear it. */
  told(): ControlResult<'denials'>;
  close(): void;
}

/**
 * Tells each refused host once a minute at most, with how often it was refused since. What is still to be told when its
 * minute is over is told then. Memory is bounded: beyond that, the oldest is told early and forgotten.
 */
export function createDenialCounts(clock: Clock, tell: (denial: Denial) => void): DenialCounts {
  const remembered = new Map<string, { seen: Seen; count: number; toldAt: number }>();
  /** In the order of the last telling: the one that was quiet for longest is forgotten first. */
  const history = new Map<string, Denial & { first: number }>();
  const counts = new Map<string, ControlResult<'denials'>['counts'][number]>();
  const since = clock.wall();
  let cancel: (() => void) | null = null;

  const keyOf = ({ wall, view, refused, host, port }: Seen): string =>
    `${wall} ${view} ${refused} ${host} ${port ?? ''}`;

  const record = (denial: Denial): void => {
    const key = keyOf(denial);
    const before = history.get(key);
    history.delete(key);
    history.set(key, {
      ...denial,
      count: (before?.count ?? 0) + denial.count,
      first: before?.first ?? denial.at,
    });
    const [oldest] = history.keys();
    if (history.size > LISTED && oldest !== undefined) history.delete(oldest);
  };

  /** At once: until a host is told again it may have been refused for several reasons. */
  const add = ({ view, wall, reason, refused }: Seen, count: number): void => {
    const kind = `${view} ${wall} ${reason} ${refused}`;
    const total = counts.get(kind) ?? { view, wall, reason, refused, count: 0 };
    counts.set(kind, { ...total, count: total.count + count });
  };

  const tellNow = (entry: { seen: Seen; count: number; toldAt: number }): void => {
    const { seen, count } = entry;
    entry.count = 0;
    entry.toldAt = clock.monotonic();
    const denial = { ...seen, at: clock.wall(), count };
    record(denial);
    tell(denial);
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
      add(seen, count);
      const key = keyOf(seen);
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
    told() {
      const hosts = [...history.values()];
      let bytes = 0;
      const tooOld = hosts.findLastIndex((denial) => {
        bytes += Buffer.byteLength(JSON.stringify(denial)) + 1;
        return bytes > MAX_LISTED_BYTES;
      });
      return { since, hosts: hosts.slice(tooOld + 1), counts: [...counts.values()] };
    },
    close() {
      cancel?.();
    },
  };
}
