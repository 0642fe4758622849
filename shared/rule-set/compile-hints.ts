import type { PolicyHint } from '../policy/grants.ts';
import { addAddress, readAddress } from './add-address.ts';
import type { HintRules } from './hint-rules.ts';
import { packLines } from './lines.ts';
import { NameTableBuilder } from './name-table.ts';

/** null where there are none. Of several for one name the first is told, and the longest suffix. */
export function compileHints(hints: readonly PolicyHint[], seed: number): HintRules | null {
  if (hints.length === 0) return null;
  const table = new NameTableBuilder(seed, hints.length * 2);
  hints.forEach(({ address }, line) => {
    const read = readAddress(address);
    if (read) addAddress(table, read, 0, line);
  });
  const entries = hints.map(({ address, use }) => ({ address, nickname: use }));
  return { table: table.build(), lines: packLines(entries) };
}
