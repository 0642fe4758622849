import type { UpstreamState } from '../../../shared/schemas/control-schema.ts';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import type { LinuxUdp } from '../native/linux-udp.ts';
import type { Lookup } from './lookup.ts';
import type { RandomNumbers } from './random-numbers.ts';
import { createTcpConnections } from './tcp-connections.ts';
import { createUdpPool } from './udp-pool.ts';
import { FLAG, RCODE } from './wire.ts';

/** After the first check, which is made at once, ever less often. */
const FIRST_PAUSE_MS = 1_000;
const LAST_PAUSE_MS = 30_000;
/** SERVFAIL and REFUSED in a row, by which an upstream is no use; a single one says something about a name. */
const FAILURES_THAT_COUNT = 8;
/** A change is told at once, the next one no sooner than that: clients choose which names are asked, and so what fails. */
const TELL_MS = 1_000;

/** `. NS IN`: the name servers of the root, which every resolver knows. */
const ROOT_LOOKUP: Lookup = { question: Uint8Array.of(0, 0, 2, 0, 1), flags: FLAG.RD, hasOpt: false, dnssecOk: false };

/** Called whenever the state has changed, with what is wrong, if anything is. */
export type OnUpstreamState = (state: UpstreamState, error: string | null) => void;

/** One resolver that is asked, and how it does. */
export interface Upstream {
  readonly address: SocketAddress;
  /** It answers neither way, as far as is known: to be asked last. */
  isSilent(): boolean;
  /** One try, over UDP, or over TCP where UDP is silent or the answer was cut. `done` gets null where nothing came. */
  ask(lookup: Lookup, done: (answer: Buffer | null) => void): void;
  /** It is not asked any more; what is under way may end. */
  retire(): void;
  close(): void;
}

/**
 * An upstream whose UDP is silent is asked over TCP (RFC 7766 section 5), and by questions of our own, for whose outcome no
 * client waits, until UDP answers again. A single datagram that was lost is found out by the first of them, within a round trip.
 *
 * @param onHeard called when `isSilent()` may say something else
 */
export function createUpstream(
  address: SocketAddress,
  random: RandomNumbers,
  linux: LinuxUdp | null,
  onHeard: () => void,
  onState: OnUpstreamState,
): Upstream {
  const udp = createUdpPool(address, random, linux);
  const tcp = createTcpConnections(address, random);
  let udpIsSilent = false;
  /** null as long as it was not tried since UDP fell silent. */
  let tcpAnswers: boolean | null = null;
  /** The rest of an answer that was cut over UDP could not be had, and nothing since then. */
  let longAnswersFail = false;
  let failuresInARow = 0;
  const errors = { udp: '', tcp: '', answer: '' };
  let told: UpstreamState = 'not-asked';
  let pause: NodeJS.Timeout | undefined;
  let telling: NodeJS.Timeout | undefined;
  let ended = false;

  const tell = (): void => {
    if (telling !== undefined || ended) return;
    const [state, error] = stateNow();
    if (state === told) return;
    told = state;
    onState(state, error);
    telling = setTimeout(() => {
      telling = undefined;
      tell();
    }, TELL_MS).unref();
  };
  const stateNow = (): [UpstreamState, string | null] => {
    const { udp: ofUdp, tcp: ofTcp, answer } = errors;
    if (udpIsSilent && tcpAnswers !== true) return ['silent', `UDP: ${ofUdp}; TCP: ${ofTcp}`];
    if (failuresInARow >= FAILURES_THAT_COUNT) return ['failing', answer];
    if (udpIsSilent) return ['tcp-only', `UDP: ${ofUdp}`];
    return longAnswersFail ? ['udp-only', `TCP: ${ofTcp}`] : ['answering', null];
  };

  const askUdp = (lookup: Lookup, done: (answer: Buffer | null) => void): void =>
    udp.ask(lookup, (answer, error) => {
      if (answer === null) errors.udp = error;
      if (!ended && udpIsSilent !== (answer === null)) {
        udpIsSilent = answer === null;
        clearTimeout(pause);
        onHeard();
        if (udpIsSilent) {
          tcpAnswers = null;
          check(0);
        }
      }
      done(answer);
    });

  const askTcp = (lookup: Lookup, done: (answer: Buffer | null) => void): void =>
    tcp.ask(lookup, (answer, error) => {
      if (answer === null) errors.tcp = error;
      else longAnswersFail = false;
      tcpAnswers = answer !== null;
      if (udpIsSilent) onHeard();
      done(answer);
    });

  /** Both ways at once; again after a while, as long as UDP is silent. What is answered does not matter. */
  const check = (made: number): void => {
    let open = 2;
    const done = (): void => {
      open -= 1;
      if (open > 0 || ended) return;
      tell();
      if (!udpIsSilent) return;
      clearTimeout(pause);
      pause = setTimeout(() => check(made + 1), Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** made)).unref();
    };
    askUdp(ROOT_LOOKUP, done);
    askTcp(ROOT_LOOKUP, done);
  };

  const heard = (answer: Buffer): void => {
    const rcode = answer.readUInt16BE(2) & 0xf;
    if (rcode !== RCODE.SERVFAIL && rcode !== RCODE.REFUSED) failuresInARow = 0;
    else {
      failuresInARow += 1;
      errors.answer = rcode === RCODE.REFUSED ? 'it answers REFUSED' : 'it answers SERVFAIL';
    }
    tell();
  };

  return {
    address,
    isSilent: () => udpIsSilent && tcpAnswers !== true,
    ask(lookup, done) {
      const answered = (answer: Buffer | null): void => {
        if (answer !== null) heard(answer);
        done(answer);
      };
      if (udpIsSilent && tcpAnswers !== false) {
        askTcp(lookup, answered);
        return;
      }
      askUdp(lookup, (answer) => {
        if (answer === null || (answer.readUInt16BE(2) & FLAG.TC) === 0) return answered(answer);
        askTcp(lookup, (whole) => {
          longAnswersFail = whole === null;
          if (longAnswersFail) tell();
          answered(whole);
        });
      });
    },
    retire() {
      ended = true;
      clearTimeout(pause);
      clearTimeout(telling);
      udp.retire();
      tcp.retire();
    },
    close() {
      ended = true;
      clearTimeout(pause);
      clearTimeout(telling);
      udp.close();
      tcp.close();
    },
  };
}
