import type { SocketAddress } from '../../platform/net/socket-address.ts';
import type { UdpTransport } from '../native/udp-transport.ts';
import type { Lookup } from './lookup.ts';
import type { RandomNumbers } from './random-numbers.ts';
import { type OnUpstreamState, openUpstream, type Upstream } from './upstream.ts';
import { answerForClient } from './upstream-message.ts';
import { FLAG, RCODE } from './wire.ts';

/** A policy may change at any time, so nothing that was answered is valid for longer than a minute. */
export const MAX_TTL_SECONDS = 60;

/** Questions in flight; above that the answer is SERVFAIL at once, so that a flood does not take up memory. */
const MAX_IN_FLIGHT = 4096;
const MAX_ATTEMPTS = 3;

/** Gets a complete answer, its TTLs capped, its OPT ours and its id 0, for it to keep; null when no upstream answered. */
export type AnswerCallback = (answer: Buffer | null) => void;

export interface Resolver {
  /** `done` is never called before this returns. */
  ask(lookup: Lookup, done: AnswerCallback): void;
  setUpstreams(upstreams: SocketAddress[]): void;
  close(): void;
}

/** One question to the upstreams, through all its attempts. */
interface PendingQuestion {
  lookup: Lookup;
  done: AnswerCallback;
  isDone: boolean;
  attempt: number;
  /** The upstreams in the order in which they are asked, then again from the start. */
  order: readonly Upstream[];
  /** An error of one upstream, or an answer cut off: the answer if no other does better. */
  lastFailure: Buffer | null;
}

/** Asks the configured upstreams and nobody else: in their order, but silent ones last. */
export function createResolver(
  upstreams: SocketAddress[],
  random: RandomNumbers,
  udp: UdpTransport,
  onState: (upstream: SocketAddress, ...state: Parameters<OnUpstreamState>) => void,
): Resolver {
  const open = (address: SocketAddress): Upstream =>
    openUpstream(address, random, udp, sortUpstreams, (...state) => onState(address, ...state));
  const sortUpstreams = (): void => {
    order = [...current.filter((each) => !each.isSilent()), ...current.filter((each) => each.isSilent())];
  };
  let current: readonly Upstream[] = upstreams.map(open);
  let order = current;
  let inFlight = 0;
  let closed = false;

  const askOne = (pending: PendingQuestion): void => {
    const upstream = pending.order[pending.attempt % pending.order.length] as Upstream;
    upstream.ask(
      pending.lookup,
      (answer) => {
        if (pending.isDone) return;
        if (answer === null) return tryNext(pending);
        if (!isFailure(answer)) return finish(pending, answer);
        pending.lastFailure = answer;
        if (pending.order.length > 1) tryNext(pending);
        else finish(pending, answer);
      },
      // Of an attempt that was given up, while the next ones are under way.
      (answer) => {
        if (!pending.isDone && !isFailure(answer)) finish(pending, answer);
      },
    );
  };

  const tryNext = (pending: PendingQuestion): void => {
    pending.attempt += 1;
    // The configuration has changed: upstreams that are gone are not asked again.
    if (!pending.order.every((each) => current.includes(each))) pending.order = order;
    if (closed || pending.attempt >= MAX_ATTEMPTS || pending.order.length === 0) finish(pending, pending.lastFailure);
    else askOne(pending);
  };

  const finish = (pending: PendingQuestion, answer: Buffer | null): void => {
    inFlight -= 1;
    pending.isDone = true;
    // A late answer may still name this question for a while; what it holds is of no more use.
    pending.lastFailure = null;
    const ours = answer === null ? null : answerForClient(answer, pending.lookup, MAX_TTL_SECONDS);
    if (ours !== null) {
      ours[0] = 0;
      ours[1] = 0;
    }
    pending.done(ours);
  };

  return {
    ask(lookup, done) {
      if (closed || current.length === 0 || inFlight >= MAX_IN_FLIGHT) {
        queueMicrotask(() => done(null));
        return;
      }
      inFlight += 1;
      askOne({ lookup, done, isDone: false, attempt: 0, order, lastFailure: null });
    },
    setUpstreams(changed) {
      const before = current;
      // An upstream that stays keeps its state.
      current = changed.map(
        (address) =>
          before.find((each) => each.address.host === address.host && each.address.port === address.port) ??
          open(address),
      );
      sortUpstreams();
      for (const each of before) if (!current.includes(each)) each.closeWhenIdle();
    },
    close() {
      closed = true;
      for (const each of current) each.close();
    },
  };
}

/** Whether another upstream may do better: no statement about the name, or one that was cut off. */
function isFailure(answer: Buffer): boolean {
  const flags = answer.readUInt16BE(2);
  const rcode = flags & 0xf;
  return (rcode !== RCODE.NOERROR && rcode !== RCODE.NXDOMAIN) || (flags & FLAG.TC) !== 0;
}
