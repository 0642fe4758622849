import { ALLOWED, decideWireName, HAS_ALLOWED_BELOW, NOT_A_NAME, reasonOf } from '../../../shared/decide.ts';
import type { Reason, View } from '../../../shared/reasons.ts';
import type { RuleSet } from '../../../shared/rule-set/rule-set.ts';
import { PROBE_SUFFIX } from '../../../shared/schemas/control-schema.ts';
import { pooledCopy } from '../native/pooled-copy.ts';
import { MAX_ANSWER_BYTES, traitsOf } from './answer-cache.ts';
import type { CachingResolver } from './caching-resolver.ts';
import type { Client, ClientTable } from './client-table.ts';
import {
  EDE,
  failure,
  headerOnly,
  MAX_SYNTHETIC_BYTES,
  noData,
  type RefusalTail,
  refusalTail,
  refused as refusedAnswer,
  truncated,
} from './synthetic.ts';
import { CLASS_IN, HEADER_BYTES, isBelow, nameAsBytes, newQuery, type Query, RCODE, readQuery, TYPE } from './wire.ts';

/** A rule set as the DNS filter needs it: plain data. Exchanged as a whole, so one query is never judged by two. */
export interface DnsRules {
  generation: number;
  ruleSet: RuleSet;
  /** The extended error's text in refusals; `dig` and some resolvers' logs show it. */
  refusalText: string;
}

/** Counted per thread, in this order; one writer each. */
export const DNS_COUNTERS = ['allowed', 'denied', 'malformed', 'refused', 'failed', 'limited'] as const;
const [COUNT_ALLOWED, COUNT_DENIED, COUNT_MALFORMED, COUNT_REFUSED, COUNT_FAILED, COUNT_LIMITED] = [
  0, 1, 2, 3, 4, 5,
] as const;

/** Told about what is noteworthy, on the hot path. The name is at `at`, its root byte at `end - 1`. */
export interface DnsObserver {
  denied(view: View, bytes: Uint8Array, at: number, end: number, reason: Reason, wasRefused: boolean): void;
  probe(view: View, bytes: Uint8Array, at: number, generation: number): void;
}

export interface QueryContext {
  view: View;
  /** null for who is outside `allowFrom`. */
  client: Client | null;
  clients: ClientTable;
  overTcp: boolean;
  /** Where an answer goes that comes when `answer` has long returned. Called while it runs, at most once. */
  later(): (answer: Uint8Array, length: number) => void;
}

/** Bytes that an answer at once may take: all that are made up, and what is known of what others say. */
export const ANSWER_ROOM = MAX_ANSWER_BYTES;

export const NO_ANSWER = 0;
export const ANSWER_LATER = -1;

/** What a UDP answer may have at most, whatever the client says: larger ones are fragmented, and a lever for amplification. */
const MAX_UDP_BYTES = 4096;

const TOO_MANY = { code: EDE.OTHER, text: 'too many questions at once' };

const probeSuffix = nameAsBytes(PROBE_SUFFIX) ?? new Uint8Array(1);

export interface Responder {
  swap(rules: DnsRules): void;
  /**
   * Judges the message in the first `length` bytes of `bytes` and writes the answer to `out`, which has `ANSWER_ROOM`. Returns the
   * answer's length, `NO_ANSWER` for what is dropped, or `ANSWER_LATER`: then what `asker.later()` gave is called with the answer
   * once an upstream gave one.
   */
  answer(asker: QueryContext, bytes: Uint8Array, length: number, out: Uint8Array): number;
}

