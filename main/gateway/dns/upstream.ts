import type { UpstreamState } from '../../../shared/schemas/control-schema.ts';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import type { UdpTransport } from '../native/udp-transport.ts';
import type { Lookup } from './lookup.ts';
import type { RandomNumbers } from './random-numbers.ts';
import { createTcpConnections } from './tcp-connections.ts';
import { createUdpPool } from './udp-pool.ts';
import {
  afterLongAnswer,
  afterRcode,
  afterTcp,
  afterUdp,
  errorOf,
  isSilent,
  NOTHING_OBSERVED,
  prefersTcp,
  stateOf,
  type UpstreamObservations,
} from './upstream-observations.ts';
import { FLAG } from './wire.ts';

/** The first check is made at once, the next ones less and less often. */
const FIRST_CHECK_PAUSE_MS = 1_000;
const LONGEST_CHECK_PAUSE_MS = 30_000;
/** A change is reported at once, the next one no sooner than this: clients choose the names, and so what fails. */
const REPORT_INTERVAL_MS = 1_000;

/** `. NS IN`: the name servers of the root, which every resolver knows. */
const ROOT_LOOKUP: Lookup = { question: Uint8Array.of(0, 0, 2, 0, 1), flags: FLAG.RD, hasOpt: false, dnssecOk: false };

/** Called when the state has changed, with what is wrong, if anything is. */
export type OnUpstreamState = (state: UpstreamState, error: string | null) => void;

type OnAnswer = (answer: Buffer | null) => void;

/** One upstream, and whether it answers. */
export interface Upstream {
  readonly address: SocketAddress;
  isSilent(): boolean;
  /** One attempt over UDP, or over TCP where UDP is silent or cut the answer off. `done` gets null where nothing came. */
  ask(lookup: Lookup, done: OnAnswer): void;
  /** It is not asked again; questions in flight may still be answered. */
  closeWhenIdle(): void;
  close(): void;
}

/**
 * While UDP is silent an upstream is asked over TCP (RFC 7766 section 5), and checked with questions of our own, which no client
 * waits for, until UDP answers again. After a single lost datagram the first check finds that out within a round trip.
 *
 * @param onSilenceChange called when `isSilent()` has changed
 */
export function openUpstream(
  address: SocketAddress,
  random: RandomNumbers,
  udp: UdpTransport,
  onSilenceChange: () => void,
  onState: OnUpstreamState,
): Upstream {
  const udpPool = createUdpPool(address, random, udp);
  const tcpConnections = createTcpConnections(address, random);
  let known = NOTHING_OBSERVED;
  let reported: UpstreamState = 'not-asked';
  let checkTimer: NodeJS.Timeout | undefined;
  let reportTimer: NodeJS.Timeout | undefined;
  let ended = false;

  const observe = (next: UpstreamObservations): void => {
    if (next === known) return;
    const wasSilent = isSilent(known);
    known = next;
    if (isSilent(known) !== wasSilent && !ended) onSilenceChange();
  };

  const report = (): void => {
    if (reportTimer !== undefined || ended) return;
    const state = stateOf(known);
    if (state === reported) return;
    reported = state;
    onState(state, errorOf(known));
    reportTimer = setTimeout(() => {
      reportTimer = undefined;
      report();
    }, REPORT_INTERVAL_MS).unref();
  };

  const askUdp = (lookup: Lookup, done: OnAnswer): void =>
    udpPool.ask(lookup, (answer, error) => {
      const { udpIsSilent } = known;
      observe(afterUdp(known, answer === null ? error : null));
      if (known.udpIsSilent !== udpIsSilent && !ended) {
        clearTimeout(checkTimer);
        if (known.udpIsSilent) check(0);
      }
      done(answer);
    });

  const askTcp = (lookup: Lookup, done: OnAnswer): void =>
    tcpConnections.ask(lookup, (answer, error) => {
      observe(afterTcp(known, answer === null ? error : null));
      done(answer);
    });

  /** Asks over UDP and TCP at once, and again after a pause while UDP is silent. What is answered does not matter. */
  const check = (attempt: number): void => {
    let pending = 2;
    const done = (): void => {
      pending -= 1;
      if (pending > 0 || ended) return;
      report();
      if (!known.udpIsSilent) return;
      clearTimeout(checkTimer);
      const pause = Math.min(LONGEST_CHECK_PAUSE_MS, FIRST_CHECK_PAUSE_MS * 2 ** attempt);
      checkTimer = setTimeout(() => check(attempt + 1), pause).unref();
    };
    askUdp(ROOT_LOOKUP, done);
    askTcp(ROOT_LOOKUP, done);
  };

  const finish = (answer: Buffer | null, done: OnAnswer): void => {
    if (answer !== null) {
      observe(afterRcode(known, answer.readUInt16BE(2) & 0xf));
      report();
    }
    done(answer);
  };

  const stopTimers = (): void => {
    ended = true;
    clearTimeout(checkTimer);
    clearTimeout(reportTimer);
  };

  return {
    address,
    isSilent: () => isSilent(known),
    ask(lookup, done) {
      if (prefersTcp(known)) {
        askTcp(lookup, (answer) => finish(answer, done));
        return;
      }
      askUdp(lookup, (answer) => {
        if (answer === null || (answer.readUInt16BE(2) & FLAG.TC) === 0) return finish(answer, done);
        askTcp(lookup, (whole) => {
          observe(afterLongAnswer(known, whole !== null));
          if (whole === null) report();
          finish(whole, done);
        });
      });
    },
    closeWhenIdle() {
      stopTimers();
      udpPool.closeWhenIdle();
      tcpConnections.closeWhenIdle();
    },
    close() {
      stopTimers();
      udpPool.close();
      tcpConnections.close();
    },
  };
}
