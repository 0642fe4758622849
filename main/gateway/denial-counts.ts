import { type ControlResult, type Denial, MAX_CONTROL_LINE } from '../../shared/schemas/control-schema.ts';
import type { Clock } from '../platform/time/clock.ts';

type Seen = Omit<Denial, 'at' | 'count'>;

/** A host is reported at most once in this time. */
const REPORT_EVERY_MS = 60_000;
const REMEMBERED = 4096;
/**
 * Hosts that `denials` can list, and the bytes they may have together: whoever asks for the strangest names must not make a message
 * so long that it ends the agent's connection.
 */
const LISTED = 1000;
const MAX_LISTED_BYTES = MAX_CONTROL_LINE / 2;

export interface DenialCounts {
  note(seen: Seen, count: number): void;
  /** What was reported since the start, for an agent that was not connected then. */
  list(): ControlResult<'denials'>;
  close(): void;
}

/**
 * Reports each denied host at once and then once a minute at most, with how often it was denied since. Memory is bounded: beyond
 * that, the oldest is reported early and forgotten.
 */
export function createDenialCounts(clock: Clock, report: (denial: Denial) => void): DenialCounts {
  const remembered = new Map<string, { seen: Seen; count: number; reportedAt: number }>();
  /** In the order of the last report: the one that was quiet for longest is forgotten first. */
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

  /** At once: until a host is reported again it may have been denied for several reasons. */
  const add = ({ view, wall, reason, refused }: Seen, count: number): void => {
    const kind = `${view} ${wall} ${reason} ${refused}`;
    const total = counts.get(kind) ?? { view, wall, reason, refused, count: 0 };
    counts.set(kind, { ...total, count: total.count + count });
  };

  const reportNow = (entry: { seen: Seen; count: number; reportedAt: number }): void => {
    const { seen, count } = entry;
    entry.count = 0;
    entry.reportedAt = clock.monotonic();
    const denial = { ...seen, at: clock.wall(), count };
    record(denial);
    report(denial);
  };

  const sweep = (): void => {
    cancel = null;
    const now = clock.monotonic();
    for (const [key, entry] of remembered) {
      if (now - entry.reportedAt < REPORT_EVERY_MS) continue;
      if (entry.count > 0) reportNow(entry);
      else remembered.delete(key);
    }
    schedule();
  };

  const schedule = (): void => {
    if (cancel === null && remembered.size > 0) cancel = clock.after(REPORT_EVERY_MS / 12, sweep);
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
        if (oldest && oldest.count > 0) reportNow(oldest);
        if (oldestKey !== undefined) remembered.delete(oldestKey);
      }
      const entry = { seen, count, reportedAt: 0 };
      remembered.set(key, entry);
      reportNow(entry);
      schedule();
    },
    list() {
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
