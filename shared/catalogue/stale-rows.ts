import type { CatalogueRow } from './catalogue-row.ts';

const YEAR_MS = 365 * 24 * 3_600_000;

/**
 * The rows that were last checked more than a year before `now`. For whoever makes a release; no test depends on the day it runs.
 *
 * @param now milliseconds since 1970
 */
export function staleRows(rows: readonly CatalogueRow[], now: number): CatalogueRow[] {
  return rows.filter(({ checked }) => now - Date.parse(checked) > YEAR_MS);
}
