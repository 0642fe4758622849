import { endOfName, FLAG, HEADER_BYTES, RCODE, TYPE } from './wire.ts';

/** Answers kept at once, and the bytes they may have together: a flood of names must not grow our memory. */
const MAX_ENTRIES = 4096;
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_ANSWER_BYTES = 4096;

/**
 * How long an answer may be given again, in seconds: the lowest TTL in it, or for a negative one the lower of the SOA's TTL
 * and its MINIMUM (RFC 2308 section 5). 0 for what is not kept: failures, negative answers without SOA, the mangled.
 * TTLs have been capped before.
 */
export function lifetimeOf(answer: Uint8Array): number {
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength);
  if (answer.length < HEADER_BYTES) return 0;
  const rcode = view.getUint16(2) & 0xf;
  if ((rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN) || (view.getUint16(2) & FLAG.TC) !== 0) return 0;
  const answers = view.getUint16(6);
  const authorities = view.getUint16(8);
  let position = HEADER_BYTES;
  for (let questions = view.getUint16(4); questions > 0; questions -= 1) {
    position = endOfName(answer, answer.length, position) + 4;
    if (position < HEADER_BYTES + 4) return 0;
  }
  const asked = position <= answer.length ? view.getUint16(position - 4) : 0;
  let lowest = Number.MAX_SAFE_INTEGER;
  let negativeFor: number | null = null;
  let answered = false;
  for (let record = 0; record < answers + authorities + view.getUint16(10); record += 1) {
    position = endOfName(answer, answer.length, position);
    if (position === -1 || position + 10 > answer.length) return 0;
    const type = view.getUint16(position);
    const ttl = view.getUint32(position + 4);
    const end = position + 10 + view.getUint16(position + 8);
    if (end > answer.length) return 0;
    if (type !== TYPE.OPT) lowest = Math.min(lowest, ttl);
    if (record < answers && type === asked) answered = true;
    if (record >= answers && record < answers + authorities && type === TYPE.SOA) {
      negativeFor = Math.min(ttl, view.getUint32(end - 4));
    }
    position = end;
  }
  // A chain of aliases that ends in nothing is a negative answer too (RFC 2308 section 2.1), whatever type ANY stands for.
  const negative = rcode === RCODE.NXDOMAIN || !(answered || (asked === TYPE.ANY && answers > 0));
  if (negative) return negativeFor === null ? 0 : Math.min(lowest, negativeFor);
  return lowest === Number.MAX_SAFE_INTEGER ? 0 : lowest;
}

/** Takes `seconds` off every TTL but OPT's, in place: an answer that was kept is that much older. */
function age(answer: Uint8Array, seconds: number): void {
  if (seconds === 0) return;
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength);
  let position = HEADER_BYTES;
  for (let questions = view.getUint16(4); questions > 0; questions -= 1) {
    position = endOfName(answer, answer.length, position) + 4;
  }
  for (let records = view.getUint16(6) + view.getUint16(8) + view.getUint16(10); records > 0; records -= 1) {
    position = endOfName(answer, answer.length, position);
    if (view.getUint16(position) !== TYPE.OPT) {
      view.setUint32(position + 4, Math.max(0, view.getUint32(position + 4) - seconds));
    }
    position += 10 + view.getUint16(position + 8);
  }
}

export interface AnswerCache {
  /** A copy of its own, with what its age leaves of the TTLs. */
  get(key: string): Buffer | null;
  put(key: string, answer: Buffer): void;
  clear(): void;
}

/** @param seconds time that never runs backwards */
export function createAnswerCache(seconds: () => number): AnswerCache {
  const entries = new Map<string, { answer: Buffer; at: number; until: number }>();
  let bytes = 0;

  const drop = (key: string): void => {
    bytes -= entries.get(key)?.answer.length ?? 0;
    entries.delete(key);
  };

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return null;
      const now = seconds();
      if (now >= entry.until) {
        drop(key);
        return null;
      }
      const copy = Buffer.from(entry.answer);
      age(copy, Math.floor(now - entry.at));
      return copy;
    },
    put(key, answer) {
      const lifetime = lifetimeOf(answer);
      if (lifetime <= 0 || answer.length > MAX_ANSWER_BYTES) return;
      drop(key);
      const at = seconds();
      entries.set(key, { answer: Buffer.from(answer), at, until: at + lifetime });
      bytes += answer.length;
      // The oldest goes: none lives for more than a minute anyway.
      for (const oldest of entries.keys()) {
        if (entries.size <= MAX_ENTRIES && bytes <= MAX_BYTES) break;
        drop(oldest);
      }
    },
    clear() {
      entries.clear();
      bytes = 0;
    },
  };
}
