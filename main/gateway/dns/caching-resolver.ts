import type { SocketAddress } from '../../platform/net/socket-address.ts';
import { type AnswerCache, traitsOf } from './answer-cache.ts';
import type { Lookup } from './lookup.ts';
import type { AnswerCallback, Resolver } from './resolver.ts';
import { HEADER_BYTES, lowerCase, MAX_NAME_BYTES } from './wire.ts';

/** Questions that wait for the answer to the same question. */
const MAX_JOINED = 16_384;

/** A resolver with a cache. The caller looks in the cache first, once, and asks where that knows nothing. */
export interface CachingResolver {
  /**
   * Writes the cached answer to the question at `at` (name, type, class, up to `end`) to `out`, with id 0. Returns its length,
   * or 0 where none is cached that fits. For `traits` see `traitsOf`.
   */
  cached(bytes: Uint8Array, at: number, end: number, traits: number, out: Uint8Array): number;
  /** Asks the upstreams, without a look in the cache, and caches the answer. */
  ask(lookup: Lookup, done: AnswerCallback): void;
  setUpstreams(upstreams: SocketAddress[]): void;
  close(): void;
}

interface Joined {
  question: Uint8Array;
  done: AnswerCallback;
}

/**
 * Caches answers for as long as their TTLs allow, and asks the same question only once at a time, which also leaves birthday
 * attacks nothing to work with (RFC 5452 section 5). Questions are the same unless something differs that changes the answer
 * (type, class, RD, AD, CD, EDNS, DO); spelling makes no difference (RFC 4343), and each client gets its own back.
 */
export function createCachingResolver(inner: Resolver, cache: AnswerCache): CachingResolver {
  const inFlight = new Map<string, Joined[]>();
  let joined = 0;
  /** Answers of earlier upstreams are passed on but not cached. */
  let upstreamsVersion = 0;

  return {
    cached: (bytes, at, end, traits, out) => cache.get(bytes, at, end, traits, out),
    ask(lookup, done) {
      const { question } = lookup;
      const key = keyOf(question, traitsOf(lookup));
      const sameQuestion = inFlight.get(key);
      if (sameQuestion !== undefined) {
        if (joined >= MAX_JOINED) {
          queueMicrotask(() => done(null));
          return;
        }
        joined += 1;
        sameQuestion.push({ question, done });
        return;
      }
      const others: Joined[] = [];
      inFlight.set(key, others);
      const askedVersion = upstreamsVersion;
      inner.ask(lookup, (answer) => {
        if (inFlight.get(key) === others) inFlight.delete(key);
        joined -= others.length;
        if (answer !== null && askedVersion === upstreamsVersion) cache.put(lookup, answer);
        for (const other of others) other.done(answer === null ? null : withSpelling(answer, other.question));
        done(answer);
      });
    },
    setUpstreams(upstreams) {
      upstreamsVersion += 1;
      cache.clear();
      inFlight.clear();
      inner.setUpstreams(upstreams);
    },
    close: () => inner.close(),
  };
}

/** A copy of the answer with the question as this client spelled it. */
function withSpelling(answer: Buffer, question: Uint8Array): Buffer {
  const copy = Buffer.from(answer);
  copy.set(question, HEADER_BYTES);
  return copy;
}

const keyBytes = Buffer.alloc(MAX_NAME_BYTES + 4 + 2);

/** The name in lower case (RFC 4343), type, class and traits. */
function keyOf(question: Uint8Array, traits: number): string {
  const end = question.length;
  for (let i = 0; i < end - 4; i += 1) keyBytes[i] = lowerCase(question[i] as number);
  for (let i = end - 4; i < end; i += 1) keyBytes[i] = question[i] as number;
  keyBytes.writeUInt16BE(traits, end);
  return keyBytes.toString('latin1', 0, end + 2);
}
