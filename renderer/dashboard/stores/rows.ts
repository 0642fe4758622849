import { catalogueFor } from '../../../shared/catalogue/look-up.ts';
import { parseAddress } from '../../../shared/hosts/address.ts';
import type { Origin } from '../../../shared/lists/additions.ts';
import { grantKey } from '../../../shared/lists/grants.ts';
import type { RegistryEntry } from '../../../shared/policy/schema.ts';
import type { SettingsGrant } from '../../../shared/schemas/hub/grants.ts';
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

/** A line of the table that is allowed until a time, for teams, or both. */
export interface GrantRow {
  readonly address: string;
  readonly nickname: string;
  readonly edit: 'add' | 'remove' | 'change' | null;
  readonly place: number;
  /** As it would be saved. */
  readonly grant: SettingsGrant;
  /** As it is saved; undefined where it was just added. */
  readonly saved: SettingsGrant | undefined;
}

export type AnyRow = Row | GrantRow;

/** Different for each line, also where an address stands in several. */
export function rowKey(row: AnyRow): string {
  return 'grant' in row ? `grant ${grantKey(row.saved ?? row.grant)}` : row.address;
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

/** The lines of grants, which stand among the others. @param after how many lines there are already */
export function grantRowsOf(
  grants: readonly SettingsGrant[],
  { grants: edits = {} }: Draft,
  after: number,
): GrantRow[] {
  const rows = grants.map((saved, index): GrantRow => {
    const edit = edits[grantKey(saved)];
    const grant = edit?.kind === 'change' ? edit.to : saved;
    return grantRow(grant, saved, edit?.kind ?? null, after + index);
  });
  for (const edit of Object.values(edits)) {
    if (edit.kind === 'add') rows.push(grantRow(edit.grant, undefined, 'add', after + rows.length));
  }
  return rows;
}

function grantRow(grant: SettingsGrant, saved: GrantRow['saved'], edit: GrantRow['edit'], place: number): GrantRow {
  return { address: grant.address, nickname: grant.nickname ?? '', edit, place, grant, saved };
}

/** What stands first on a line: its nickname or, for a known registry, the name that everybody knows. */
export function nameOf({ address, nickname }: Pick<Row, 'address' | 'nickname'>): string | null {
  if (nickname !== '') return nickname;
  const parsed = parseAddress(address);
  return parsed.ok ? (catalogueFor(parsed.value)?.row.name ?? null) : null;
}

/** The lines that a search finds, in order; those just added first, because whoever added them looks for them. */
export function arranged<AnyOf extends AnyRow>(
  rows: readonly AnyOf[],
  query: string,
  sort: Sort,
  origin: (address: string) => Origin | undefined,
): AnyOf[] {
  const wanted = query.trim().toLowerCase();
  const found = wanted === '' ? [...rows] : rows.filter((row) => matches(row, wanted));
  const keys = new Map(found.map((row) => [row, keyOf(row, sort.by, origin)]));
  const sign = sort.descending ? -1 : 1;
  const compare =
    sort.by === 'name'
      ? new Intl.Collator().compare
      : (one: string, two: string) => (one < two ? -1 : one > two ? 1 : 0);
  const isNew = (row: AnyRow): number => (row.edit === 'add' ? 0 : 1);
  return found.sort(
    (one, two) =>
      isNew(one) - isNew(two) ||
      sign * compare(keys.get(one) ?? '', keys.get(two) ?? '') ||
      sign * (one.place - two.place),
  );
}

function matches(row: AnyRow, wanted: string): boolean {
  if (row.address.includes(wanted)) return true;
  if ('grant' in row && row.grant.teams?.some((team) => team.toLowerCase().includes(wanted))) return true;
  return (nameOf(row) ?? '').toLowerCase().includes(wanted);
}

function keyOf(row: AnyRow, by: SortBy, origin: (address: string) => Origin | undefined): string {
  switch (by) {
    case 'name':
      return nameOf(row) ?? row.address;
    case 'address':
      return row.address.replace(/^\*\./, '');
    case 'added':
      return 'grant' in row ? '' : (origin(row.address)?.at ?? '');
  }
}
