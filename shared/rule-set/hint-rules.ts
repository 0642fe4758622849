import type { PolicyHint } from '../policy/grants.ts';
import { addAddress, readAddress } from './add-address.ts';
import { packLines, type RegistryLines, registryLine } from './lines.ts';
import { find, type NameTable, NameTableBuilder } from './name-table.ts';

/** What to use in place of a registry. Plain data. */
export interface HintRules {
  table: NameTable;
  /** Address of each hint, and what to use in place of the nickname. */
  lines: RegistryLines;
}

/** null where there are none. Of several for one name the first is told, and the longest suffix. */
export function compileHints(hints: readonly PolicyHint[], seed: number): HintRules | null {
  if (hints.length === 0) return null;
  const table = new NameTableBuilder(seed, hints.length * 2);
  hints.forEach(({ address }, line) => {
    const read = readAddress(address);
    if (read) addAddress(table, read, 0, line);
  });
  const entries = hints.map(({ address, use }) => ({ address, nickname: use }));
  return { table: table.build(), lines: packLines(entries, new Uint8Array(hints.length)) };
}

/** @param wire see `writeWireName` @param port 0: any */
export function hintFor({ table, lines }: HintRules, wire: Uint8Array, port: number, isName: boolean): string | null {
  const found = find(table, wire, 0, port, isName);
  return found < 0 ? null : (registryLine(lines, table.grantLine[found] ?? 0)?.nickname ?? null);
}
