import type { Companion } from '../../../../shared/catalogue/catalogue-row.ts';
import { catalogueFor } from '../../../../shared/catalogue/look-up.ts';
import { REGISTRIES } from '../../../../shared/catalogue/registries.ts';
import { type Address, parseAddress } from '../../../../shared/hosts/address.ts';
import { addressNotices } from '../../../../shared/hosts/address-notices.ts';
import type { Problem } from '../../../../shared/problems/problem.ts';

/** What there is to know about an address while it is typed. */
export type AddressHelp =
  | { readonly kind: 'empty' }
  | { readonly kind: 'invalid'; readonly problem: Problem }
  | {
      readonly kind: 'address';
      readonly address: Address;
      /** The name that everybody knows it by. */
      readonly name: string | null;
      /** What it means, where that may not be what was meant. */
      readonly notices: readonly Problem[];
      /** What was probably meant, to take with one press. */
      readonly instead: string | null;
      readonly companions: readonly Companion[];
      readonly listed: boolean;
      /** A line that allows it already: a wildcard, or a registry that it comes with. */
      readonly coveredBy: string | null;
      /** How many lines it makes redundant. */
      readonly covers: number;
    };

/** The lines there would be, for questions about single ones. */
export interface Listing {
  has(address: string): boolean;
  addresses(): Iterable<string>;
}

export function describeAddress(written: string, listing: Listing): AddressHelp {
  if (written.trim() === '') return { kind: 'empty' };
  const parsed = parseAddress(written);
  if (!parsed.ok) return { kind: 'invalid', problem: parsed.problem };
  const address = parsed.value;
  const notices = addressNotices(written).map(({ problem }) => problem);
  const match = catalogueFor(address);
  return {
    kind: 'address',
    address,
    name: match?.row.name ?? null,
    notices,
    instead: insteadOf(notices, address),
    companions: match?.companions ?? [],
    listed: listing.has(address.text),
    coveredBy: coveringLine(address, listing),
    covers: address.kind === 'suffix' ? countBelow(address, listing) : 0,
  };
}

/** The catalogue's notices name in their arguments what was probably meant. */
function insteadOf(notices: readonly Problem[], address: Address): string | null {
  for (const { code, args = {} } of notices) {
    const meant = args.registry ?? args.meant ?? args.like ?? (code === 'address-below-only' ? args.host : undefined);
    if (typeof meant === 'string' && meant !== address.text) return meant;
  }
  return null;
}

function coveringLine({ kind, host, port }: Address, listing: Listing): string | null {
  if (kind === 'ip') return null;
  const suffix = port === undefined ? '' : `:${port}`;
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
    const line = `*${host.slice(dot)}${suffix}`;
    if (listing.has(line)) return line;
  }
  if (kind !== 'exact' || port !== undefined) return null;
  for (const { matches, companions } of REGISTRIES) {
    if (!companions.some((companion) => companion.host === host && companion.optIn !== true)) continue;
    const line = matches.find((match) => match !== host && !match.includes('<') && listing.has(match));
    if (line !== undefined) return line;
  }
  return null;
}

function countBelow({ host, port, text }: Address, listing: Listing): number {
  const end = port === undefined ? `.${host}` : `.${host}:${port}`;
  let count = 0;
  for (const line of listing.addresses()) if (line !== text && line.endsWith(end)) count += 1;
  return count;
}

export interface Suggestion {
  readonly address: string;
  readonly name: string;
}

const MAX_SUGGESTIONS = 6;

/** Known registries whose name or address contains what was typed. Those with placeholders have to be filled in. */
export function suggestionsFor(written: string, listing: Listing): Suggestion[] {
  const wanted = written.trim().toLowerCase();
  if (wanted === '') return [];
  const found: { suggestion: Suggestion; rank: number }[] = [];
  for (const { name, matches } of REGISTRIES) {
    for (const address of matches) {
      const inAddress = address.indexOf(wanted);
      const inName = name.toLowerCase().indexOf(wanted);
      if ((inAddress < 0 && inName < 0) || listing.has(address)) continue;
      if (address === wanted) return [];
      const rank = (inAddress === 0 || inName === 0 ? 0 : 2) + (address.includes('<') ? 1 : 0);
      found.push({ suggestion: { address, name }, rank });
    }
  }
  return found
    .sort((one, two) => one.rank - two.rank)
    .slice(0, MAX_SUGGESTIONS)
    .map(({ suggestion }) => suggestion);
}
