import { type AnswerCache, createAnswerCache } from './answer-cache.ts';
import type { Lookup, Resolver } from './resolver.ts';
import { FLAG, HEADER_BYTES } from './wire.ts';

/** Askers that wait for a question which is under way already. */
const MAX_WAITING = 16_384;

interface Waiting {
  question: Uint8Array;
  done: (answer: Buffer | null) => void;
}

/**
 * Remembers answers for as long as their TTLs allow, and asks equal questions that are under way only once, which also
 * takes the ground from birthday attacks (RFC 5452 section 5). What differs in anything that changes the answer (type, class,
 * RD, AD, CD, EDNS, DO) is not equal; spelling is no difference (RFC 4343), and each asker gets its own back.
 *
 * @param seconds time that never runs backwards
 */
export function createCachingResolver(inner: Resolver, seconds: () => number): Resolver {
  const cache: AnswerCache = createAnswerCache(seconds);
  const underWay = new Map<string, Waiting[]>();
  let waiting = 0;
  /** What was asked of resolvers that are not the configured ones any more is passed on, and not kept. */
  let epoch = 0;

  const respelled = (answer: Buffer, question: Uint8Array): Buffer => {
    answer.set(question, HEADER_BYTES);
    return answer;
  };

  return {
    resolve(lookup, done) {
      const key = keyOf(lookup);
      const known = cache.get(key);
      if (known !== null) {
        queueMicrotask(() => done(respelled(known, lookup.question)));
        return;
      }
      const others = underWay.get(key);
      if (others !== undefined) {
        if (waiting >= MAX_WAITING) {
          queueMicrotask(() => done(null));
          return;
        }
        waiting += 1;
        others.push({ question: lookup.question, done });
        return;
      }
      const mine: Waiting[] = [];
      underWay.set(key, mine);
      const asked = epoch;
      inner.resolve(lookup, (answer) => {
        if (underWay.get(key) === mine) underWay.delete(key);
        waiting -= mine.length;
        if (answer !== null && asked === epoch) cache.put(key, answer);
        for (const other of mine) {
          other.done(answer === null ? null : respelled(Buffer.from(answer), other.question));
        }
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

function keyOf({ question, flags, hasOpt, dnssecOk }: Lookup): string {
  let key = String.fromCharCode((flags & (FLAG.RD | FLAG.AD | FLAG.CD)) | (hasOpt ? 1 : 0) | (dnssecOk ? 2 : 0));
  const typeAndClass = question.length - 4;
  for (let i = 0; i < question.length; i += 1) {
    const byte = question[i] as number;
    key += String.fromCharCode(i < typeAndClass && byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte);
  }
  return key;
}
