import type { RegistryEntry } from '../policy/schema.ts';
import { grown, shareable } from './name-table.ts';

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

export interface RegistryLine {
  index: number;
  address: string;
  nickname?: string;
  skipped: boolean;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class RegistryLinesBuilder {
  readonly #starts: Uint32Array;
  readonly #addressLengths: Uint16Array;
  readonly #skipped: Uint8Array;
  #count = 0;
  #end = 0;
  #texts: Uint8Array<ArrayBuffer>;

  constructor(count: number) {
    this.#starts = new Uint32Array(count + 1);
    this.#addressLengths = new Uint16Array(count);
    this.#skipped = new Uint8Array(count);
    this.#texts = new Uint8Array(count * 48 + 64);
  }

  add(entry: RegistryEntry, skipped: boolean): void {
    const length = this.#write(entry.address);
    if (entry.nickname !== undefined) this.#write(entry.nickname);
    this.#addressLengths[this.#count] = length;
    this.#skipped[this.#count] = skipped ? 1 : 0;
    this.#starts[++this.#count] = this.#end;
  }

  build(): RegistryLines {
    const count = this.#count;
    const buffer = shareable((count + 1) * 4 + count * 3 + this.#end);
    const lines: RegistryLines = {
      count,
      starts: new Uint32Array(buffer, 0, count + 1),
      addressLengths: new Uint16Array(buffer, (count + 1) * 4, count),
      skipped: new Uint8Array(buffer, (count + 1) * 4 + count * 2, count),
      texts: new Uint8Array(buffer, (count + 1) * 4 + count * 3, this.#end),
    };
    lines.starts.set(this.#starts.subarray(0, count + 1));
    lines.addressLengths.set(this.#addressLengths.subarray(0, count));
    lines.skipped.set(this.#skipped.subarray(0, count));
    lines.texts.set(this.#texts.subarray(0, this.#end));
    return lines;
  }

  #write(text: string): number {
    // UTF-8 takes at most three bytes for each UTF-16 unit.
    if (this.#end + text.length * 3 > this.#texts.length) this.#texts = grown(this.#texts, this.#end + text.length * 3);
    const { written } = encoder.encodeInto(text, this.#texts.subarray(this.#end));
    this.#end += written;
    return written;
  }
}

/** Line `index`, or null beyond the last. */
export function registryLine(lines: RegistryLines, index: number): RegistryLine | null {
  if (!Number.isInteger(index) || index < 0 || index >= lines.count) return null;
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

/** How many lines one call looks through, so that a search over a million never stops an event loop for long. */
const LINES_PER_PAGE = 20_000;

/**
 * The lines that contain `query` (case-insensitive; in address or nickname), from line `cursor` on. `next` is the cursor to go on
 * with, null at the end; a page may be short, or empty, and still have a `next`.
 */
export function pageOfLines(
  lines: RegistryLines,
  options: { query?: string; cursor?: number; limit: number },
): { items: RegistryLine[]; next: number | null } {
  const query = (options.query ?? '').toLowerCase();
  const from = Math.max(0, options.cursor ?? 0);
  const items: RegistryLine[] = [];
  let index = from;
  for (; index < lines.count && items.length < options.limit && index - from < LINES_PER_PAGE; index++) {
    const line = registryLine(lines, index);
    if (line && `${line.address}\n${line.nickname ?? ''}`.toLowerCase().includes(query)) items.push(line);
  }
  return { items, next: index < lines.count ? index : null };
}

function text(lines: RegistryLines, start: number, end: number): string {
  // A copy: browsers do not decode shared memory.
  return start === end ? '' : decoder.decode(lines.texts.slice(start, end));
}
