import { catalogueFor, companionsOf } from '../../../shared/catalogue/look-up.ts';
import { isLineFor, searchFor } from '../../../shared/catalogue/opt-in.ts';
import { REGISTRIES } from '../../../shared/catalogue/registries.ts';
import { parseAddress } from '../../../shared/hosts/address.ts';
import { addressNotices } from '../../../shared/hosts/address-notices.ts';
import { withPort } from '../../../shared/hosts/host-name.ts';
import { pageOfLines, type RegistryLine, type RegistryLines, registryLine } from '../../../shared/rule-set/lines.ts';
import { MAX_PAGE, type RegistryRow } from '../../../shared/schemas/ipc-schema.ts';
import { type Page, type PageArgs, readCursor, stalePage, writeCursor } from '../page.ts';

/** Lets other work run between two parts of a long list. */
type LetOthersRun = () => Promise<void>;

/**
 * One page of the organization's list with what the catalogue adds to each line. The cursor is bound to the digest of the
 * policy: pages of two revisions are never mixed.
 */
export async function registryPage(
  lines: RegistryLines,
  digest: string,
  args: PageArgs,
  letOthersRun: LetOthersRun,
): Promise<Page<RegistryRow>> {
  const version = digest.slice(0, 16);
  const found = args.query === '' ? null : await matchesOf(lines, args.query, letOthersRun);
  const total = found?.length ?? lines.count;
  const place = readCursor(args.cursor, version);
  if (place === null) return stalePage(total, version);
  const from = place + args.offset;
  const to = Math.min(from + Math.min(args.limit, MAX_PAGE), total);
  const items: RegistryRow[] = [];
  for (let index = from; index < to; index += 1) {
    const line = registryLine(lines, found === null ? index : (found[index] ?? -1));
    if (line !== null) items.push(rowOf(line));
  }
  return { items, total, next: to < total ? writeCursor(version, to) : null, stale: false, version };
}

/** The last search in each list: each page repeats it, and a million lines take seconds. */
const searched = new WeakMap<RegistryLines, { query: string; matches: Promise<number[]> }>();

/** The places of all lines that match. */
function matchesOf(lines: RegistryLines, query: string, letOthersRun: LetOthersRun): Promise<number[]> {
  const last = searched.get(lines);
  if (last?.query === query) return last.matches;
  const matches = search(lines, query, letOthersRun);
  searched.set(lines, { query, matches });
  return matches;
}

/** Whether the list has a line for a host of `optInOf`. */
export async function hasLineFor(lines: RegistryLines, host: string, letOthersRun: LetOthersRun): Promise<boolean> {
  for (const index of await matchesOf(lines, searchFor(host), letOthersRun)) {
    const parsed = parseAddress(registryLine(lines, index)?.address ?? '');
    if (parsed.ok && isLineFor(parsed.value.text, host)) return true;
  }
  return false;
}

async function search(lines: RegistryLines, query: string, letOthersRun: LetOthersRun): Promise<number[]> {
  const matches: number[] = [];
  const also = knownAs(query);
  for (let cursor: number | null = 0; cursor !== null; ) {
    const page: ReturnType<typeof pageOfLines> = pageOfLines(lines, {
      query,
      also,
      cursor,
      limit: Number.MAX_SAFE_INTEGER,
    });
    for (const { index } of page.items) matches.push(index);
    cursor = page.next;
    if (cursor !== null) await letOthersRun();
  }
  return matches;
}

/** Addresses of well-known registries by their names: "Docker Hub" finds docker.io. */
function knownAs(query: string): ReadonlySet<string> {
  const wanted = query.toLowerCase();
  const rows = REGISTRIES.filter(({ name }) => name.toLowerCase().includes(wanted));
  return new Set(rows.flatMap(({ matches }) => matches));
}

function rowOf(line: RegistryLine): RegistryRow {
  const address = parseAddress(line.address);
  const base = { address: line.address, nickname: line.nickname ?? null };
  if (!address.ok || line.skipped) {
    return {
      ...base,
      known: null,
      notices: [],
      problem: address.ok ? 'This name is reserved for testing the filter.' : address.problem.message,
      companions: [],
    };
  }
  return {
    ...base,
    known: catalogueFor(address.value)?.row.name ?? null,
    problem: null,
    notices: addressNotices(line.address).map((notice) => notice.problem),
    companions: companionsOf(address.value).map(({ host, port, purpose, dedicated, optIn, open, note }) => ({
      host: withPort(host, port),
      purpose,
      shared: !dedicated,
      optIn: optIn ?? false,
      open: open ?? false,
      note: note ?? null,
    })),
  };
}
