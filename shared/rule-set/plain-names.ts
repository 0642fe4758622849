import { PROBE_SUFFIX } from '../probe-names.ts';
import { MAX_WIRE_NAME } from './wire-name.ts';

/** As text; RFC 1035 section 2.3.4. */
const MAX_LENGTH = MAX_WIRE_NAME - 2;
const MAX_LABEL = 63;
const DOT = 0x2e;
const NINE = 0x39;
/** FNV-1a. */
const BASIS = 0x811c_9dc5 | 0;
const PRIME = 0x0100_0193;

/** Lower-case letters, digits, hyphen and underscore. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) => (/^[a-z0-9_-]$/.test(String.fromCharCode(byte)) ? 1 : 0));

/**
 * Reads host names in their plainest spelling, as nearly all lines of a list are, from bytes and without making a string. Whatever else is an
 * address, and names that probes might use, are for `readAddress`, which says the same of what is read here.
 */
export class PlainNames {
  /** The name that was read, as a DNS question carries it. */
  readonly wire: Uint8Array = new Uint8Array(MAX_WIRE_NAME + 1);
  /** Hashes of its last two labels, and of all but the first. Different texts may have the same. */
  ending = 0;
  rest = 0;

  /** Whether what stands from `start` to `end` is such a name. */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start > MAX_LENGTH) return false;
    const { wire } = this;
    let label = 0;
    let to = 1;
    let hash = BASIS;
    let before = 0;
    let rest = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (PLAIN[byte] === 1) {
        wire[to++] = byte;
        hash = Math.imul(hash ^ byte, PRIME);
        continue;
      }
      const length = to - label - 1;
      if (byte !== DOT || length === 0 || length > MAX_LABEL) return false;
      wire[label] = length;
      if (label > 0) rest = Math.imul(rest ^ hash, PRIME);
      before = hash;
      hash = BASIS;
      label = to++;
    }
    const length = to - label - 1;
    // A number at the end would be an IP address.
    if (length === 0 || length > MAX_LABEL || (wire[label + 1] ?? 0) <= NINE || hash === PROBES) return false;
    wire[label] = length;
    wire[to] = 0;
    this.ending = Math.imul(before ^ hash, PRIME);
    this.rest = label === 0 ? 0 : Math.imul(rest ^ hash, PRIME);
    return true;
  }
}

function hashOf(label: string): number {
  let hash = BASIS;
  for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), PRIME);
  return hash;
}

/** The last label of the names that probes use. */
const PROBES = hashOf(PROBE_SUFFIX.slice(PROBE_SUFFIX.lastIndexOf('.') + 1));
