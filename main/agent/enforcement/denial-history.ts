import { type Denial, PROBE_SUFFIX } from '../../../shared/schemas/control-schema.ts';
import type { DeniedHost } from '../../../shared/schemas/ipc-schema.ts';
import type { Clock } from '../../platform/time/clock.ts';

/** What was refused lately, newest first, and how often today. */
export interface DenialHistory {
  /** Returns false for what is none of the user's: our own test names. */
  add(denial: Denial): boolean;
  /** Newest first, one entry per host; what was refused is told from what was only recorded. */
  entries(): DeniedHost[];
  /** Changes with the list. */
  version(): string;
  /** Since midnight, local time. */
  today(): number;
}

/** Enough to find what went wrong this morning; a loop that retries one host is one entry. */
const MAX_ENTRIES = 500;

export function createDenialHistory(clock: Clock): DenialHistory {
  // Insertion order is the order of age: an entry that comes again is taken out and put at the end.
  const entries = new Map<string, DeniedHost>();
  let day = dayOf(clock.wall());
  let count = 0;
  let added = 0;

  function turnPage(): void {
    const now = dayOf(clock.wall());
    if (now === day) return;
    day = now;
    count = 0;
  }

  return {
    add(denial) {
      if (denial.host === PROBE_SUFFIX || denial.host.endsWith(`.${PROBE_SUFFIX}`)) return false;
      turnPage();
      added += 1;
      if (dayOf(denial.at) === day) count += denial.count;
      const { host, refused, reason, view, wall, at } = denial;
      const key = JSON.stringify([host, refused]);
      const before = entries.get(key);
      entries.delete(key);
      entries.set(key, {
        host,
        refused,
        reason,
        count: (before?.count ?? 0) + denial.count,
        first: before?.first ?? at,
        last: at,
        views: [...new Set([...(before?.views ?? []), view])],
        walls: [...new Set([...(before?.walls ?? []), wall])],
      });
      const [oldest] = entries.keys();
      if (entries.size > MAX_ENTRIES && oldest !== undefined) entries.delete(oldest);
      return true;
    },
    entries: () => [...entries.values()].reverse(),
    version: () => String(added),
    today() {
      turnPage();
      return count;
    },
  };
}

function dayOf(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}
