import { isIP } from 'node:net';
import { normalizeHost } from '../../../shared/hosts/host-name.ts';
import type { FoundAddress } from './resolve-addresses.ts';

/** What resolv.conf(5) says about names that are not complete. */
export interface SearchList {
  /** Lower case, no trailing dot. */
  readonly domains: readonly string[];
  /** A name with at least this many dots is tried as it is before the domains, and another one after them. */
  readonly ndots: number;
}

export const NO_SEARCH: SearchList = { domains: [], ndots: 1 };

/** glibc's own limits. */
const MAX_DOMAINS = 32;
const MAX_NDOTS = 15;

/** `search`, or `domain` where that comes last, and `options ndots:` of a resolv.conf(5). */
export function searchListOf(resolvConf: string): SearchList {
  let domains: string[] = [];
  let { ndots } = NO_SEARCH;
  for (const line of resolvConf.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (keyword === 'search') domains = values;
    if (keyword === 'domain') domains = values.slice(0, 1);
    if (keyword !== 'options') continue;
    for (const value of values) {
      const dots = /^ndots:(\d{1,3})$/.exec(value)?.[1];
      if (dots !== undefined) ndots = Math.min(Number(dots), MAX_NDOTS);
    }
  }
  const names = domains.flatMap((domain) => {
    const host = normalizeHost(domain)?.host;
    return host === undefined || isIP(host) !== 0 ? [] : [host];
  });
  return { domains: [...new Set(names)].slice(0, MAX_DOMAINS), ndots };
}

/** The names to ask DNS for, in order, until one has an address: what resolv.conf(5) calls the search list. */
export function namesToTry(host: string, { domains, ndots }: SearchList): string[] {
  if (isIP(host) !== 0) return [host];
  const dots = host.split('.').length - 1;
  const searched = domains.map((domain) => `${host}.${domain}`);
  return dots >= ndots ? [host, ...searched] : [...searched, host];
}

/** The addresses of each name in a hosts(5) file, lower case. What is no address or no host name is left out. */
export function readHosts(text: string): ReadonlyMap<string, readonly FoundAddress[]> {
  const hosts = new Map<string, FoundAddress[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = (line.split('#')[0] ?? '').trim().split(/\s+/);
    const family = isIP(address);
    if (family !== 4 && family !== 6) continue;
    for (const name of names) {
      const host = normalizeHost(name)?.host;
      if (host === undefined || isIP(host) !== 0) continue;
      const known = hosts.get(host) ?? [];
      hosts.set(host, [...known, { address, family }]);
    }
  }
  return hosts;
}

export interface MachineNames {
  /** The text of hosts(5). */
  hosts: () => Promise<string>;
  search: () => SearchList;
  /** One complete name, asked of DNS. */
  lookUp: (name: string) => Promise<FoundAddress[]>;
}

/**
 * Finds a host's addresses as programs on this machine do: in hosts(5), else by DNS with the search list. For names that are
 * allowed; where they lead is for the caller to check. A name that DNS could not be asked for ends the search: the next one
 * would be another host.
 */
export function createMachineLookup({
  hosts,
  search,
  lookUp,
}: MachineNames): (host: string) => Promise<FoundAddress[]> {
  let read = { text: '', byName: readHosts('') };
  return async (host) => {
    const text = await hosts().catch(() => '');
    if (text !== read.text) read = { text, byName: readHosts(text) };
    const listed = read.byName.get(host);
    if (listed !== undefined) return [...listed];
    for (const name of namesToTry(host, search())) {
      const found = await lookUp(name);
      if (found.length > 0) return found;
    }
    return [];
  };
}
