import { catalogueFor } from '../../../shared/catalogue/look-up.ts';
import { parseAddress } from '../../../shared/hosts/address.ts';
import type { Origin } from '../../../shared/lists/additions.ts';
import type { RegistryEntry } from '../../../shared/policy/schema.ts';
import type { Draft, Edit } from './draft.ts';

/** A line of the table: as it is saved, and what the draft does to it. */
export interface Row {
  readonly address: string;
  /** As it would be saved; `''` for none. */
  readonly nickname: string;
  readonly edit: Edit['kind'] | null;
  /** Its place in the saved list, from which later ones were added later; those that were just added come after all of them. */
  readonly place: number;
}

export const SORTS = ['name', 'address', 'added'] as const;
export type SortBy = (typeof SORTS)[number];
export interface Sort {
  readonly by: SortBy;
  readonly descending: boolean;
}

/** All lines, also those that are to be removed: they stay in sight until that is saved. */
export function rowsOf(registries: readonly RegistryEntry[], { edits }: Draft): Row[] {
  const rows: Row[] = registries.map(({ address, nickname = '' }, place) => {
    const edit = edits[address];
    return { address, nickname: edit?.kind === 'rename' ? edit.to : nickname, edit: edit?.kind ?? null, place };
  });
  for (const [address, edit] of Object.entries(edits)) {
    if (edit.kind === 'add') rows.push({ address, nickname: edit.nickname, edit: 'add', place: rows.length });
  }
  return rows;
}

/** What stands first on a line: its nickname or, for a known registry, the name that everybody knows. */
export function nameOf({ address, nickname }: Pick<Row, 'address' | 'nickname'>): string | null {
  if (nickname !== '') return nickname;
  const parsed = parseAddress(address);
  return parsed.ok ? (catalogueFor(parsed.value)?.row.name ?? null) : null;
}

/** The lines that a search finds, in order; those just added first, because whoever added them looks for them. */
export function arranged(
  rows: readonly Row[],
  query: string,
  sort: Sort,
  origin: (address: string) => Origin | undefined,
): Row[] {
  const wanted = query.trim().toLowerCase();
  const found = wanted === '' ? [...rows] : rows.filter((row) => matches(row, wanted));
  const keys = new Map(found.map((row) => [row, keyOf(row, sort.by, origin)]));
  const sign = sort.descending ? -1 : 1;
  const compare =
    sort.by === 'name'
      ? new Intl.Collator().compare
      : (one: string, two: string) => (one < two ? -1 : one > two ? 1 : 0);
  const isNew = (row: Row): number => (row.edit === 'add' ? 0 : 1);
  return found.sort(
    (one, two) =>
      isNew(one) - isNew(two) ||
      sign * compare(keys.get(one) ?? '', keys.get(two) ?? '') ||
      sign * (one.place - two.place),
  );
}

function matches(row: Row, wanted: string): boolean {
  if (row.address.includes(wanted)) return true;
  return (nameOf(row) ?? '').toLowerCase().includes(wanted);
}

function keyOf(row: Row, by: SortBy, origin: (address: string) => Origin | undefined): string {
  switch (by) {
    case 'name':
      return nameOf(row) ?? row.address;
    case 'address':
      return row.address.replace(/^\*\./, '');
    case 'added':
      return origin(row.address)?.at ?? '';
  }
}
