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

/** The last two labels of every address that the catalogue knows: where another stands, `mayBeKnown` says no. */
export const KNOWN_ENDINGS: ReadonlySet<string> = new Set([
  ...byTail.keys(),
  ...[...byText.keys()].map((text) => lastTwoLabels(text.replace(/^\*\./, ''))),
]);

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

/**
 * Whether every host name that differs from this one in its first label only brings the same companions; false where that is not certain.
 *
 * @param host plain labels, two or more
 */
export function bringsByRest(host: string): boolean {
  const rest = host.slice(host.indexOf('.') + 1);
  const candidates = byTail.get(lastTwoLabels(host)) ?? [];
  // Of all patterns that one of them might match, none looks at the first label.
  if (!candidates.every(({ pattern }) => pattern.free !== null)) return false;
  if ([...byText.keys()].some((text) => text.endsWith(`.${rest}`))) return false;
  const found = candidates.find(({ pattern }) => pattern.capture(host) !== null);
  if (found === undefined) return candidates.length > 0;
  // An address is never its own companion.
  if (companionsOf({ kind: 'exact', host }).some((companion) => companion.host.endsWith(`.${rest}`))) return false;
  return !found.row.companions.some((companion) => companion.host.includes(`<${found.pattern.free}>`));
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
