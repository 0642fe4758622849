import type { Address } from '../hosts/address.ts';
import type { Companion } from './catalogue-row.ts';
import { companionsOf } from './look-up.ts';
import { pattern } from './pattern.ts';

/** The hosts that a pull from an address may need and that are not allowed with it: each takes a line of its own. */
export function optInOf(address: Pick<Address, 'kind' | 'host' | 'port'>): Companion[] {
  return companionsOf(address).filter(({ optIn }) => optIn === true);
}

/**
 * Whether a line of the list stands for an opt-in host. Whoever lists one host of a pattern (`us-west1-docker.pkg.dev`, a storage account)
 * has dealt with it.
 *
 * @param line an address as `parseAddress` spells it
 * @param host of `optInOf`, with or without placeholders
 */
export function isLineFor(line: string, host: string): boolean {
  if (line === host) return true;
  if (line.startsWith('*.')) return host.endsWith(line.slice(1));
  return host.startsWith('*.')
    ? line.endsWith(host.slice(1))
    : host.includes('<') && pattern(host).capture(line) !== null;
}

/** A part of `host` that each line for it contains, to search a long list by. */
export function searchFor(host: string): string {
  return host.split('.').slice(-2).join('.');
}
