import type { Reason, View } from '../../../shared/reasons.ts';
import { lowerCase, MAX_NAME_BYTES, nameAsText } from './wire.ts';

/** A name that this thread denied, or would have denied without audit-only mode, and how often since the last `drain`. */
export interface DeniedName {
  host: string;
  view: View;
  reason: Reason;
  /** false where it was let through, in audit-only mode. */
  refused: boolean;
  count: number;
}

const SLOTS = 512;
const BYTES_PER_SLOT = 256;

export interface DeniedNames {
  /** Counts the name at `at`, whose root byte is at `end - 1`. Allocates nothing, because a flood of names passes here. */
  record(view: View, bytes: Uint8Array, at: number, end: number, reason: Reason, refused: boolean): void;
  /** Everything recorded since the last call. */
  drain(): DeniedName[];
}

/**
 * Counts denied names in a table of fixed size. Where two names share a slot, the first keeps it until the next `drain`: a flood
 * of random names leaves some uncounted, but costs no more memory or time.
 */
export function createDeniedNames(): DeniedNames {
  const names = new Uint8Array(SLOTS * BYTES_PER_SLOT);
  const lengths = new Uint16Array(SLOTS);
  const counts = new Uint32Array(SLOTS);
  const views: View[] = new Array(SLOTS).fill('engine');
  const reasons: Reason[] = new Array(SLOTS).fill('not-in-policy');
  const refusals: boolean[] = new Array(SLOTS).fill(true);
  let used: number[] = [];

  return {
    record(view, bytes, at, end, reason, refused) {
      const length = end - at;
      if (length > MAX_NAME_BYTES) return;
      let hash = view === 'engine' ? 0x811c9dc5 : 0x01000193;
      for (let i = at; i < end; i += 1) hash = Math.imul(hash ^ lowerCase(bytes[i] as number), 0x01000193);
      const slot = ((hash ^ (hash >>> 15)) >>> 0) % SLOTS;
      const start = slot * BYTES_PER_SLOT;
      if (counts[slot] === 0) {
        for (let i = 0; i < length; i += 1) names[start + i] = lowerCase(bytes[at + i] as number);
        lengths[slot] = length;
        views[slot] = view;
        used.push(slot);
      } else {
        if (lengths[slot] !== length || views[slot] !== view) return;
        for (let i = 0; i < length; i += 1) if (names[start + i] !== lowerCase(bytes[at + i] as number)) return;
      }
      reasons[slot] = reason;
      refusals[slot] = refused;
      counts[slot] = (counts[slot] as number) + 1;
    },
    drain() {
      const drained = used.map((slot) => ({
        host: nameAsText(names, slot * BYTES_PER_SLOT),
        view: views[slot] as View,
        reason: reasons[slot] as Reason,
        refused: refusals[slot] as boolean,
        count: counts[slot] as number,
      }));
      for (const slot of used) counts[slot] = 0;
      used = [];
      return drained;
    },
  };
}
