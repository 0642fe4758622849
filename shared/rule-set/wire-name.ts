import type { HostName } from '../hosts/host-name.ts';

/** RFC 1035 section 3.1: labels with their length before them, the root's empty label at the end. */
export const MAX_WIRE_NAME = 255;

/**
 * Writes a host as a DNS question carries it, and returns the length. An IP literal becomes one single label, which no name has:
 * its dots and colons are no characters of a label.
 */
export function writeWireName(host: HostName, into: Uint8Array): number {
  let label = 0;
  let end = 1;
  for (let i = 0; i < host.host.length; i++) {
    const code = host.host.charCodeAt(i);
    if (code === 0x2e && host.kind === 'name') {
      into[label] = end - label - 1;
      label = end++;
    } else {
      into[end++] = code;
    }
  }
  into[label] = end - label - 1;
  into[end++] = 0;
  return end;
}

/**
 * The text of a name on the wire, lower-case, without trailing dot; `?` stands for what no host name holds. null where there is
 * no whole uncompressed name.
 */
export function readWireName(bytes: Uint8Array, offset: number): string | null {
  let text = '';
  let at = offset;
  for (;;) {
    const length = bytes[at];
    if (length === 0) return text;
    // A length above 63 is a compression pointer or a label type that was never used (RFC 6891 section 5).
    if (length === undefined || length > 63 || at - offset + length + 2 > MAX_WIRE_NAME) return null;
    if (at + length >= bytes.length) return null;
    if (text !== '') text += '.';
    for (let i = at + 1; i <= at + length; i++) {
      const folded = FOLD[bytes[i] ?? 0] ?? 0;
      text += folded & STRANGE ? '?' : String.fromCharCode(folded);
    }
    at += length + 1;
  }
}

/** What `writeWireName` wrote: a name, or the single label of an IP literal. */
export function readHost(bytes: Uint8Array, offset: number): string {
  const length = bytes[offset] ?? 0;
  const only = bytes[offset + length + 1] === 0 ? bytes.slice(offset + 1, offset + 1 + length) : null;
  return only ? String.fromCharCode(...only) : (readWireName(bytes, offset) ?? '');
}

/** Set in `FOLD` for bytes that are no letter, digit, hyphen or underscore. */
export const STRANGE = 256;

/** Every byte folded to lower case (RFC 4343: ASCII only). */
export const FOLD: Uint16Array = Uint16Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x41 && byte <= 0x5a) return byte + 32;
  const known = (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x5f;
  return known ? byte : byte | STRANGE;
});
