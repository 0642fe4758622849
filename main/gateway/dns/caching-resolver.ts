import { type AnswerCache, createAnswerCache, MAX_ANSWER_BYTES, traitsOf } from './answer-cache.ts';
import type { Resolver } from './resolver.ts';
import { HEADER_BYTES, MAX_NAME_BYTES } from './wire.ts';

/** Askers that wait for a question which is under way already. */
const MAX_WAITING = 16_384;

interface Waiting {
  question: Uint8Array;
  done: (answer: Buffer | null) => void;
}

/** A resolver that may know an answer already. */
export interface CachingResolver extends Resolver {
  /**
   * Writes what is known of the question at `at` (name, type, class, up to `end`) to `out`: an answer of its own, its id 0.
   * Returns its length, or 0 where nothing is known that fits. For `traits` see `traitsOf`.
   */
  known(bytes: Uint8Array, at: number, end: number, traits: number, out: Uint8Array): number;
}

/**
 * Remembers answers for as long as their TTLs allow, and asks equal questions that are under way only once, which also
 * takes the ground from birthday attacks (RFC 5452 section 5). What differs in anything that changes the answer (type, class,
 * RD, AD, CD, EDNS, DO) is not equal; spelling is no difference (RFC 4343), and each asker gets its own back.
 *
 * @param seconds time that never runs backwards
 * @param seed for the cache, unknown to askers
 */
export function createCachingResolver(inner: Resolver, seconds: () => number, seed: number): CachingResolver {
  const cache: AnswerCache = createAnswerCache(seconds, seed);
  const underWay = new Map<string, Waiting[]>();
  const room = Buffer.alloc(MAX_ANSWER_BYTES);
  let waiting = 0;
  /** What was asked of resolvers that are not the configured ones any more is passed on, and not kept. */
  let epoch = 0;

  return {
    known: (bytes, at, end, traits, out) => cache.get(bytes, at, end, traits, out),
    resolve(lookup, done) {
      const { question } = lookup;
      const traits = traitsOf(lookup);
      const length = cache.get(question, 0, question.length, traits, room);
      if (length > 0) {
        const answer = Buffer.from(room.subarray(0, length));
        queueMicrotask(() => done(answer));
        return;
      }
      const key = keyOf(question, traits);
      const others = underWay.get(key);
      if (others !== undefined) {
        if (waiting >= MAX_WAITING) {
          queueMicrotask(() => done(null));
          return;
        }
        waiting += 1;
        others.push({ question, done });
        return;
      }
      const mine: Waiting[] = [];
      underWay.set(key, mine);
      const asked = epoch;
      inner.resolve(lookup, (answer) => {
        if (underWay.get(key) === mine) underWay.delete(key);
        waiting -= mine.length;
        if (answer !== null && asked === epoch) cache.put(lookup, answer);
        for (const other of mine) other.done(answer === null ? null : respelled(answer, other.question));
        done(answer);
      });
    },
    setUpstreams(upstreams) {
      epoch += 1;
      cache.clear();
      underWay.clear();
      inner.setUpstreams(upstreams);
    },
    close: () => inner.close(),
  };
}

function respelled(answer: Buffer, question: Uint8Array): Buffer {
  const copy = Buffer.from(answer);
  copy.set(question, HEADER_BYTES);
  return copy;
}

const keyRoom = Buffer.alloc(MAX_NAME_BYTES + 4 + 2);

/** The question in lower case (RFC 4343), but for type and class, and its traits. */
function keyOf(question: Uint8Array, traits: number): string {
  const end = question.length;
  for (let i = 0; i < end; i += 1) {
    const byte = question[i] as number;
    keyRoom[i] = i < end - 4 && byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
  }
  keyRoom.writeUInt16BE(traits, end);
  return keyRoom.toString('latin1', 0, end + 2);
}
