import type { Reason, View } from '../../../shared/reasons.ts';
import { MAX_NAME_BYTES, nameAsText } from './wire.ts';

/** One name that this thread refused, or would have refused under audit, and how often since it last told. */
export interface SeenName {
  host: string;
  view: View;
  reason: Reason;
  refused: boolean;
  count: number;
}

const SLOTS = 512;
const STRIDE = 256;

export interface SeenTable {
  /** Notes the name at `at`; its root byte is at `end - 1`. Allocates nothing: a flood of names passes here. */
  note(view: View, bytes: Uint8Array, at: number, end: number, reason: Reason, refused: boolean): void;
  /** What was noted since the last call, emptied. */
  take(): SeenName[];
}

/**
 * Counts refused names in a table of fixed size between two tellings. Where two names meet in one slot, the first keeps it
 * until the next telling: under a flood of random names some are not told, but memory and time stay what they are.
 */
export function createSeenTable(): SeenTable {
  const names = new Uint8Array(SLOTS * STRIDE);
  const lengths = new Uint16Array(SLOTS);
  const counts = new Uint32Array(SLOTS);
  const views: View[] = new Array(SLOTS).fill('engine');
  const reasons: Reason[] = new Array(SLOTS).fill('not-in-policy');
  const refusals: boolean[] = new Array(SLOTS).fill(true);
  let used: number[] = [];

  return {
    note(view, bytes, at, end, reason, refused) {
      const length = end - at;
      if (length > MAX_NAME_BYTES) return;
      let hash = view === 'engine' ? 0x811c9dc5 : 0x01000193;
      for (let i = at; i < end; i += 1) hash = Math.imul(hash ^ fold(bytes[i] as number), 0x01000193);
      const slot = ((hash ^ (hash >>> 15)) >>> 0) % SLOTS;
      const start = slot * STRIDE;
      if (counts[slot] === 0) {
        for (let i = 0; i < length; i += 1) names[start + i] = fold(bytes[at + i] as number);
        lengths[slot] = length;
        views[slot] = view;
        used.push(slot);
      } else {
        if (lengths[slot] !== length || views[slot] !== view) return;
        for (let i = 0; i < length; i += 1) if (names[start + i] !== fold(bytes[at + i] as number)) return;
      }
      reasons[slot] = reason;
      refusals[slot] = refused;
      counts[slot] = (counts[slot] as number) + 1;
    },
    take() {
      const taken = used.map((slot) => ({
        host: nameAsText(names, slot * STRIDE),
        view: views[slot] as View,
        reason: reasons[slot] as Reason,
        refused: refusals[slot] as boolean,
        count: counts[slot] as number,
      }));
      for (const slot of used) counts[slot] = 0;
      used = [];
      return taken;
    },
  };
}

/** Lower case (RFC 4343). Length bytes are below 64 and stay what they are. */
function fold(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
}