export function createResponder(
  initial: DnsRules,
  resolver: CachingResolver,
  counters: Float64Array,
  observer: DnsObserver,
): Responder {
  let rules = initial;
  let tail: RefusalTail = refusalTail(initial.generation, initial.refusalText);
  const query: Query = newQuery();
  let slip = false;
  const count = (counter: number): void => {
    counters[counter] = (counters[counter] as number) + 1;
  };

  const refuse = (bytes: Uint8Array, out: Uint8Array, code: number, text: string): number => {
    count(COUNT_REFUSED);
    return failure(RCODE.REFUSED, bytes, query, out, { code, text });
  };

  /**
   * For one question too many. Over UDP every second one is cut, so that who really asked comes again over TCP, and the
   * others are dropped: who put somebody else's address into them gets nothing larger thrown there than what was sent.
   */
  const limit = (asker: QueryContext, bytes: Uint8Array, out: Uint8Array): number => {
    count(COUNT_LIMITED);
    if (asker.overTcp) return failure(RCODE.REFUSED, bytes, query, out, TOO_MANY);
    slip = !slip;
    return slip ? truncated(RCODE.NOERROR, query, bytes, out) : NO_ANSWER;
  };

  const deny = (view: View, bytes: Uint8Array, asked: Query, judged: number, out: Uint8Array): number => {
    count(COUNT_DENIED);
    if ((judged & HAS_ALLOWED_BELOW) !== 0) return noData(bytes, asked, tail, out);
    observer.denied(view, bytes, HEADER_BYTES, asked.end - 4, reasonOf(judged), true);
    return refusedAnswer(bytes, asked, tail, out);
  };

  const forwardQuestion = (asker: QueryContext, client: Client, bytes: Uint8Array): void => {
    client.inFlight += 1;
    const judgedBy = rules;
    const { view } = asker;
    const later = asker.later();
    // The listener's buffer is its own again when this returns.
    const asked: Query = { ...query };
    const question = pooledCopy(bytes, HEADER_BYTES, asked.end - HEADER_BYTES);
    const { flags, hasOpt, dnssecOk } = asked;
    const overTcp = asker.overTcp;
    resolver.resolve({ question, flags, hasOpt, dnssecOk }, (answer) => {
      client.inFlight -= 1;
      // Who is told that everything is refused now must not see an answer after that.
      if (rules !== judgedBy) {
        const judged = decideWireName(rules.ruleSet, view, question, 0);
        if ((judged & ALLOWED) === 0) {
          const out = new Uint8Array(MAX_SYNTHETIC_BYTES);
          out.set(question, HEADER_BYTES);
          later(out, deny(view, out, asked, judged, out));
          return;
        }
      }
      if (answer === null) {
        count(COUNT_FAILED);
        const out = new Uint8Array(asked.end + 200);
        out.set(question, HEADER_BYTES);
        const error = { code: EDE.NO_REACHABLE_AUTHORITY, text: 'no upstream resolver answered' };
        later(out, failure(RCODE.SERVFAIL, out, asked, out, error));
        return;
      }
      later(answer, fitToClient(answer, answer.length, asked, overTcp));
    });
  };

  /** Makes an answer, in place, the one to this question: its id, and no longer than the asker can take. Returns its length. */
  const fitToClient = (answer: Uint8Array, length: number, asked: Query, overTcp: boolean): number => {
    answer[0] = asked.id >> 8;
    answer[1] = asked.id & 0xff;
    const most = overTcp ? 65535 : Math.min(asked.udpBytes, MAX_UDP_BYTES);
    return length <= most ? length : truncated((answer[3] as number) & 0xf, asked, answer, answer);
  };

  return {
    swap(next) {
      tail = refusalTail(next.generation, next.refusalText);
      rules = next;
    },
    answer(asker, bytes, length, out) {
      const { client } = asker;
      const verdict = readQuery(bytes, length, query);
      if (verdict !== 'question') {
        count(COUNT_MALFORMED);
        // A stranger's garbage is not worth an answer.
        if (verdict === 'drop' || client === null) return NO_ANSWER;
        if (verdict === 'badvers') return failure(RCODE.BADVERS, bytes, query, out);
        return headerOnly(verdict === 'formerr' ? RCODE.FORMERR : RCODE.NOTIMP, query, out);
      }
      if (client === null) {
        if (asker.overTcp) return refuse(bytes, out, EDE.PROHIBITED, 'this resolver does not serve you');
        // The address may be somebody else's: without the reason the answer is no longer than the question.
        count(COUNT_REFUSED);
        return failure(RCODE.REFUSED, bytes, query, out);
      }
      if (query.type === TYPE.AXFR || query.type === TYPE.IXFR) {
        return refuse(bytes, out, EDE.NOT_SUPPORTED, 'no zone transfers');
      }
      if (query.class !== CLASS_IN) return refuse(bytes, out, EDE.NOT_SUPPORTED, 'class IN only');

      // Every rule set denies these names; that this wall was reached by them is told.
      if (isBelow(bytes, HEADER_BYTES, probeSuffix)) observer.probe(asker.view, bytes, HEADER_BYTES, rules.generation);

      const judged = decideWireName(rules.ruleSet, asker.view, bytes, HEADER_BYTES);
      if (judged === NOT_A_NAME) {
        count(COUNT_MALFORMED);
        return headerOnly(RCODE.FORMERR, query, out);
      }
      if ((judged & ALLOWED) === 0) return deny(asker.view, bytes, query, judged, out);
      // By its name alone, of whatever type: what the target of an alias, of SRV (RFC 2782) or of SVCB and HTTPS (RFC 9460) is
      // called is judged when that is asked for, and a type that nobody knows passes as it is (RFC 3597 section 3).
      const { clients } = asker;
      if (!clients.mayWait(client) || !(asker.overTcp || clients.take(client))) return limit(asker, bytes, out);
      count(COUNT_ALLOWED);
      const reason = reasonOf(judged);
      if (reason === 'audit-only') observer.denied(asker.view, bytes, HEADER_BYTES, query.end - 4, reason, false);
      const known = resolver.known(bytes, HEADER_BYTES, query.end, traitsOf(query), out);
      if (known > 0) return fitToClient(out, known, query, asker.overTcp);
      forwardQuestion(asker, client, bytes);
      return ANSWER_LATER;
    },
  };
}
