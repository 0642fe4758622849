import { problem } from '../../shared/problems/catalogue.ts';
import type { FileProblem } from '../../shared/schemas/managed-config.ts';
import type { Reading } from './source.ts';

/** How long a source must be missing before that lifts anything: device management deletes and recreates. Milliseconds. */
export const REMOVAL_GRACE_PERIOD = 10_000;

/** One source over time. */
export interface SourceHistory {
  /** The last reading that told what the source contains. */
  lastKnown: Reading;
  /** What applies now: `lastKnown`, with a warning where a newer reading found less. */
  effective: Reading;
  /** When it was first found missing, on a monotonic clock; null if it is there, or its removal applies. Milliseconds. */
  missingSince: number | null;
}

/**
 * Presence and faults apply at once. Removal applies only once two readings find nothing, ten seconds apart and with none in
 * between that finds anything. A failed reading tells less than what is known already.
 *
 * @param now milliseconds on a monotonic clock.
 */
export function addReading(history: SourceHistory | null, fresh: Reading, now: number): SourceHistory {
  if (history === null) return accepted(fresh);
  const { lastKnown } = history;

  if (fresh.failure !== null) {
    const keep = lastKnown.source.verdict === 'present' || fresh.failure === 'shortage';
    if (!keep) return accepted(fresh);
    const [seen] = fresh.source.problems;
    const cause = seen && (seen.cause ?? seen.message);
    const warning = problem('read-failed', { file: lastKnown.source.file }, { cause });
    return { lastKnown, effective: withWarning(lastKnown, warning), missingSince: null };
  }

  if (fresh.source.verdict === 'absent' && lastKnown.source.verdict !== 'absent') {
    const missingSince = history.missingSince ?? now;
    if (now - missingSince >= REMOVAL_GRACE_PERIOD) return accepted(fresh);
    const { file } = lastKnown.source;
    const warning = problem('just-removed', { file, seconds: REMOVAL_GRACE_PERIOD / 1000 });
    return { lastKnown, effective: withWarning(lastKnown, warning), missingSince };
  }
  return accepted(fresh);
}

function accepted(fresh: Reading): SourceHistory {
  return { lastKnown: fresh, effective: fresh, missingSince: null };
}

function withWarning(reading: Reading, warning: FileProblem): Reading {
  return { ...reading, source: { ...reading.source, problems: [...reading.source.problems, warning] } };
}
