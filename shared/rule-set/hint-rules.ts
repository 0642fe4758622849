import { type RegistryLines, registryLine } from './lines.ts';
import { find, type NameTable } from './name-table.ts';

/** What to use in place of a registry. Plain data. */
export interface HintRules {
  table: NameTable;
  /** Address of each hint, and what to use in place of the nickname. */
  lines: RegistryLines;
}

/** @param wire see `writeWireName` @param port 0: any */
export function hintFor({ table, lines }: HintRules, wire: Uint8Array, port: number, isName: boolean): string | null {
  const found = find(table, wire, 0, port, isName);
  return found < 0 ? null : (registryLine(lines, table.grantLine[found] ?? 0)?.nickname ?? null);
}
