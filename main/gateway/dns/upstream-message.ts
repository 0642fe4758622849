import type { Lookup } from './lookup.ts';
import {
  type AnswerEnd,
  capTtls,
  FLAG,
  HEADER_BYTES,
  lowerCase,
  OUR_UDP_BYTES,
  putU16,
  RCODE,
  TYPE,
  u16,
} from './wire.ts';

const OPT_BYTES = 11;

/** A message of our own with the client's question. OPT is for one hop and never forwarded (RFC 6891 section 6.1.1). */
export function questionMessage(id: number, lookup: Lookup): Buffer {
  const { question } = lookup;
  const end = HEADER_BYTES + question.length + (lookup.hasOpt ? OPT_BYTES : 0);
  // From the pool: allocating for each question would cost more than everything else.
  const message = Buffer.allocUnsafe(end);
  for (let i = 0; i < end; i += 1) {
    const inQuestion = i - HEADER_BYTES;
    message[i] = inQuestion >= 0 && inQuestion < question.length ? (question[inQuestion] as number) : 0;
  }
  putU16(message, 0, id);
  putU16(message, 2, lookup.flags & (FLAG.RD | FLAG.AD | FLAG.CD));
  putU16(message, 4, 1);
  if (lookup.hasOpt) {
    putU16(message, 10, 1);
    writeOpt(message, HEADER_BYTES + question.length, lookup.dnssecOk);
  }
  return message;
}

/** Writes an OPT record without options. */
function writeOpt(message: Buffer, at: number, dnssecOk: boolean): void {
  for (let i = 0; i < OPT_BYTES; i += 1) message[at + i] = 0;
  putU16(message, at + 1, TYPE.OPT);
  putU16(message, at + 3, OUR_UDP_BYTES);
  if (dnssecOk) message[at + 7] = 0x80;
}

/**
 * `message` as the answer to this question, which is then spelled as it was asked; null where it answers another one (RFC 5452
 * section 9.1). The caller compares the id. Harmless differences are none: letters in another case (RFC 4343), and an error that
 * leaves the question out, as some servers send those that they did not read. Changes `message` or copies it.
 */
export function answerTo(message: Buffer, lookup: Lookup): Buffer | null {
  const { question } = lookup;
  if (message.length < HEADER_BYTES) return null;
  const flags = u16(message, 2);
  if ((flags & FLAG.QR) === 0 || (flags & FLAG.OPCODE) !== 0) return null;
  const questions = u16(message, 4);
  if (questions === 0) return isError(flags & 0xf) && u16(message, 6) === 0 ? bareError(message, question) : null;
  if (questions !== 1 || message.length < HEADER_BYTES + question.length) return null;
  const typeAt = question.length - 4;
  let isRespelled = false;
  for (let i = 0; i < question.length; i += 1) {
    const [theirs, ours] = [message[HEADER_BYTES + i] as number, question[i] as number];
    if (theirs === ours) continue;
    if (i >= typeAt || lowerCase(theirs) !== lowerCase(ours)) return null;
    isRespelled = true;
  }
  if (isRespelled) message.set(question, HEADER_BYTES);
  return message;
}

function isError(rcode: number): boolean {
  return rcode === RCODE.FORMERR || rcode === RCODE.SERVFAIL || rcode === RCODE.NOTIMP || rcode === RCODE.REFUSED;
}

/** An error without a question or any record, with the question put back. */
function bareError(message: Buffer, question: Uint8Array): Buffer {
  const whole = Buffer.alloc(HEADER_BYTES + question.length);
  whole.set(message.subarray(0, 4));
  putU16(whole, 4, 1);
  whole.set(question, HEADER_BYTES);
  return whole;
}

/** The same question without EDNS. */
export function withoutEdns(lookup: Lookup): Lookup {
  return { ...lookup, hasOpt: false, dnssecOk: false };
}

/** Whether the server does not know EDNS and has to be asked without (RFC 6891 section 7). */
export function rejectsEdns(answer: Buffer): boolean {
  const rcode = u16(answer, 2) & 0xf;
  return (rcode === RCODE.FORMERR || rcode === RCODE.NOTIMP) && u16(answer, 10) === 0;
}

/**
 * An upstream's answer as a client gets it: no TTL above `maxTtl` seconds, and an OPT of our own if the client sent one, else
 * none (RFC 6891 sections 6.1.1 and 7: OPT is for one hop, neither forwarded nor cached). Of the upstream's options only extended
 * errors are kept (RFC 8914): they concern the question. Changes `answer` or copies it; null for a broken one.
 */
export function answerForClient(answer: Buffer, lookup: Lookup, maxTtl: number): Buffer | null {
  if (!capTtls(answer, answer.length, maxTtl, end)) return null;
  const { at, hasOpt, additional } = end;
  // Not owned by the root, or an error about our OPT (BADVERS, BADCOOKIE): no answer to the question.
  if (hasOpt && (answer[at] !== 0 || answer[at + 5] !== 0)) return null;
  // Records after OPT are left out: moving them would break their pointers, and an answer is complete without (RFC 2181 section 9).
  putU16(answer, 10, additional + (lookup.hasOpt ? 1 : 0));
  if (!lookup.hasOpt) return answer.subarray(0, at);
  const message = hasOpt ? answer : Buffer.concat([answer.subarray(0, at), Buffer.alloc(OPT_BYTES)]);
  const optionsAt = at + OPT_BYTES;
  const errorsEnd = hasOpt ? keepErrors(message, optionsAt, u16(message, at + 9)) : optionsAt;
  writeOpt(message, at, lookup.dnssecOk);
  putU16(message, at + 9, errorsEnd - optionsAt);
  return message.subarray(0, errorsEnd);
}

const end: AnswerEnd = { at: 0, hasOpt: false, additional: 0 };

const EXTENDED_ERROR = 15;

/** Moves the extended errors among the options to their front. Returns where they end. */
function keepErrors(message: Buffer, at: number, length: number): number {
  let kept = at;
  for (let option = at; option + 4 <= at + length; ) {
    const next = option + 4 + u16(message, option + 2);
    if (next > at + length) break;
    if (u16(message, option) === EXTENDED_ERROR) {
      message.copy(message, kept, option, next);
      kept += next - option;
    }
    option = next;
  }
  return kept;
}
