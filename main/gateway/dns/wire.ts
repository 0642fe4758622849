/**
 * The part of DNS messages (RFC 1035 section 4) that a filter needs: the header, one question, the OPT record.
 * Everything works on bytes in place and allocates nothing; names become text only for people.
 */

export const HEADER_BYTES = 12;
/** RFC 1035 section 2.3.4: a name, with its length bytes and the root's. */
export const MAX_NAME_BYTES = 255;
/** RFC 1035 section 4.2.1: what a client without EDNS accepts over UDP. */
export const PLAIN_UDP_BYTES = 512;
/** What we accept over UDP: below the usual path MTU (https://www.dnsflagday.net/2020/). */
export const OUR_UDP_BYTES = 1232;

export const RCODE = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5, BADVERS: 16 } as const;
export type Rcode = (typeof RCODE)[keyof typeof RCODE];

export const TYPE = { A: 1, CNAME: 5, SOA: 6, AAAA: 28, OPT: 41, IXFR: 251, AXFR: 252, ANY: 255 } as const;
export const CLASS_IN = 1;

/** Bits of the header's second 16-bit word (RFC 1035 section 4.1.1, RFC 4035 section 3). */
export const FLAG = {
  QR: 0x8000,
  OPCODE: 0x7800,
  AA: 0x0400,
  TC: 0x0200,
  RD: 0x0100,
  RA: 0x0080,
  AD: 0x0020,
  CD: 0x0010,
};

/** What `readQuery` makes of a message. */
export type QueryVerdict =
  /** One well-formed question. */
  | 'question'
  /** Too short for a header, or an answer: answering it would let two servers talk to each other for ever. */
  | 'drop'
  | 'formerr'
  /** An opcode other than QUERY. */
  | 'notimp'
  /** EDNS version other than 0 (RFC 6891 section 6.1.3). */
  | 'badvers';

/** Filled in place by `readQuery`; fields after `flags` are valid only for the verdicts `question` and `badvers`. */
export interface Query {
  id: number;
  flags: number;
  /** Where the question ends: its name starts at byte 12 and its type and class are the four bytes before this. */
  end: number;
  type: number;
  class: number;
  hasOpt: boolean;
  /** What the client accepts over UDP, in bytes; 512 without OPT and never less (RFC 6891 section 6.2.5). */
  udpBytes: number;
  /** The DO bit (RFC 3225). */
  dnssecOk: boolean;
}

export function newQuery(): Query {
  return { id: 0, flags: 0, end: 0, type: 0, class: 0, hasOpt: false, udpBytes: PLAIN_UDP_BYTES, dnssecOk: false };
}

/** Numbers in DNS are big-endian. */
export function u16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

export function u32(bytes: Uint8Array, at: number): number {
  return u16(bytes, at) * 0x10000 + u16(bytes, at + 2);
}

export function putU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value & 0xff;
}

/** An ASCII letter in lower case (RFC 4343). The length bytes of a name are below all letters, and stay unchanged. */
export function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte;
}

/**
 * The position behind the uncompressed name at `at`, or -1. Compression pointers are rejected: nothing precedes a question
 * that they could point to, and a filter that followed them could be made to see another name than the resolver.
 */
export function endOfPlainName(bytes: Uint8Array, length: number, at: number): number {
  const limit = Math.min(length, at + MAX_NAME_BYTES);
  let position = at;
  while (position < limit) {
    const label = bytes[position] as number;
    if (label === 0) return position + 1;
    if (label > 63) return -1;
    position += label + 1;
  }
  return -1;
}

/** The position behind a name that may end in a compression pointer (RFC 1035 section 4.1.4), or -1. */
export function endOfName(bytes: Uint8Array, length: number, at: number): number {
  const limit = Math.min(length, at + MAX_NAME_BYTES);
  let position = at;
  while (position < limit) {
    const label = bytes[position] as number;
    if (label === 0) return position + 1;
    if (label >= 0xc0) return position + 2 <= length ? position + 2 : -1;
    if (label > 63) return -1;
    position += label + 1;
  }
  return -1;
}

/** Reads a client's message, the first `length` bytes of `bytes`. */
export function readQuery(bytes: Uint8Array, length: number, query: Query): QueryVerdict {
  if (length < HEADER_BYTES) return 'drop';
  query.id = u16(bytes, 0);
  const flags = u16(bytes, 2);
  query.flags = flags;
  query.end = HEADER_BYTES;
  query.hasOpt = false;
  query.udpBytes = PLAIN_UDP_BYTES;
  query.dnssecOk = false;
  if ((flags & FLAG.QR) !== 0) return 'drop';
  if ((flags & FLAG.OPCODE) !== 0) return 'notimp';
  // RFC 9619: a QUERY has exactly one question, else FORMERR.
  if (u16(bytes, 4) !== 1) return 'formerr';
  const nameEnd = endOfPlainName(bytes, length, HEADER_BYTES);
  if (nameEnd === -1 || nameEnd + 4 > length) return 'formerr';
  query.type = u16(bytes, nameEnd);
  query.class = u16(bytes, nameEnd + 2);
  query.end = nameEnd + 4;
  const answers = u16(bytes, 6);
  const authorities = u16(bytes, 8);
  const additional = u16(bytes, 10);
  // An IXFR question carries the client's SOA (RFC 1995 section 3); it is refused by type.
  if (answers !== 0 || (authorities !== 0 && query.type !== TYPE.IXFR)) return 'formerr';
  return additional === 0 || authorities !== 0 ? 'question' : readAdditional(bytes, length, additional, query);
}

