import type { RegistryEntry } from '../policy/schema.ts';
import { sharedMemory } from './shared-memory.ts';

/** The lines of the organization's list as it wrote them, so that a match can be explained without the document. */
export interface RegistryLines {
  count: number;
  /** UTF-8: address and nickname of each line, one after the other. */
  texts: Uint8Array;
  /** Where line i begins; one more than there are lines. */
  starts: Uint32Array;
  /** How many bytes of line i are its address; the rest is the nickname. */
  addressLengths: Uint16Array;
  /** 1: the line is no address, and allows nothing. */
  skipped: Uint8Array;
}

/** In place of a line, for what is always allowed. */
export const NO_LINE = 0xffff_ffff;

export interface RegistryLine {
  /** Its place in the list, from 0. */
  index: number;
  address: string;
  nickname?: string;
  skipped: boolean;
}

const encoder = new TextEncoder();
// A byte order mark at the start of a nickname is part of it.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Lines of which none is skipped. */
export function packLines(entries: readonly RegistryEntry[]): RegistryLines {
  let bytes = 0;
  for (const { address, nickname } of entries) bytes += utf8Length(address) + utf8Length(nickname ?? '');
  const lines = roomForLines(entries.length, bytes);
  let end = 0;
  entries.forEach(({ address, nickname }, index) => {
    lines.addressLengths[index] = writeUtf8(address, lines.texts, end);
    end += lines.addressLengths[index] ?? 0;
    end += writeUtf8(nickname ?? '', lines.texts, end);
    lines.starts[index + 1] = end;
  });
  return lines;
}

/** Lines to be written, of which none is skipped. @param bytes of all their texts */
export function roomForLines(count: number, bytes: number): RegistryLines {
  return {
    count,
    texts: new Uint8Array(sharedMemory(bytes)),
    starts: new Uint32Array(sharedMemory((count + 1) * 4)),
    addressLengths: new Uint16Array(sharedMemory(count * 2)),
    skipped: new Uint8Array(sharedMemory(count)),
  };
}

/** Line `index`, or null beyond the last. */
export function registryLine(lines: RegistryLines, index: number): RegistryLine | null {
  if (!isLine(lines, index)) return null;
  const start = lines.starts[index] ?? 0;
  const split = start + (lines.addressLengths[index] ?? 0);
  const nickname = text(lines, split, lines.starts[index + 1] ?? 0);
  return {
    index,
    address: text(lines, start, split),
    ...(nickname === '' ? {} : { nickname }),
    skipped: lines.skipped[index] === 1,
  };
}

/** Its address only. */
export function registryAddress(lines: RegistryLines, index: number): string | null {
  if (!isLine(lines, index)) return null;
  const start = lines.starts[index] ?? 0;
  return text(lines, start, start + (lines.addressLengths[index] ?? 0));
}

/** How many lines one call looks through, so that a search over a million never stops an event loop for long. */
const LINES_PER_PAGE = 20_000;

/**
 * The lines that contain `query` (case-insensitive; in address or nickname), or whose address `also` holds, from line
 * `cursor` on. `next` is the cursor to go on with, null at the end; a page may be short, or empty, and still have a `next`.
 */
export function pageOfLines(
  lines: RegistryLines,
  options: { query?: string; also?: ReadonlySet<string>; cursor?: number; limit: number },
): { items: RegistryLine[]; next: number | null } {
  const query = (options.query ?? '').toLowerCase();
  const from = Math.max(0, Math.trunc(options.cursor ?? 0));
  const items: RegistryLine[] = [];
  let index = from;
  for (; index < lines.count && items.length < options.limit && index - from < LINES_PER_PAGE; index++) {
    const line = registryLine(lines, index);
    if (!line) continue;
    const fits = `${line.address}\n${line.nickname ?? ''}`.toLowerCase().includes(query);
    if (fits || options.also?.has(line.address)) items.push(line);
  }
  return { items, next: index < lines.count ? index : null };
}

function isLine(lines: RegistryLines, index: number): boolean {
  return Number.isInteger(index) && index >= 0 && index < lines.count;
}

function text(lines: RegistryLines, start: number, end: number): string {
  // A copy: browsers do not decode shared memory.
  return start === end ? '' : decoder.decode(lines.texts.slice(start, end));
}

/** As `TextEncoder` counts it: a lone surrogate becomes U+FFFD, three bytes like any other unit above U+07FF. */
export function utf8Length(value: string): number {
  let length = value.length;
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    if (unit > 0x7f) length += unit > 0x7ff ? 2 : 1;
  }
  return length;
}

/** Returns how many bytes were written. `TextEncoder` costs more than an address is long, so ASCII does without. */
export function writeUtf8(value: string, into: Uint8Array, at: number): number {
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    if (unit > 0x7f) return encoder.encodeInto(value, into.subarray(at)).written;
    into[at + i] = unit;
  }
  return value.length;
}
