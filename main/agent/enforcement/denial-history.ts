import { PROBE_SUFFIX } from '../../../shared/probe-names.ts';
import type { Denial } from '../../../shared/schemas/control-schema.ts';
import type { DeniedHost } from '../../../shared/schemas/ipc-schema.ts';
import type { Clock } from '../../platform/time/clock.ts';

/** What was denied lately, newest first, and how often today. */
export interface DenialHistory {
  /** @returns false for our own test names, which are not kept. */
  add(denial: Denial): boolean;
  /** Newest first, one entry per host, and another one for what was only recorded. */
  entries(): DeniedHost[];
  /** Changes with the list. */
  version(): string;
  /** Since midnight, local time. */
  today(): number;
}

/** Enough for a day's work: retries of one host are one entry. */
const MAX_ENTRIES = 500;

export function createDenialHistory(clock: Clock): DenialHistory {
  // In the order of age: a repeated entry moves to the end.
  const entries = new Map<string, DeniedHost>();
  let day = dayOf(clock.wall());
  let count = 0;
  let added = 0;

  function startNewDay(): void {
    const now = dayOf(clock.wall());
    if (now === day) return;
    day = now;
    count = 0;
  }

  return {
    add(denial) {
      if (denial.host === PROBE_SUFFIX || denial.host.endsWith(`.${PROBE_SUFFIX}`)) return false;
      startNewDay();
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
      startNewDay();
      return count;
    },
  };
}

function dayOf(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}
