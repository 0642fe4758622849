import { ALLOWED, decideWireName, HAS_ALLOWED_BELOW, NOT_A_NAME, type Now, reasonOf } from '../../../shared/decide.ts';
import { PROBE_SUFFIX } from '../../../shared/probe-names.ts';
import type { Reason, View } from '../../../shared/reasons.ts';
import type { RuleSet } from '../../../shared/rule-set/rule-set.ts';
import { MAX_REPLY_BYTES, type SendReply } from '../native/udp-transport.ts';
import { traitsOf } from './answer-cache.ts';
import type { CachingResolver } from './caching-resolver.ts';
import type { Client, ClientTable } from './client-table.ts';
import type { DnsCounters } from './dns-counters.ts';
import {
  type DeniedTail,
  denied,
  deniedTail,
  EDE,
  failure,
  headerOnly,
  MAX_LOCAL_ANSWER_BYTES,
  noData,
  truncated,
} from './local-answers.ts';
import { lookupFrom } from './lookup.ts';
import type { SplitResolver } from './split-resolver.ts';
import {
  CLASS_IN,
  HEADER_BYTES,
  isBelow,
  nameAsBytes,
  newQuery,
  type Query,
  type QueryVerdict,
  RCODE,
  readQuery,
  TYPE,
} from './wire.ts';

/** A rule set as the DNS filter needs it: plain data. Replaced as a whole, so that no question is decided by two. */
export interface DnsRules {
  generation: number;
  ruleSet: RuleSet;
  /** The text of the extended error in answers to denied names; `dig` and some resolvers' logs show it. */
  refusalText: string;
}

/** Called on the hot path. The name is at `at`, its root byte at `end - 1`. */
export interface DnsObserver {
  denied(view: View, bytes: Uint8Array, at: number, end: number, reason: Reason, wasRefused: boolean): void;
  probe(view: View, bytes: Uint8Array, at: number, generation: number): void;
}

/** Who asks, and how. */
export interface QueryContext {
  view: View;
  /** null for a client outside `allowFrom`. */
  client: Client | null;
  clients: ClientTable;
  /** See `Datagram.crowd`; 0 over TCP, which slows its clients down itself. */
  crowd: number;
  overTcp: boolean;
  /** Where to send an answer after `Responder.answer` has returned. Called while that runs, at most once. */
  answerLater(): SendReply;
}

/** The room for an immediate answer, local or cached. */
export const ANSWER_ROOM = MAX_REPLY_BYTES;

export const NO_ANSWER = 0;
export const ANSWER_LATER = -1;

/** The longest UDP answer, whatever the client accepts: longer ones are fragmented, and useful for amplification attacks. */
const MAX_UDP_ANSWER_BYTES = 4096;

const TOO_MANY = { code: EDE.OTHER, text: 'too many questions at once' };
const NOT_ALLOWED_CLIENT = { code: EDE.PROHIBITED, text: 'this client may not use this resolver' };
const NO_ZONE_TRANSFERS = { code: EDE.NOT_SUPPORTED, text: 'zone transfers are not supported' };
const ONLY_CLASS_IN = { code: EDE.NOT_SUPPORTED, text: 'only class IN is supported' };
const NO_UPSTREAM_ANSWERED = { code: EDE.NO_REACHABLE_AUTHORITY, text: 'no upstream resolver answered' };

const probeSuffix = nameAsBytes(PROBE_SUFFIX) ?? new Uint8Array(1);

export interface Responder {
  setRules(rules: DnsRules): void;
  /** Questions for which an upstream is being asked. */
  readonly inFlight: number;
  /**
   * Answers the question in the first `length` bytes of `bytes`, in `out`, which has `ANSWER_ROOM`. Returns the answer's length,
   * `NO_ANSWER` where it is dropped, or `ANSWER_LATER`: then what `context.answerLater()` returned is called once an upstream
   * has answered.
   */
  answer(context: QueryContext, bytes: Uint8Array, length: number, out: Uint8Array): number;
}

export function createResponder(
  rules: DnsRules,
  resolvers: Pick<SplitResolver, 'resolverFor'>,
  counters: DnsCounters,
  observer: DnsObserver,
  now: Now,
): Responder {
  return new DnsResponder(rules, resolvers, counters, observer, now);
}

