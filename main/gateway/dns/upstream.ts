import type { UpstreamState } from '../../../shared/schemas/control-schema.ts';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import type { UdpTransport } from '../native/udp-transport.ts';
import type { Lookup } from './lookup.ts';
import type { RandomNumbers } from './random-numbers.ts';
import { createTcpConnections } from './tcp-connections.ts';
import { createUdpPool } from './udp-pool.ts';
import { NO_ANSWER_IN_TIME } from './upstream-channel.ts';
import { rejectsEdns, withoutEdns } from './upstream-message.ts';
import {
  afterEdnsAnswer,
  afterEdnsFailure,
  afterEdnsSilence,
  afterLateAnswer,
  afterLongAnswer,
  afterNoAnswer,
  afterRcode,
  afterTcp,
  afterUdp,
  errorOf,
  isSilent,
  leavesEdnsOut,
  NOTHING_OBSERVED,
  needsCheck,
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

/** `. NS IN`: the name servers of the root, which every resolver knows. With EDNS, as engines ask. */
const ROOT_LOOKUP: Lookup = { question: Uint8Array.of(0, 0, 2, 0, 1), flags: FLAG.RD, hasOpt: true, dnssecOk: false };

/** What an upstream did with a question that has EDNS. */
const REJECTED = 'answered FORMERR or NOTIMP';

/** Called when the state has changed, with what is wrong, if anything is. */
export type OnUpstreamState = (state: UpstreamState, error: string | null) => void;

type OnAnswer = (answer: Buffer | null) => void;

/** One upstream, and whether it answers. */
export interface Upstream {
  readonly address: SocketAddress;
  isSilent(): boolean;
  /**
   * One attempt over UDP, or over TCP where UDP is silent or cut the answer off; without EDNS where that is what it does not
   * answer. `done` gets null where nothing came in time, and `late` what came after that.
   */
  ask(lookup: Lookup, done: OnAnswer, late: (answer: Buffer) => void): void;
  /** It is not asked again; questions in flight may still be answered. */
  closeWhenIdle(): void;
  close(): void;
}

/**
 * While UDP is silent an upstream is asked over TCP (RFC 7766 section 5), and one that leaves questions with EDNS unanswered is
 * asked without. Questions of our own, which no client waits for, find out when that is over. After a single lost datagram the
 * first check finds that out within a round trip.
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

  /** Answers over UDP so far, to questions with EDNS and without. */
  const answered = { withEdns: 0, without: 0 };

  const observe = (next: UpstreamObservations): void => {
    if (next === known) return;
    const [wasSilent, wasChecked] = [isSilent(known), needsCheck(known)];
    known = next;
    if (ended) return;
    if (isSilent(known) !== wasSilent) onSilenceChange();
    if (needsCheck(known) === wasChecked) return;
    clearTimeout(checkTimer);
    if (!wasChecked) check(0);
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

  const askUdp = (lookup: Lookup, done: OnAnswer, late: OnAnswer): void => {
    const kind = lookup.hasOpt ? 'withEdns' : 'without';
    const before = answered[kind];
    udpPool.ask(
      lookup,
      (answer, error) => {
        if (answer !== null) {
          observe(afterUdp(known, null));
          if (!lookup.hasOpt || !rejectsEdns(answer)) {
            answered[kind] += 1;
            if (lookup.hasOpt) observe(afterEdnsAnswer(known));
          }
        } else if (error !== NO_ANSWER_IN_TIME || answered[kind] === before) {
          observe(afterUdp(known, error));
          if (lookup.hasOpt && error === NO_ANSWER_IN_TIME) observe(afterEdnsSilence(known));
        }
        // Else it has answered others like it since: this one was lost, or asks for what it does not know (SVCB, DNSKEY).
        done(answer);
      },
      (answer) => {
        observe(
          answer === null
            ? afterNoAnswer(known, 'udp')
            : afterLateAnswer(lookup.hasOpt && !rejectsEdns(answer) ? afterEdnsAnswer(known) : known, 'udp'),
        );
        report();
        late(answer);
      },
    );
  };

  const askTcp = (lookup: Lookup, done: OnAnswer, late: OnAnswer): void =>
    tcpConnections.ask(
      lookup,
      (answer, error) => {
        observe(afterTcp(known, answer === null ? error : null));
        done(answer);
      },
      (answer) => {
        observe(answer === null ? afterNoAnswer(known, 'tcp') : afterLateAnswer(known, 'tcp'));
        report();
        late(answer);
      },
    );

  /** Asks over UDP with EDNS and without, and over TCP, and again after a pause while something of it fails. */
  const check = (attempt: number): void => {
    let pending = 3;
    let withEdns: Buffer | null = null;
    let without: Buffer | null = null;
    const done = (): void => {
      pending -= 1;
      if (pending > 0 || ended) return;
      // Where it was refused, or others like it were answered meanwhile, it is not doubted.
      const isDoubted = known.edns === 'doubted';
      if (isDoubted && without !== null && withEdns === null) observe(afterEdnsFailure(known, 'no answer'));
      if (without !== null && withEdns !== null && rejectsEdns(withEdns)) observe(afterEdnsFailure(known, REJECTED));
      report();
      if (!needsCheck(known)) return;
      clearTimeout(checkTimer);
      const pause = Math.min(LONGEST_CHECK_PAUSE_MS, FIRST_CHECK_PAUSE_MS * 2 ** attempt);
      checkTimer = setTimeout(() => check(attempt + 1), pause).unref();
    };
    const ignore = (): void => undefined;
    askUdp(
      ROOT_LOOKUP,
      (answer) => {
        withEdns = answer;
        done();
      },
      ignore,
    );
    askUdp(
      withoutEdns(ROOT_LOOKUP),
      (answer) => {
        without = answer;
        done();
      },
      ignore,
    );
    askTcp(ROOT_LOOKUP, done, ignore);
  };

  const finish = (answer: Buffer | null, done: OnAnswer): void => {
    if (answer !== null) {
      observe(afterRcode(known, answer.readUInt16BE(2) & 0xf));
      report();
    }
    done(answer);
  };

  /** Whatever `lookup` asks for, asked again without EDNS where that is rejected (RFC 6891 section 7). */
  const unlessRejected =
    (lookup: Lookup, done: OnAnswer, late: OnAnswer, ask: typeof askUdp): OnAnswer =>
    (answer) => {
      if (answer === null || !lookup.hasOpt || !rejectsEdns(answer) || ended) {
        done(answer);
        return;
      }
      const retried: OnAnswer = (plain) => {
        // The same error again is about the question.
        if (plain !== null && !rejectsEdns(plain)) observe(afterEdnsFailure(known, REJECTED));
        done(plain ?? answer);
      };
      ask(withoutEdns(lookup), retried, late);
    };

  const askOverTcp = (lookup: Lookup, done: OnAnswer, late: OnAnswer): void =>
    askTcp(
      lookup,
      unlessRejected(lookup, (answer) => finish(answer, done), late, askTcp),
      late,
    );

  const askOverUdp = (lookup: Lookup, done: OnAnswer, late: OnAnswer): void => {
    const finishOrFetch = (answer: Buffer | null): void => {
      if (answer === null || !isCutOff(answer)) {
        finish(answer, done);
        return;
      }
      askTcp(
        lookup,
        (whole) => {
          observe(afterLongAnswer(known, whole !== null));
          if (whole === null) report();
          // A part of the addresses is better than none.
          finish(whole ?? answer, done);
        },
        late,
      );
    };
    askUdp(lookup, unlessRejected(lookup, finishOrFetch, late, askUdp), late);
  };

  const stopTimers = (): void => {
    ended = true;
    clearTimeout(checkTimer);
    clearTimeout(reportTimer);
  };

  return {
    address,
    isSilent: () => isSilent(known),
    ask(lookup, done, whenLate) {
      const late: OnAnswer = (answer) => {
        if (answer !== null && !isCutOff(answer)) whenLate(answer);
      };
      const asked = leavesEdnsOut(known, lookup) ? withoutEdns(lookup) : lookup;
      if (!prefersTcp(known)) askOverUdp(asked, done, late);
      else if (asked === lookup || known.tcpAnswers !== null) askOverTcp(asked, done, late);
      else {
        // It is not known yet what the silence was about, UDP or EDNS.
        const first = firstAnswer(done);
        askOverTcp(lookup, first, late);
        askOverUdp(asked, first, late);
      }
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

function isCutOff(answer: Buffer): boolean {
  return (answer.readUInt16BE(2) & FLAG.TC) !== 0;
}

/** For two questions: calls `done` once, with the first answer, or with null after two failures. */
function firstAnswer(done: OnAnswer): OnAnswer {
  let open = 2;
  let isDone = false;
  return (answer) => {
    open -= 1;
    if (isDone || (answer === null && open > 0)) return;
    isDone = true;
    done(answer);
  };
}
