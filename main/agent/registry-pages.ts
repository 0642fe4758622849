import { catalogueFor, companionsOf } from '../../shared/catalogue/look-up.ts';
import { parseAddress } from '../../shared/hosts/address.ts';
import type { RegistryRow } from '../../shared/ipc-schema.ts';
import { pageOfLines, type RegistryLine, type RegistryLines } from '../../shared/rule-set/lines.ts';
import { type Page, type PageArgs, readCursor, stalePage, writeCursor } from './page.ts';

/** Lets other work through between two stretches of a long list. */
type Breathe = () => Promise<void>;

/**
 * One page of the organization's list with what the catalogue adds to each line. The cursor is bound to the digest of the
 * policy: pages of two revisions are never mixed.
 */
export async function registryPage(
  lines: RegistryLines,
  digest: string,
  args: PageArgs,
  breathe: Breathe,
): Promise<Page<RegistryRow>> {
  const version = digest.slice(0, 16);
  const total = args.query === '' ? lines.count : await countMatches(lines, args.query, breathe);
  let cursor: number | null = readCursor(args.cursor, version);
  if (cursor === null) return stalePage(total, version);
  let toSkip = args.offset;
  if (args.query === '') {
    cursor += toSkip;
    toSkip = 0;
  }
  const items: RegistryRow[] = [];
  while (cursor !== null && items.length < args.limit) {
    const page: { items: RegistryLine[]; next: number | null } = pageOfLines(lines, {
      query: args.query,
      cursor,
      limit: toSkip + args.limit - items.length,
    });
    items.push(...page.items.slice(toSkip).map(rowOf));
    toSkip = Math.max(0, toSkip - page.items.length);
    cursor = page.next;
    if (cursor !== null && items.length < args.limit) await breathe();
  }
  return { items, total, next: cursor === null ? null : writeCursor(version, cursor), stale: false, version };
}

async function countMatches(lines: RegistryLines, query: string, breathe: Breathe): Promise<number> {
  let count = 0;
  let cursor: number | null = 0;
  while (cursor !== null) {
    const page: { items: RegistryLine[]; next: number | null } = pageOfLines(lines, {
      query,
      cursor,
      limit: Number.MAX_SAFE_INTEGER,
    });
    count += page.items.length;
    cursor = page.next;
    if (cursor !== null) await breathe();
  }
  return count;
}

function rowOf(line: RegistryLine): RegistryRow {
  const judged = parseAddress(line.address);
  const base = { address: line.address, nickname: line.nickname ?? null };
  if (!judged.ok || line.skipped) {
    return {
      ...base,
      known: null,
      problem: judged.ok ? 'This name is reserved for testing the filter.' : judged.problem.message,
      companions: [],
    };
  }
  return {
    ...base,
    known: catalogueFor(judged.value)?.row.name ?? null,
    problem: null,
    companions: companionsOf(judged.value).map(({ host, purpose, dedicated, optIn }) => ({
      host,
      purpose,
      shared: !dedicated,
      optIn: optIn ?? false,
    })),
  };
}
