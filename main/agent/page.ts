import { MAX_PAGE } from '../../shared/schemas/ipc-schema.ts';

export interface PageArgs {
  query: string;
  cursor: string | null;
  limit: number;
  offset: number;
}

export interface Page<T> {
  items: T[];
  total: number;
  next: string | null;
  stale: boolean;
  version: string;
}

/** The place of a cursor in one version of a list; null if it is of another version, or not valid. */
export function readCursor(cursor: string | null, version: string): number | null {
  if (cursor === null) return 0;
  const [of, index] = cursor.split(':');
  return of === version && /^\d{1,9}$/.test(index ?? '') ? Number(index) : null;
}

export function writeCursor(version: string, index: number): string {
  return `${version}:${index}`;
}

/** For a cursor of an earlier version of the list: the caller has to start again. */
export function stalePage<T>(total: number, version: string): Page<T> {
  return { items: [], total, next: null, stale: true, version };
}

/** One page of a list in memory. `version` changes with the list. */
export function pageOf<T>(list: readonly T[], version: string, args: PageArgs, text: (item: T) => string): Page<T> {
  const query = args.query.toLowerCase();
  const found = query === '' ? list : list.filter((item) => text(item).toLowerCase().includes(query));
  const place = readCursor(args.cursor, version);
  if (place === null) return stalePage(found.length, version);
  const from = place + args.offset;
  const to = from + Math.min(args.limit, MAX_PAGE);
  return {
    items: found.slice(from, to),
    total: found.length,
    next: to < found.length ? writeCursor(version, to) : null,
    stale: false,
    version,
  };
}
