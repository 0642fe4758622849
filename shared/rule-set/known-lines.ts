import { bringsByRest, KNOWN_ENDINGS } from '../catalogue/look-up.ts';
import { PlainNames } from './plain-names.ts';

/** So many different names after the first label are remembered; a list with more is only slower. */
const MOST = 10_000;

/**
 * Tells which plain names may bring companions that no line before them has brought. Lists hold thousands of accounts at one cloud, which
 * differ in their first label alone and bring the same.
 */
export class KnownLines {
  readonly #texts: Uint8Array;
  /** By the hash of what follows the first label: where that stands, and whether all names that end so bring the same. */
  readonly #seen = new Map<number, { start: number; end: number; same: boolean }>();

  constructor(texts: Uint8Array) {
    this.#texts = texts;
  }

  /** @param name as `PlainNames` has just read it from `start` to `end` of the texts */
  mayBringMore({ ending, rest }: PlainNames, start: number, end: number): boolean {
    if (!ENDINGS.has(ending)) return false;
    const restStart = this.#texts.indexOf(DOT, start) + 1;
    if (restStart === 0 || restStart > end) return true;
    const seen = this.#seen.get(rest);
    if (seen !== undefined) return !(seen.same && this.#isSame(seen, restStart, end));
    if (this.#seen.size < MOST) {
      const host = String.fromCharCode(...this.#texts.subarray(start, end));
      this.#seen.set(rest, { start: restStart, end, same: bringsByRest(host) });
    }
    return true;
  }

  #isSame(seen: { start: number; end: number }, start: number, end: number): boolean {
    if (seen.end - seen.start !== end - start) return false;
    for (let i = end - start - 1; i >= 0; i--) if (this.#texts[seen.start + i] !== this.#texts[start + i]) return false;
    return true;
  }
}

const DOT = 0x2e;

const ENDINGS: ReadonlySet<number> = new Set(
  [...KNOWN_ENDINGS].map((text) => {
    const name = new PlainNames();
    const bytes = new TextEncoder().encode(text);
    if (!name.read(bytes, 0, bytes.length)) throw new Error(`not a plain name: ${text}`);
    return name.ending;
  }),
);