function readAdditional(bytes: Uint8Array, length: number, count: number, query: Query): QueryVerdict {
  let position = query.end;
  let version = 0;
  // Nobody sends more than OPT and a signature (TSIG, SIG(0)); a count of 65535 must cost nothing.
  if (count > 4) return 'formerr';
  for (let record = 0; record < count; record += 1) {
    const name = position;
    position = endOfName(bytes, length, position);
    if (position === -1 || position + 10 > length) return 'formerr';
    if (u16(bytes, position) === TYPE.OPT) {
      // RFC 6891 sections 6.1.1 and 6.1.2: at most one, owned by the root.
      if (query.hasOpt || bytes[name] !== 0) return 'formerr';
      query.hasOpt = true;
      query.udpBytes = Math.max(PLAIN_UDP_BYTES, u16(bytes, position + 2));
      version = bytes[position + 5] as number;
      query.dnssecOk = ((bytes[position + 6] as number) & 0x80) !== 0;
    }
    position += 10 + u16(bytes, position + 8);
    if (position > length) return 'formerr';
  }
  return version === 0 ? 'question' : 'badvers';
}

/**
 * A name for people and for `decide`: lower case, no trailing dot, the root is the empty string. Bytes that do not belong in a
 * host name, and dots inside a label, are written `\DDD` (RFC 1035 section 5.1), so that no odd name looks like a plain one.
 */
export function nameAsText(bytes: Uint8Array, at: number): string {
  let text = '';
  let position = at;
  for (;;) {
    const label = bytes[position] as number;
    if (label === undefined || label === 0 || label > 63) return text;
    if (text !== '') text += '.';
    for (let i = position + 1; i <= position + label; i += 1) {
      const byte = bytes[i] as number;
      if (byte >= 0x41 && byte <= 0x5a) text += String.fromCharCode(byte + 32);
      else if (byte > 0x20 && byte < 0x7f && byte !== 0x2e && byte !== 0x5c) text += String.fromCharCode(byte);
      else text += `\\${String(byte).padStart(3, '0')}`;
    }
    position += label + 1;
  }
}

/** A host name as question bytes; null where a label or the name is too long, or a label is empty. */
export function nameAsBytes(host: string): Uint8Array | null {
  const labels = host === '' ? [] : host.split('.');
  const bytes = new Uint8Array(MAX_NAME_BYTES);
  let at = 0;
  for (const label of labels) {
    if (label.length === 0 || label.length > 63 || at + label.length + 2 > MAX_NAME_BYTES) return null;
    bytes[at++] = label.length;
    for (let i = 0; i < label.length; i += 1) {
      const code = label.charCodeAt(i);
      if (code > 0x7f) return null;
      bytes[at++] = code;
    }
  }
  return bytes.subarray(0, at + 1);
}

/** Whether the name at `at` is `suffix`, a lower-case wire name, or lies below it; case does not matter (RFC 4343). */
export function isAtOrBelow(bytes: Uint8Array, at: number, suffix: Uint8Array): boolean {
  let position = at;
  let end = endOfPlainName(bytes, bytes.length, at);
  if (end === -1) return false;
  end -= suffix.length;
  while (position < end) position += (bytes[position] as number) + 1;
  if (position !== end) return false;
  for (let i = 0; i < suffix.length; i += 1) {
    if (lowerCase(bytes[end + i] as number) !== suffix[i]) return false;
  }
  return true;
}

/** The same, without the name itself. */
export function isBelow(bytes: Uint8Array, at: number, suffix: Uint8Array): boolean {
  return isAtOrBelow(bytes, at, suffix) && endOfPlainName(bytes, bytes.length, at) - at > suffix.length;
}

/** Where an answer's records end. */
export interface AnswerEnd {
  /** Where its OPT record begins, or where the message ends if it has none. */
  at: number;
  hasOpt: boolean;
  /** Additional records before that. */
  additional: number;
}

/**
 * Caps every TTL of an answer at `maxTtl` seconds, in place, except OPT's, which is no TTL. A TTL with its top bit set counts
 * as 0 (RFC 2181 section 8). Returns whether the message is complete: a broken answer is not passed on.
 * @param end filled in place; valid for a complete message only
 */
export function capTtls(bytes: Uint8Array, length: number, maxTtl: number, end?: AnswerEnd): boolean {
  if (length < HEADER_BYTES) return false;
  let position = HEADER_BYTES;
  for (let questions = u16(bytes, 4); questions > 0; questions -= 1) {
    position = endOfName(bytes, length, position);
    if (position === -1 || position + 4 > length) return false;
    position += 4;
  }
  const additional = u16(bytes, 10);
  let opt = -1;
  let beforeOpt = 0;
  for (let records = u16(bytes, 6) + u16(bytes, 8) + additional; records > 0; records -= 1) {
    const owner = position;
    position = endOfName(bytes, length, position);
    if (position === -1 || position + 10 > length) return false;
    const ttl = position + 4;
    if (u16(bytes, position) !== TYPE.OPT) {
      const high = u16(bytes, ttl);
      const low = u16(bytes, ttl + 2);
      const capped = high >= 0x8000 ? 0 : high > 0 || low > maxTtl ? maxTtl : low;
      bytes[ttl] = 0;
      bytes[ttl + 1] = 0;
      bytes[ttl + 2] = capped >> 8;
      bytes[ttl + 3] = capped & 0xff;
    } else if (opt === -1 && records <= additional) {
      opt = owner;
      beforeOpt = additional - records;
    }
    position += 10 + u16(bytes, position + 8);
    if (position > length) return false;
  }
  if (end !== undefined) {
    end.hasOpt = opt !== -1;
    end.at = end.hasOpt ? opt : position;
    end.additional = end.hasOpt ? beforeOpt : additional;
  }
  return true;
}
