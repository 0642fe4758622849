import type { UpstreamState } from '../../../shared/schemas/control-schema.ts';
import type { Lookup } from './lookup.ts';
import { ATTEMPT_MS } from './upstream-channel.ts';
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
  /** Where answers came, but only after questions had been given up. */
  readonly slow: 'udp' | 'tcp' | null;
  /**
   * Whether it answers questions with EDNS over UDP. `doubted`: one was not answered, and it is not known yet whether the same
   * happens to one without. Firewalls and home routers drop them; old servers answer FORMERR or NOTIMP (RFC 6891 section 7).
   */
  readonly edns: 'fine' | 'doubted' | 'fails';
  /** The last answer that was cut off over UDP could not be fetched over TCP. */
  readonly longAnswersFail: boolean;
  readonly failuresInARow: number;
  readonly udpError: string;
  readonly tcpError: string;
  readonly ednsError: string;
  readonly answerError: string;
}

export const NOTHING_OBSERVED: UpstreamObservations = {
  hasAnswered: false,
  udpIsSilent: false,
  tcpAnswers: null,
  slow: null,
  edns: 'fine',
  longAnswersFail: false,
  failuresInARow: 0,
  udpError: '',
  tcpError: '',
  ednsError: '',
  answerError: '',
};

/** @param error null where UDP answered */
export function afterUdp(known: UpstreamObservations, error: string | null): UpstreamObservations {
  if (error !== null) {
    // What TCP did before UDP fell silent says nothing about now.
    const tcpAnswers = known.udpIsSilent ? known.tcpAnswers : null;
    return { ...known, udpIsSilent: true, tcpAnswers, udpError: error };
  }
  if (known.hasAnswered && !known.udpIsSilent && known.slow === null) return known;
  return { ...known, hasAnswered: true, udpIsSilent: false, slow: null };
}

/** @param error null where TCP answered */
export function afterTcp(known: UpstreamObservations, error: string | null): UpstreamObservations {
  // Where it is known to be slow it is still asked that way.
  if (error !== null) return { ...known, tcpAnswers: known.slow === 'tcp', tcpError: error };
  if (known.hasAnswered && known.tcpAnswers === true && !known.longAnswersFail && known.slow === null) return known;
  return { ...known, hasAnswered: true, tcpAnswers: true, longAnswersFail: false, slow: null };
}

/** After an answer that came too late to be waited for. It changes nothing in who is asked first: quick upstreams are. */
export function afterLateAnswer(known: UpstreamObservations, over: 'udp' | 'tcp'): UpstreamObservations {
  if (known.hasAnswered && known.slow === over) return known;
  return { ...known, hasAnswered: true, slow: over, tcpAnswers: over === 'tcp' ? true : known.tcpAnswers };
}

/** After a question was never answered. */
export function afterNoAnswer(known: UpstreamObservations, over: 'udp' | 'tcp'): UpstreamObservations {
  if (known.slow !== over) return known;
  return { ...known, slow: null, tcpAnswers: over === 'tcp' ? false : known.tcpAnswers };
}

/** After a question with EDNS was answered over UDP. */
export function afterEdnsAnswer(known: UpstreamObservations): UpstreamObservations {
  return known.edns === 'fine' ? known : { ...known, edns: 'fine' };
}

/** After a question with EDNS was not answered over UDP. */
export function afterEdnsSilence(known: UpstreamObservations): UpstreamObservations {
  return known.edns === 'fine' ? { ...known, edns: 'doubted' } : known;
}

/** @param ednsError what it does with questions that have EDNS, although it answers those that have none */
export function afterEdnsFailure(known: UpstreamObservations, ednsError: string): UpstreamObservations {
  return known.edns === 'fails' && known.ednsError === ednsError ? known : { ...known, edns: 'fails', ednsError };
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

/** It answers neither over UDP nor, as far as is known, over TCP, or too late: other upstreams are asked first. */
export function isSilent(known: UpstreamObservations): boolean {
  return known.udpIsSilent && (known.tcpAnswers !== true || known.slow === 'tcp');
}

/** Whether to ask over TCP at once instead of waiting for a silent UDP (RFC 7766 section 5). */
export function prefersTcp(known: UpstreamObservations): boolean {
  return known.udpIsSilent && known.tcpAnswers !== false;
}

/**
 * Whether to leave EDNS out of this question. Where it is only doubted, who wants signatures (DO) is asked for as before: an
 * answer without them would be taken for a forged one.
 */
export function leavesEdnsOut(known: UpstreamObservations, { hasOpt, dnssecOk }: Lookup): boolean {
  return hasOpt && (known.edns === 'fails' || (known.edns === 'doubted' && !dnssecOk));
}

/** Whether questions of our own have to find out when this is over. */
export function needsCheck(known: UpstreamObservations): boolean {
  return known.udpIsSilent || known.edns !== 'fine';
}

export function stateOf(known: UpstreamObservations): UpstreamState {
  if (isSilent(known)) return known.slow === null ? 'silent' : 'slow';
  if (known.failuresInARow >= FAILURES_THAT_COUNT) return 'failing';
  if (known.udpIsSilent) return 'tcp-only';
  if (known.longAnswersFail) return 'udp-only';
  if (known.edns === 'fails') return 'no-edns';
  return known.hasAnswered ? 'answering' : 'not-asked';
}

/** What is wrong, in the words of the protocol; null where nothing is. */
export function errorOf(known: UpstreamObservations): string | null {
  switch (stateOf(known)) {
    case 'silent':
      return `UDP: ${known.udpError}; TCP: ${known.tcpError}`;
    case 'slow':
      return `answered after more than ${ATTEMPT_MS / 1000} s`;
    case 'failing':
      return known.answerError;
    case 'tcp-only':
      return `UDP: ${known.udpError}`;
    case 'udp-only':
      return `TCP: ${known.tcpError}`;
    case 'no-edns':
      return `EDNS: ${known.ednsError}`;
    case 'answering':
    case 'not-asked':
      return null;
  }
}
