import type { Address } from '../hosts/address.ts';
import type { CatalogueRow, Companion } from './catalogue-row.ts';
import { fill, fillKnown, type Pattern, pattern } from './pattern.ts';
import { REGISTRIES } from './registries.ts';

export interface CatalogueMatch {
  row: CatalogueRow;
  /** The row's companions for this address, placeholders filled in; the address itself left out. */
  companions: readonly Companion[];
}

const HTTPS = 443;

const byText = new Map<string, CatalogueRow>();
const byTail = new Map<string, { pattern: Pattern; row: CatalogueRow }[]>();
for (const row of REGISTRIES) {
  for (const text of row.matches) {
    if (!text.includes('<')) {
      byText.set(text, row);
      continue;
    }
    const compiled = pattern(text);
    const key = lastTwoLabels(compiled.tail);
    byTail.set(key, [...(byTail.get(key) ?? []), { pattern: compiled, row }]);
  }
}

/** Whether `catalogueFor` is worth asking: cheap, true for every known registry and for some that are none. */
export function mayBeKnown(host: string): boolean {
  return byTail.has(lastTwoLabels(host)) || byText.has(host) || byText.has(`*.${host}`);
}

/**
 * The known registry that an address names, if any. An IP literal or a port other than 443 is somebody's own registry, whatever
 * it is called.
 */
export function catalogueFor(address: Pick<Address, 'kind' | 'host' | 'port'>): CatalogueMatch | null {
  if (address.kind === 'ip' || (address.port ?? HTTPS) !== HTTPS) return null;
  const text = address.kind === 'suffix' ? `*.${address.host}` : address.host;
  const known = byText.get(text);
  if (known) return { row: known, companions: filled(known, text, {}) };
  for (const candidate of byTail.get(lastTwoLabels(address.host)) ?? []) {
    const captures = candidate.pattern.capture(text);
    if (captures) return { row: candidate.row, companions: filled(candidate.row, text, captures) };
  }
  return null;
}

/** The further hosts that come with an address: what the panel lists below it, `optIn` ones as a hint. */
export function companionsOf(address: Pick<Address, 'kind' | 'host' | 'port'>): readonly Companion[] {
  return catalogueFor(address)?.companions ?? [];
}

function filled(row: CatalogueRow, address: string, captures: Record<string, string>): Companion[] {
  const companions: Companion[] = [];
  for (const companion of row.companions) {
    // One that is only a hint may keep its placeholders; one that is allowed must be a host.
    const host = fill(companion.host, captures) ?? (companion.optIn ? fillKnown(companion.host, captures) : null);
    if (host !== null && host !== address) companions.push({ ...companion, host });
  }
  return companions;
}

export function lastTwoLabels(host: string): string {
  const last = host.lastIndexOf('.');
  return last <= 0 ? host : host.slice(host.lastIndexOf('.', last - 1) + 1);
}
