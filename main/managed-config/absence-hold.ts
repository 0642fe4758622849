import type { Reading } from './reading.ts';

/** How long a source must be gone before that loosens anything: device management deletes and recreates. Milliseconds. */
export const ABSENCE_MUST_HOLD = 10_000;

/** What is believed of one source, over time. */
export interface HeldReading {
  /** The last reading that said something. */
  last: Reading;
  /** What counts now: `last`, with a word on why it still counts where a newer attempt found less. */
  counts: Reading;
  /** When it was first found gone, on a clock that never jumps; null if it is there, or counts as gone. Milliseconds. */
  goneSince: number | null;
}

/**
 * Presence acts at once, and so does a fault. Absence loosens only once two readings, ten seconds apart and with none
 * between them that says otherwise, agree on it. An attempt that failed says less than what is known already.
 *
 * @param now milliseconds on a clock that never jumps.
 */
export function holdReading(before: HeldReading | null, fresh: Reading, now: number): HeldReading {
  if (before === null) return settled(fresh);
  const known = before.last;

  if (fresh.failure !== null) {
    const keep = known.source.verdict === 'present' || fresh.failure === 'shortage';
    if (!keep) return settled(fresh);
    const [problem] = fresh.source.problems;
    return {
      last: known,
      counts: withWord(known, {
        code: 'read-failed',
        message:
          'What was read before stays in force, because reading it again failed: ' +
          `${problem?.message ?? 'no cause is known.'}`,
      }),
      goneSince: null,
    };
  }

  if (fresh.source.verdict === 'absent' && known.source.verdict !== 'absent') {
    const goneSince = before.goneSince ?? now;
    if (now - goneSince >= ABSENCE_MUST_HOLD) return settled(fresh);
    return {
      last: known,
      counts: withWord(known, {
        code: 'just-removed',
        message:
          `${known.source.file} is gone. ` +
          `What it said stays in force until it has been gone for ${ABSENCE_MUST_HOLD / 1000} seconds.`,
      }),
      goneSince,
    };
  }
  return settled(fresh);
}

function settled(fresh: Reading): HeldReading {
  return { last: fresh, counts: fresh, goneSince: null };
}

function withWord(reading: Reading, problem: Reading['source']['problems'][number]): Reading {
  return { ...reading, source: { ...reading.source, problems: [...reading.source.problems, problem] } };
}
