import { type RegistryLines, roomForLines, utf8Length, writeUtf8 } from '../rule-set/lines.ts';
import { canonical, contentDigest } from './content-digest.ts';
import { isPlainEntry } from './registry-entries.ts';
import { MAX_ADDRESS_UNITS, MAX_NICKNAME_UNITS, MAX_REGISTRIES, type RegistryEntry } from './schema.ts';
import { decodeUtf8 } from './signed-document.ts';

/**
 * A reader for policies with long lists: it makes no object and no string of a line, where JSON.parse makes a million. It refuses nothing:
 * whatever it does not take is for JSON.parse and the schemas, which say what is wrong. What it takes, they take too, and read the same.
 */

/** What a policy says beside its list, and where that is. */
export interface LongList {
  /** All claims, as JSON.parse makes them; `registries` is no list here. */
  claims: Readonly<Record<string, unknown>>;
  /** Where in the payload the first line may begin. */
  start: number;
  lines: number;
  /** Of all addresses and nicknames, in UTF-8. */
  textBytes: number;
}

/** More beside the list is not what this is for. */
const MOST_BESIDE = 16 * 2 ** 20;

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
const LIST = ascii('"registries":[');
const ADDRESS = ascii('{"address":"');
const NICKNAME = ascii(',"nickname":"');
const [QUOTE, BACKSLASH, COMMA, OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = ascii('"\\,{}[]') as unknown as number[];

/** null where the list is not written as hubs write it, or anything is wrong with it. */
export function findLongList(payload: Uint8Array): LongList | null {
  const listAt = indexOf(payload, LIST);
  if (listAt < 0) return null;
  const start = listAt + LIST.length;
  const cursor = new LineCursor(payload, start);
  let lines = 0;
  let textBytes = 0;
  while (cursor.next()) {
    lines++;
    textBytes += cursor.textBytes();
    if (lines > MAX_REGISTRIES) return null;
  }
  if (cursor.state !== 'ended') return null;
  const claims = claimsBeside(payload, start - 1, cursor.end);
  return claims === null ? null : { claims, start, lines, textBytes };
}

/**
 * The claims with something short in place of what stands from `from` to `to`. Done twice, with two texts: where the claim `registries` is now
 * one and now the other, what stands there is that claim, and not part of something else, or followed by a claim of the same name.
 */
function claimsBeside(payload: Uint8Array, from: number, to: number): LongList['claims'] | null {
  if (from + payload.length - to > MOST_BESIDE) return null;
  try {
    const [before, after] = [decodeUtf8(payload.subarray(0, from)), decodeUtf8(payload.subarray(to))];
    const [one, other] = ['one', 'other'].map((text): unknown => JSON.parse(`${before}"${text}"${after}`));
    return isClaims(one) && isClaims(other) && one.registries === 'one' && other.registries === 'other' ? one : null;
  } catch {
    return null;
  }
}

function isClaims(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null;
}

/** The list that was found, as `packLines` would have packed it, and the digest of all that the policy says (`contentDigest`). */
export async function readLongList(
  payload: Uint8Array<ArrayBuffer>,
  found: LongList,
): Promise<{ lines: RegistryLines; contentDigest: string }> {
  const lines = roomForLines(found.lines, found.textBytes);
  const digest = await contentDigest(found.claims, async (digester) => {
    await digester.add('[');
    const cursor = new LineCursor(payload, found.start);
    let end = 0;
    for (let index = 0; cursor.next(); index++) {
      lines.addressLengths[index] = cursor.writeAddress(lines.texts, end);
      end += lines.addressLengths[index] ?? 0;
      end += cursor.writeNickname(lines.texts, end);
      lines.starts[index + 1] = end;
      // Of two lines without white space between them, that with the comma is the canonical text.
      const full =
        cursor.odd === null && (index === 0 || cursor.followsComma)
          ? digester.addRange(payload, cursor.start - (index === 0 ? 0 : 1), cursor.end)
          : digester.addText(`${index === 0 ? '' : ','}${cursor.canonical()}`);
      if (full) await digester.endPart();
    }
    await digester.add(']');
  });
  return { lines, contentDigest: digest };
}

/** What may stand in a plain string: ASCII, which is as many UTF-16 code units as bytes and needs no escapes. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x80 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0,
);
const SPACE = Uint8Array.from({ length: 256 }, (_, byte) => ([0x20, 0x09, 0x0a, 0x0d].includes(byte) ? 1 : 0));

/** Goes through the lines of a list in JSON, one at a time. */
class LineCursor {
  state: 'reading' | 'ended' | 'faulty' = 'reading';
  /** Where the line begins, and one past its end; at last one past the list's. */
  start = 0;
  end: number;
  /** Nothing stands between the line and the comma before it. */
  followsComma = false;
  /** The line as JSON.parse makes it, where it is not written as hubs write nearly all of them. */
  odd: RegistryEntry | null = null;

  readonly #bytes: Uint8Array;
  #isFirst = true;
  #address = 0;
  #addressEnd = 0;
  #nickname = 0;
  #nicknameEnd = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.end = at;
  }

  /** Whether there is a line. */
  next(): boolean {
    const bytes = this.#bytes;
    let at = this.#afterSpace(this.end);
    if (bytes[at] === CLOSE_LIST) {
      this.end = at + 1;
      this.state = 'ended';
      return false;
    }
    this.followsComma = false;
    if (!this.#isFirst) {
      if (bytes[at] !== COMMA) return this.#fail();
      const comma = at;
      at = this.#afterSpace(comma + 1);
      this.followsComma = at === comma + 1;
    }
    this.#isFirst = false;
    this.start = at;
    this.odd = null;
    return this.#readPlain(at) || this.#readOdd(at) || this.#fail();
  }

  textBytes(): number {
    if (this.odd !== null) return utf8Length(this.odd.address) + utf8Length(this.odd.nickname ?? '');
    return this.#addressEnd - this.#address + this.#nicknameEnd - this.#nickname;
  }

  /** Returns how many bytes were written. */
  writeAddress(into: Uint8Array, at: number): number {
    if (this.odd !== null) return writeUtf8(this.odd.address, into, at);
    return copy(this.#bytes, this.#address, this.#addressEnd, into, at);
  }

  writeNickname(into: Uint8Array, at: number): number {
    if (this.odd !== null) return writeUtf8(this.odd.nickname ?? '', into, at);
    return copy(this.#bytes, this.#nickname, this.#nicknameEnd, into, at);
  }

  canonical(): string {
    return this.odd === null ? decodeUtf8(this.#bytes.subarray(this.start, this.end)) : canonical(this.odd);
  }

  /** `{"address":"…"}` or `{"address":"…","nickname":"…"}`. */
  #readPlain(at: number): boolean {
    const bytes = this.#bytes;
    if (!startsWith(bytes, at, ADDRESS)) return false;
    this.#address = at + ADDRESS.length;
    let end = this.#endOfPlain(this.#address);
    if (end === this.#address || end > this.#address + MAX_ADDRESS_UNITS || bytes[end] !== QUOTE) return false;
    this.#addressEnd = this.#nickname = this.#nicknameEnd = end;
    if (startsWith(bytes, end + 1, NICKNAME)) {
      this.#nickname = end + 1 + NICKNAME.length;
      end = this.#endOfPlain(this.#nickname);
      if (end > this.#nickname + MAX_NICKNAME_UNITS || bytes[end] !== QUOTE) return false;
      this.#nicknameEnd = end;
    }
    if (bytes[end + 1] !== CLOSE) return false;
    this.end = end + 2;
    return true;
  }

  /** Any other object that is a line: found by its braces, and read by JSON.parse, which takes it only if it ends there. */
  #readOdd(at: number): boolean {
    const end = this.#endOfObject(at);
    if (end < 0) return false;
    try {
      const entry: unknown = JSON.parse(decodeUtf8(this.#bytes.subarray(at, end)));
      if (!isPlainEntry(entry)) return false;
      this.odd = entry;
      this.end = end;
      return true;
    } catch {
      return false;
    }
  }

  #endOfObject(start: number): number {
    const bytes = this.#bytes;
    if (bytes[start] !== OPEN) return -1;
    let depth = 0;
    for (let at = start; at < bytes.length; at++) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        for (at++; at < bytes.length && bytes[at] !== QUOTE; at++) if (bytes[at] === BACKSLASH) at++;
      } else if (byte === OPEN || byte === OPEN_LIST) depth++;
      else if ((byte === CLOSE || byte === CLOSE_LIST) && --depth === 0) return at + 1;
    }
    return -1;
  }

  #endOfPlain(start: number): number {
    const bytes = this.#bytes;
    let at = start;
    while (PLAIN[bytes[at] ?? 0] === 1) at++;
    return at;
  }

  #afterSpace(start: number): number {
    const bytes = this.#bytes;
    let at = start;
    while (SPACE[bytes[at] ?? 0] === 1) at++;
    return at;
  }

  #fail(): false {
    this.state = 'faulty';
    return false;
  }
}

function startsWith(bytes: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

function indexOf(bytes: Uint8Array, text: Uint8Array): number {
  const first = text[0] ?? 0;
  for (let at = bytes.indexOf(first); at >= 0; at = bytes.indexOf(first, at + 1))
    if (startsWith(bytes, at, text)) return at;
  return -1;
}

/** Byte by byte: for so few of them `set` costs more. */
function copy(from: Uint8Array, start: number, end: number, into: Uint8Array, at: number): number {
  for (let i = start; i < end; i++) into[at + i - start] = from[i] ?? 0;
  return end - start;
}
