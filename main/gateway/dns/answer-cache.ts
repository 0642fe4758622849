import type { Lookup } from './lookup.ts';
import { endOfName, FLAG, HEADER_BYTES, lowerCase, putU16, RCODE, TYPE, u16, u32 } from './wire.ts';

/** How many answers are kept, and how many bytes in all: a flood of names must not take up memory. */
const MAX_ENTRIES = 4096;
const MAX_BYTES = 4 * 1024 * 1024;
export const MAX_ANSWER_BYTES = 4096;

/**
 * How long an answer may be cached, in seconds: its lowest TTL, or for a negative answer the lower of the SOA's TTL and its
 * MINIMUM (RFC 2308 section 5). 0 for what is not cached: failures, negative answers without SOA, broken messages.
 * @param ttls gets the positions of all TTLs
 */
export function lifetimeOf(answer: Uint8Array, ttls?: number[]): number {
  if (answer.length < HEADER_BYTES) return 0;
  const rcode = u16(answer, 2) & 0xf;
  if ((rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN) || (u16(answer, 2) & FLAG.TC) !== 0) return 0;
  const answers = u16(answer, 6);
  const authorities = u16(answer, 8);
  let position = HEADER_BYTES;
  for (let questions = u16(answer, 4); questions > 0; questions -= 1) {
    position = endOfName(answer, answer.length, position) + 4;
    if (position < HEADER_BYTES + 4) return 0;
  }
  const asked = position <= answer.length ? u16(answer, position - 4) : 0;
  let lowest = Number.MAX_SAFE_INTEGER;
  let negativeFor: number | null = null;
  let answered = false;
  for (let record = 0; record < answers + authorities + u16(answer, 10); record += 1) {
    position = endOfName(answer, answer.length, position);
    if (position === -1 || position + 10 > answer.length) return 0;
    const type = u16(answer, position);
    const ttl = u32(answer, position + 4);
    const end = position + 10 + u16(answer, position + 8);
    if (end > answer.length) return 0;
    if (type !== TYPE.OPT) {
      lowest = Math.min(lowest, ttl);
      ttls?.push(position + 4);
    }
    if (record < answers && type === asked) answered = true;
    if (record >= answers && record < answers + authorities && type === TYPE.SOA) {
      negativeFor = Math.min(ttl, u32(answer, end - 4));
    }
    position = end;
  }
  // A chain of aliases that ends in nothing is a negative answer too (RFC 2308 section 2.1), except for ANY.
  const negative = rcode === RCODE.NXDOMAIN || !(answered || (asked === TYPE.ANY && answers > 0));
  if (negative) return negativeFor === null ? 0 : Math.min(lowest, negativeFor);
  return lowest === Number.MAX_SAFE_INTEGER ? 0 : lowest;
}

/** The flags of a client that change the answer, as one number. */
export function traitsOf({ flags, hasOpt, dnssecOk }: Pick<Lookup, 'flags' | 'hasOpt' | 'dnssecOk'>): number {
  return (flags & (FLAG.RD | FLAG.AD | FLAG.CD)) | (hasOpt ? 1 : 0) | (dnssecOk ? 2 : 0);
}

/** Answers to questions, by their bytes. */
export interface AnswerCache {
  /**
   * Writes the answer to the question at `at` (name, type, class, up to `end`): id 0, the question in the client's spelling,
   * TTLs less the answer's age. Returns its length, or 0 where none is cached that fits into `out`.
   */
  get(bytes: Uint8Array, at: number, end: number, traits: number, out: Uint8Array): number;
  put(lookup: Lookup, answer: Uint8Array): void;
  clear(): void;
}

/**
 * Finds answers by hash alone: of two questions with the same hash the later one stays.
 *
 * @param seconds time that never runs backwards
 * @param seed of the hash, so that nobody can tell which names push each other out
 */
export function createAnswerCache(seconds: () => number, seed: number): AnswerCache {
  interface Entry {
    traits: number;
    /** Its question in lower case. */
    answer: Uint8Array;
    ttls: readonly number[];
    storedAt: number;
    expiresAt: number;
  }
  const entries = new Map<number, Entry>();
  let cachedBytes = 0;

  // FNV-1a with another start.
  const hashOf = (bytes: Uint8Array, at: number, end: number, traits: number): number => {
    let hash = Math.imul(seed ^ traits, 0x01000193);
    for (let i = at; i < end - 4; i += 1) hash = Math.imul(hash ^ lowerCase(bytes[i] as number), 0x01000193);
    for (let i = end - 4; i < end; i += 1) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
    return hash;
  };

  const answersQuestion = ({ answer }: Entry, bytes: Uint8Array, at: number, end: number): boolean => {
    const shift = HEADER_BYTES - at;
    if (end + shift > answer.length) return false;
    for (let i = at; i < end - 4; i += 1) if (lowerCase(bytes[i] as number) !== answer[i + shift]) return false;
    for (let i = end - 4; i < end; i += 1) if (bytes[i] !== answer[i + shift]) return false;
    return true;
  };

  const drop = (hash: number): void => {
    cachedBytes -= entries.get(hash)?.answer.length ?? 0;
    entries.delete(hash);
  };

  return {
    get(bytes, at, end, traits, out) {
      const hash = hashOf(bytes, at, end, traits);
      const entry = entries.get(hash);
      if (entry === undefined || entry.traits !== traits || !answersQuestion(entry, bytes, at, end)) return 0;
      const now = seconds();
      if (now >= entry.expiresAt) {
        drop(hash);
        return 0;
      }
      const { answer } = entry;
      if (answer.length > out.length) return 0;
      out.set(answer);
      for (let i = at; i < end; i += 1) out[i + HEADER_BYTES - at] = bytes[i] as number;
      const age = Math.floor(now - entry.storedAt);
      if (age > 0) for (const ttl of entry.ttls) subtractAge(out, ttl, age);
      return answer.length;
    },
    put(lookup, answer) {
      const lifetime = lifetimeOf(answer);
      if (lifetime <= 0 || answer.length > MAX_ANSWER_BYTES) return;
      const ttls: number[] = [];
      lifetimeOf(answer, ttls);
      const { question } = lookup;
      const traits = traitsOf(lookup);
      const hash = hashOf(question, 0, question.length, traits);
      drop(hash);
      const copy = new Uint8Array(answer);
      for (let i = HEADER_BYTES; i < HEADER_BYTES + question.length - 4; i += 1) copy[i] = lowerCase(copy[i] as number);
      const storedAt = seconds();
      entries.set(hash, { traits, answer: copy, ttls, storedAt, expiresAt: storedAt + lifetime });
      cachedBytes += copy.length;
      // The oldest go first: none is kept for more than a minute anyway.
      for (const oldest of entries.keys()) {
        if (entries.size <= MAX_ENTRIES && cachedBytes <= MAX_BYTES) break;
        drop(oldest);
      }
    },
    clear() {
      entries.clear();
      cachedBytes = 0;
    },
  };
}

function subtractAge(bytes: Uint8Array, at: number, seconds: number): void {
  const left = Math.max(0, u32(bytes, at) - seconds);
  putU16(bytes, at, left >>> 16);
  putU16(bytes, at + 2, left & 0xffff);
}
