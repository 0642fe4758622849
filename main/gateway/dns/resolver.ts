import type { SocketAddress } from '../../platform/net/socket-address.ts';
import type { LinuxUdp } from '../native/linux-udp.ts';
import type { Lookup } from './lookup.ts';
import type { RandomNumbers } from './random-numbers.ts';
import { createUpstream, type OnUpstreamState, type Upstream } from './upstream.ts';
import { knowsNoEdns, passedOn } from './upstream-message.ts';
import { RCODE } from './wire.ts';

/** A policy may change at any moment; what was once answered is forgotten after a minute. */
export const MOST_TTL_SECONDS = 60;

/** Questions under way at once; above that, SERVFAIL at once: a flood must not grow our memory. */
const MAX_IN_FLIGHT = 4096;
const MAX_ATTEMPTS = 3;

export interface Resolver {
  /**
   * `done` is never called before this returns; it gets a whole answer, its TTLs capped, its OPT ours and its id 0 (a copy of its
   * own), or null when no upstream gave one.
   */
  resolve(lookup: Lookup, done: (answer: Buffer | null) => void): void;
  setUpstreams(upstreams: SocketAddress[]): void;
  close(): void;
}

/** One question to the upstreams, through all its attempts. */
interface Pending {
  lookup: Lookup;
  /** The same, or without EDNS. */
  asked: Lookup;
  done: (answer: Buffer | null) => void;
  attempt: number;
  /** Whom to ask, in this order and then again from the start. */
  order: readonly Upstream[];
  /** SERVFAIL or REFUSED of one upstream: passed on if no other does better. */
  lastFailure: Buffer | null;
}

/** Asks the configured upstreams and no one else: in their order, but those that are silent last. */
export function createResolver(
  upstreams: SocketAddress[],
  random: RandomNumbers,
  linux: LinuxUdp | null,
  onState: (upstream: SocketAddress, ...state: Parameters<OnUpstreamState>) => void,
): Resolver {
  const open = (address: SocketAddress): Upstream =>
    createUpstream(address, random, linux, reorder, (...state) => onState(address, ...state));
  const reorder = (): void => {
    order = [...current.filter((each) => !each.isSilent()), ...current.filter((each) => each.isSilent())];
  };
  let current: readonly Upstream[] = upstreams.map(open);
  let order = current;
  let inFlight = 0;
  let closed = false;

  const finish = (pending: Pending, answer: Buffer | null): void => {
    inFlight -= 1;
    const passed = answer === null ? null : passedOn(answer, pending.lookup, MOST_TTL_SECONDS);
    if (passed !== null) {
      passed[0] = 0;
      passed[1] = 0;
    }
    pending.done(passed);
  };

  const ask = (pending: Pending): void => {
    const upstream = pending.order[pending.attempt % pending.order.length] as Upstream;
    upstream.ask(pending.asked, (answer) => {
      if (answer === null) return next(pending);
      if (pending.asked.hasOpt && knowsNoEdns(answer)) {
        pending.asked = { ...pending.lookup, hasOpt: false, dnssecOk: false };
        return current.includes(upstream) ? ask(pending) : next(pending);
      }
      const rcode = answer.readUInt16BE(2) & 0xf;
      if (rcode === RCODE.SERVFAIL || rcode === RCODE.REFUSED) {
        pending.lastFailure = answer;
        if (pending.order.length > 1) return next(pending);
      }
      finish(pending, answer);
    });
  };

  const next = (pending: Pending): void => {
    pending.attempt += 1;
    pending.asked = pending.lookup;
    // Others are configured by now: the ones before are not asked again.
    if (!pending.order.every((each) => current.includes(each))) pending.order = order;
    if (closed || pending.attempt >= MAX_ATTEMPTS || pending.order.length === 0) finish(pending, pending.lastFailure);
    else ask(pending);
  };

  return {
    resolve(lookup, done) {
      if (closed || current.length === 0 || inFlight >= MAX_IN_FLIGHT) {
        queueMicrotask(() => done(null));
        return;
      }
      inFlight += 1;
      ask({ lookup, asked: lookup, done, attempt: 0, order, lastFailure: null });
    },
    setUpstreams(changed) {
      const before = current;
      // What is known of one that stays is kept.
      current = changed.map(
        (address) =>
          before.find((each) => each.address.host === address.host && each.address.port === address.port) ??
          open(address),
      );
      reorder();
      for (const each of before) if (!current.includes(each)) each.retire();
    },
    close() {
      closed = true;
      for (const each of current) each.close();
    },
  };
}
