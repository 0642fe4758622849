import { parseAddress } from '../hosts/address.ts';
import { addressNotices } from '../hosts/address-notices.ts';
import { isOneLine, printable } from '../printable.ts';
import { problem } from '../problems/catalogue.ts';
import type { Problem } from '../problems/problem.ts';

/** What another program's file says about one registry. */
export interface Entry {
  /** Where it stands: `line 3`, `custom_registries[0]`. */
  place: string;
  /** The host as it is written there, or what a pattern comes to. */
  address: string;
  nickname?: string | undefined;
  /** Why the whole host is more than the source allows. */
  wider?: Problem | undefined;
}

/** A registry that can be added to the list. */
export interface ImportRow {
  place: string;
  /** Canonical. */
  address: string;
  nickname?: string;
  /** The list would allow more than the source does: a whole host where that names an image, a path, or a signature. */
  wider: boolean;
  /** What to know before adding it. */
  notices: Problem[];
  /** Added unless the reader decides otherwise: not wider, and nothing to confirm. */
  ticked: boolean;
}

export interface Imported {
  rows: ImportRow[];
  rejected: { place: string; problem: Problem }[];
}

const MAX_NICKNAME = 200;
/** Nobody reads more. */
const MAX_REJECTED = 1000;

/** The rows of a source, each address once: of two that come to the same host, the one that is not wider stays. */
export function importEntries(entries: Iterable<Entry>): Imported {
  const rows = new Map<string, ImportRow>();
  const rejected: Imported['rejected'] = [];
  for (const entry of entries) {
    const parsed = parseAddress(entry.address);
    if (!parsed.ok) {
      if (rejected.length < MAX_REJECTED) rejected.push({ place: entry.place, problem: parsed.problem });
      continue;
    }
    const row = rowOf(entry, parsed.value.text);
    const before = rows.get(row.address);
    if (before === undefined || (before.wider && !row.wider)) rows.set(row.address, row);
  }
  return { rows: [...rows.values()], rejected };
}

function rowOf({ place, address: written, nickname, wider }: Entry, address: string): ImportRow {
  const found = addressNotices(written);
  const notices = [...(wider === undefined ? [] : [wider]), ...found.map((notice) => notice.problem)];
  const isWider = wider !== undefined || notices.some(({ code }) => code === 'address-path-dropped');
  const name = nickname === undefined ? '' : shownName(nickname);
  return {
    ...{ place, address, ...(name === '' ? {} : { nickname: name }) },
    ...{ wider: isWider, notices, ticked: !isWider && !found.some(({ confirm }) => confirm) },
  };
}

/** A nickname that the hub takes: one line, at most 200 characters. */
function shownName(text: string): string {
  const short = [...text.trim()].slice(0, MAX_NICKNAME);
  return short
    .map((character) => (isOneLine(character) ? character : ' '))
    .join('')
    .slice(0, MAX_NICKNAME)
    .trim();
}

/** What `docker pull` would contact for an image or a pattern of images: the part before the first slash, if it is a host. */
export function registryOfPattern(pattern: string): { address: string; whole: boolean } {
  const slash = pattern.indexOf('/');
  const first = pattern.slice(0, Math.max(slash, 0));
  const namesHost = slash > 0 && (/[.:[]/.test(first) || first === 'localhost');
  if (!namesHost) return { address: 'docker.io', whole: false };
  const rest = pattern.slice(slash + 1);
  return { address: first, whole: rest === '' || rest === '*' || rest === '**' };
}

/** @param pattern of images at `address`, which would be allowed as a whole */
export function widerThanImages(pattern: string, address: string): Problem {
  return problem('import-wider-images', { pattern: printable(pattern), address: printable(address) });
}
