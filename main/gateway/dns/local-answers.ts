import { FLAG, HEADER_BYTES, OUR_UDP_BYTES, type Query, RCODE, type Rcode, TYPE } from './wire.ts';

/**
 * Every answer that does not come from an upstream. None is authoritative (AA=0) and none claims to be signed (AD=0): a
 * validating client must not be told that a denied name provably does not exist.
 */

/** RFC 8914 section 4: the extended errors in our answers. */
export const EDE = { OTHER: 0, BLOCKED: 15, PROHIBITED: 18, NOT_SUPPORTED: 21, NO_REACHABLE_AUTHORITY: 22 } as const;

/** Long enough for a sentence, short enough that every such answer fits into 512 bytes. */
export const MAX_EDE_TEXT_BYTES = 100;

/** A denied name may be allowed a moment later; TTL and MINIMUM (RFC 2308 section 5) tell every cache. */
const NEGATIVE_TTL_SECONDS = 2;

/** The longest local answer: header, longest question, SOA, OPT with its error. */
export const MAX_LOCAL_ANSWER_BYTES = HEADER_BYTES + 255 + 4 + 33 + 11 + 6 + MAX_EDE_TEXT_BYTES;

const DO_BYTE_IN_OPT = 7;

/** UTF-8, cut between characters to at most `MAX_EDE_TEXT_BYTES` bytes. */
function cutText(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= MAX_EDE_TEXT_BYTES) return bytes;
  let end = MAX_EDE_TEXT_BYTES;
  while (((bytes[end] as number) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end);
}

/** OPT (RFC 6891 section 6.1.2) with one extended error (RFC 8914 section 2), or none. */
function optRecord(error?: { code: number; text: string }): Uint8Array {
  const text = error ? cutText(error.text) : new Uint8Array(0);
  const dataBytes = error ? 6 + text.length : 0;
  const record = new Uint8Array(11 + dataBytes);
  const view = new DataView(record.buffer);
  view.setUint16(1, TYPE.OPT);
  view.setUint16(3, OUR_UDP_BYTES);
  view.setUint16(9, dataBytes);
  if (error) {
    view.setUint16(11, 15);
    view.setUint16(13, 2 + text.length);
    view.setUint16(15, error.code);
    record.set(text, 17);
  }
  return record;
}

/** The SOA of a negative answer (RFC 2308 section 3). Its serial shows the generation, for example to `dig`. */
function soaRecord(generation: number): Uint8Array {
  const record = new Uint8Array(33);
  const view = new DataView(record.buffer);
  view.setUint16(1, TYPE.SOA);
  view.setUint16(3, 1);
  view.setUint32(5, NEGATIVE_TTL_SECONDS);
  view.setUint16(9, 22);
  view.setUint32(13, generation % 2 ** 32);
  view.setUint32(17, 3600);
  view.setUint32(21, 600);
  view.setUint32(25, 86400);
  view.setUint32(29, NEGATIVE_TTL_SECONDS);
  return record;
}

/** What follows the question in answers to denied names: made once per rule set, copied per question. */
export interface DeniedTail {
  soa: Uint8Array;
  opt: Uint8Array;
}

export function deniedTail(generation: number, text: string): DeniedTail {
  return { soa: soaRecord(generation), opt: optRecord({ code: EDE.BLOCKED, text }) };
}

const plainOpt = optRecord();
const errorOpts = new Map<string, Uint8Array>();

function writeHeader(query: Query, rcode: number, out: Uint8Array, counts: number): void {
  // RD and CD are copied (RFC 1035 section 4.1.1, RFC 4035 section 3.2.2); RA: recursion is what we are asked for.
  const flags = FLAG.QR | (query.flags & (FLAG.OPCODE | FLAG.RD | FLAG.CD)) | FLAG.RA | (rcode & 0xf);
  out[0] = query.id >> 8;
  out[1] = query.id & 0xff;
  out[2] = flags >> 8;
  out[3] = flags & 0xff;
  out[4] = 0;
  out[5] = counts & 1;
  out[6] = 0;
  out[7] = 0;
  out[8] = 0;
  out[9] = (counts >> 1) & 1;
  out[10] = 0;
  out[11] = (counts >> 2) & 1;
}

const QUESTION = 1;
const AUTHORITY = 2;
const ADDITIONAL = 4;

function copyQuestion(question: Uint8Array, query: Query, out: Uint8Array): number {
  // Byte for byte, so that the client gets its own spelling back (RFC 4343 section 4).
  for (let i = HEADER_BYTES; i < query.end; i += 1) out[i] = question[i] as number;
  return query.end;
}

function appendOpt(query: Query, out: Uint8Array, at: number, opt: Uint8Array, extendedRcode: number): number {
  out.set(opt, at);
  out[at + 5] = extendedRcode;
  // RFC 3225 section 3: DO is returned as it was sent.
  if (query.dnssecOk) out[at + DO_BYTE_IN_OPT] = 0x80;
  return at + opt.length;
}

function negative(rcode: Rcode, question: Uint8Array, query: Query, tail: DeniedTail, out: Uint8Array): number {
  writeHeader(query, rcode, out, QUESTION | AUTHORITY | (query.hasOpt ? ADDITIONAL : 0));
  const at = copyQuestion(question, query, out);
  out.set(tail.soa, at);
  const end = at + tail.soa.length;
  return query.hasOpt ? appendOpt(query, out, end, tail.opt, 0) : end;
}

/** "No such name", for every type. Like all functions here it writes to `out` and returns the answer's length in bytes. */
export function denied(question: Uint8Array, query: Query, tail: DeniedTail, out: Uint8Array): number {
  return negative(RCODE.NXDOMAIN, question, query, tail, out);
}

/** "No such type", for names above an allowed one: NXDOMAIN would cover that one too (RFC 8020). */
export function noData(question: Uint8Array, query: Query, tail: DeniedTail, out: Uint8Array): number {
  return negative(RCODE.NOERROR, question, query, tail, out);
}

/** FORMERR and NOTIMP: the question could not be read, so only the header is returned. */
export function headerOnly(rcode: Rcode, query: Query, out: Uint8Array): number {
  writeHeader(query, rcode, out, 0);
  return HEADER_BYTES;
}

/** REFUSED, SERVFAIL and BADVERS, with the question and an extended error if the client speaks EDNS. */
export function failure(
  rcode: Rcode,
  question: Uint8Array,
  query: Query,
  out: Uint8Array,
  error?: { code: number; text: string },
): number {
  writeHeader(query, rcode, out, QUESTION | (query.hasOpt ? ADDITIONAL : 0));
  const at = copyQuestion(question, query, out);
  if (!query.hasOpt) return at;
  return appendOpt(query, out, at, error ? errorOpt(error) : plainOpt, rcode >> 4);
}

function errorOpt(error: { code: number; text: string }): Uint8Array {
  const key = `${error.code} ${error.text}`;
  let opt = errorOpts.get(key);
  if (!opt) {
    opt = optRecord(error);
    errorOpts.set(key, opt);
  }
  return opt;
}

/** Header and question with TC, for an answer that does not fit: the client asks again over TCP (RFC 2181 section 9). */
export function truncated(rcode: number, query: Query, question: Uint8Array, out: Uint8Array): number {
  writeHeader(query, rcode, out, QUESTION | (query.hasOpt ? ADDITIONAL : 0));
  out[2] = (out[2] as number) | (FLAG.TC >> 8);
  const at = copyQuestion(question, query, out);
  return query.hasOpt ? appendOpt(query, out, at, plainOpt, 0) : at;
}
