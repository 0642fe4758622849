import type { UpstreamState } from '../../../shared/schemas/control-schema.ts';
import { RCODE } from './wire.ts';

/** This many SERVFAIL and REFUSED in a row say something about the upstream; a single one says something about a name. */
const FAILURES_THAT_COUNT = 8;

/**
 * What is known of one upstream by its answers. Each function below returns what is known after one more event, and the same
 * object where that changes nothing, as with nearly every answer.
 */
export interface UpstreamObservations {
  readonly hasAnswered: boolean;
  readonly udpIsSilent: boolean;
  /** null until TCP has been tried since UDP fell silent. */
  readonly tcpAnswers: boolean | null;
  /** The last answer that was cut off over UDP could not be fetched over TCP. */
  readonly longAnswersFail: boolean;
  readonly failuresInARow: number;
  readonly udpError: string;
  readonly tcpError: string;
  readonly answerError: string;
}

export const NOTHING_OBSERVED: UpstreamObservations = {
  hasAnswered: false,
  udpIsSilent: false,
  tcpAnswers: null,
  longAnswersFail: false,
  failuresInARow: 0,
  udpError: '',
  tcpError: '',
  answerError: '',
};

/** @param error null where UDP answered */
export function afterUdp(known: UpstreamObservations, error: string | null): UpstreamObservations {
  if (error !== null) {
    // What TCP did before UDP fell silent says nothing about now.
    const tcpAnswers = known.udpIsSilent ? known.tcpAnswers : null;
    return { ...known, udpIsSilent: true, tcpAnswers, udpError: error };
  }
  if (known.hasAnswered && !known.udpIsSilent) return known;
  return { ...known, hasAnswered: true, udpIsSilent: false };
}

/** @param error null where TCP answered */
export function afterTcp(known: UpstreamObservations, error: string | null): UpstreamObservations {
  if (error !== null) return { ...known, tcpAnswers: false, tcpError: error };
  if (known.hasAnswered && known.tcpAnswers === true && !known.longAnswersFail) return known;
  return { ...known, hasAnswered: true, tcpAnswers: true, longAnswersFail: false };
}

/** After an answer was cut off over UDP and fetched over TCP, or not. */
export function afterLongAnswer(known: UpstreamObservations, wasComplete: boolean): UpstreamObservations {
  return known.longAnswersFail === !wasComplete ? known : { ...known, longAnswersFail: !wasComplete };
}

export function afterRcode(known: UpstreamObservations, rcode: number): UpstreamObservations {
  if (rcode !== RCODE.SERVFAIL && rcode !== RCODE.REFUSED) {
    return known.failuresInARow === 0 ? known : { ...known, failuresInARow: 0 };
  }
  const answerError = rcode === RCODE.REFUSED ? 'answered REFUSED' : 'answered SERVFAIL';
  return { ...known, failuresInARow: known.failuresInARow + 1, answerError };
}

/** It answers neither over UDP nor, as far as is known, over TCP: other upstreams are asked first. */
export function isSilent(known: UpstreamObservations): boolean {
  return known.udpIsSilent && known.tcpAnswers !== true;
}

/** Whether to ask over TCP at once instead of waiting for a silent UDP (RFC 7766 section 5). */
export function prefersTcp(known: UpstreamObservations): boolean {
  return known.udpIsSilent && known.tcpAnswers !== false;
}

export function stateOf(known: UpstreamObservations): UpstreamState {
  if (isSilent(known)) return 'silent';
  if (known.failuresInARow >= FAILURES_THAT_COUNT) return 'failing';
  if (known.udpIsSilent) return 'tcp-only';
  if (known.longAnswersFail) return 'udp-only';
  return known.hasAnswered ? 'answering' : 'not-asked';
}

/** What is wrong, in the words of the protocol; null where nothing is. */
export function errorOf(known: UpstreamObservations): string | null {
  switch (stateOf(known)) {
    case 'silent':
      return `UDP: ${known.udpError}; TCP: ${known.tcpError}`;
    case 'failing':
      return known.answerError;
    case 'tcp-only':
      return `UDP: ${known.udpError}`;
    case 'udp-only':
      return `TCP: ${known.tcpError}`;
    case 'answering':
    case 'not-asked':
      return null;
  }
}