class DnsResponder implements Responder {
  #rules: DnsRules;
  #deniedTail: DeniedTail;
  readonly #resolvers: Pick<SplitResolver, 'resolverFor'>;
  readonly #counters: DnsCounters;
  readonly #observer: DnsObserver;
  readonly #now: Now;
  /** The question being answered, filled in place. */
  readonly #query: Query = newQuery();
  #truncateNextOverLimit = true;
  #inFlight = 0;

  constructor(
    rules: DnsRules,
    resolvers: Pick<SplitResolver, 'resolverFor'>,
    counters: DnsCounters,
    observer: DnsObserver,
    now: Now,
  ) {
    this.#rules = rules;
    this.#deniedTail = deniedTail(rules.generation, rules.refusalText);
    this.#resolvers = resolvers;
    this.#counters = counters;
    this.#observer = observer;
    this.#now = now;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  setRules(rules: DnsRules): void {
    this.#deniedTail = deniedTail(rules.generation, rules.refusalText);
    this.#rules = rules;
  }

  answer(context: QueryContext, bytes: Uint8Array, length: number, out: Uint8Array): number {
    const query = this.#query;
    const { client, view } = context;
    const verdict = readQuery(bytes, length, query);
    if (verdict !== 'question') return this.#answerMalformed(verdict, client, bytes, out);
    if (client === null) return this.#refuseStranger(context, bytes, out);
    if (query.type === TYPE.AXFR || query.type === TYPE.IXFR) return this.#refuse(bytes, out, NO_ZONE_TRANSFERS);
    if (query.class !== CLASS_IN) return this.#refuse(bytes, out, ONLY_CLASS_IN);

    // Every rule set denies probe names; that one came in here proves that this filter is used.
    if (isBelow(bytes, HEADER_BYTES, probeSuffix)) {
      this.#observer.probe(view, bytes, HEADER_BYTES, this.#rules.generation);
    }
    // By the question's name alone, whatever its type: the targets of aliases, SRV (RFC 2782), SVCB and HTTPS (RFC 9460) are
    // decided when they are asked for, and unknown types pass unchanged (RFC 3597 section 3).
    const decision = decideWireName(this.#rules.ruleSet, view, bytes, HEADER_BYTES, this.#now);
    if (decision === NOT_A_NAME) {
      this.#counters.increment('malformed');
      return headerOnly(RCODE.FORMERR, query, out);
    }
    if ((decision & ALLOWED) === 0) return this.#deny(view, bytes, query, decision, out);
    return this.#answerAllowed(context, client, decision, bytes, out);
  }

  #answerMalformed(
    verdict: Exclude<QueryVerdict, 'question'>,
    client: Client | null,
    bytes: Uint8Array,
    out: Uint8Array,
  ): number {
    this.#counters.increment('malformed');
    // A stranger gets no answer to garbage.
    if (verdict === 'drop' || client === null) return NO_ANSWER;
    if (verdict === 'badvers') return failure(RCODE.BADVERS, bytes, this.#query, out);
    return headerOnly(verdict === 'formerr' ? RCODE.FORMERR : RCODE.NOTIMP, this.#query, out);
  }

  #refuseStranger(context: QueryContext, bytes: Uint8Array, out: Uint8Array): number {
    if (context.overTcp) return this.#refuse(bytes, out, NOT_ALLOWED_CLIENT);
    // The address may be forged: without the reason the answer is no longer than the question.
    this.#counters.increment('refused');
    return failure(RCODE.REFUSED, bytes, this.#query, out);
  }

  #refuse(bytes: Uint8Array, out: Uint8Array, error: { code: number; text: string }): number {
    this.#counters.increment('refused');
    return failure(RCODE.REFUSED, bytes, this.#query, out, error);
  }

  #deny(view: View, bytes: Uint8Array, query: Query, decision: number, out: Uint8Array): number {
    this.#counters.increment('denied');
    if ((decision & HAS_ALLOWED_BELOW) !== 0) return noData(bytes, query, this.#deniedTail, out);
    this.#observer.denied(view, bytes, HEADER_BYTES, query.end - 4, reasonOf(decision), true);
    return denied(bytes, query, this.#deniedTail, out);
  }

  #answerAllowed(context: QueryContext, client: Client, decision: number, bytes: Uint8Array, out: Uint8Array): number {
    const { clients, crowd, overTcp, view } = context;
    const query = this.#query;
    const resolver = this.#resolvers.resolverFor(bytes, HEADER_BYTES);
    const cached = resolver.cached(bytes, HEADER_BYTES, query.end, traitsOf(query), out);
    if (cached <= 0) {
      if (!clients.isBelowInFlightLimit(client)) return this.#answerOverLimit(overTcp, bytes, out);
      if (!overTcp && !clients.mayForward(client, crowd)) return this.#answerOverLimit(overTcp, bytes, out);
    }
    this.#counters.increment('allowed');
    const reason = reasonOf(decision);
    if (reason === 'audit-only') this.#observer.denied(view, bytes, HEADER_BYTES, query.end - 4, reason, false);
    if (cached > 0) return setIdAndTruncate(out, cached, query, overTcp);
    this.#forward(resolver, context, client, bytes, reason === 'allowed-by-grant');
    return ANSWER_LATER;
  }

  /**
   * Over UDP every second question above the limit gets a truncated answer, so that a real client asks again over TCP, and the
   * others are dropped: whoever forges a victim's address has nothing longer sent there than the question.
   */
  #answerOverLimit(overTcp: boolean, bytes: Uint8Array, out: Uint8Array): number {
    this.#counters.increment('limited');
    if (overTcp) return failure(RCODE.REFUSED, bytes, this.#query, out, TOO_MANY);
    const truncate = this.#truncateNextOverLimit;
    this.#truncateNextOverLimit = !truncate;
    return truncate ? truncated(RCODE.NOERROR, this.#query, bytes, out) : NO_ANSWER;
  }

  /** @param isGranted for a time: it may be over when the answer comes */
  #forward(
    resolver: CachingResolver,
    context: QueryContext,
    client: Client,
    bytes: Uint8Array,
    isGranted: boolean,
  ): void {
    client.inFlight += 1;
    this.#inFlight += 1;
    const { view, overTcp } = context;
    const send = context.answerLater();
    const rules = this.#rules;
    // Copies: the query and the message are the next question's once this returns.
    const query: Query = { ...this.#query };
    const lookup = lookupFrom(bytes, query);
    resolver.ask(lookup, (answer) => {
      client.inFlight -= 1;
      this.#inFlight -= 1;
      // Nobody who has seen new rules applied may then see an answer by the old ones.
      if (this.#rules !== rules || isGranted) {
        const decision = decideWireName(this.#rules.ruleSet, view, lookup.question, 0, this.#now);
        if ((decision & ALLOWED) === 0) {
          const out = roomWithQuestion(lookup.question);
          send(out, this.#deny(view, out, query, decision, out));
          return;
        }
      }
      if (answer !== null) {
        send(answer, setIdAndTruncate(answer, answer.length, query, overTcp));
        return;
      }
      this.#counters.increment('failed');
      const out = roomWithQuestion(lookup.question);
      send(out, failure(RCODE.SERVFAIL, out, query, out, NO_UPSTREAM_ANSWERED));
    });
  }
}

/** Room for a local answer, with the question in its place. */
function roomWithQuestion(question: Uint8Array): Uint8Array {
  const out = new Uint8Array(MAX_LOCAL_ANSWER_BYTES);
  out.set(question, HEADER_BYTES);
  return out;
}

/** Gives an answer the question's id and no more bytes than the client accepts, in place. Returns its length. */
function setIdAndTruncate(answer: Uint8Array, length: number, query: Query, overTcp: boolean): number {
  answer[0] = query.id >> 8;
  answer[1] = query.id & 0xff;
  const maxBytes = overTcp ? 65_535 : Math.min(query.udpBytes, MAX_UDP_ANSWER_BYTES);
  return length <= maxBytes ? length : truncated((answer[3] as number) & 0xf, query, answer, answer);
}
