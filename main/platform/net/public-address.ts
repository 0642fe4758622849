import { BlockList, isIP, isIPv4 } from 'node:net';
import { embeddedIpv4, isForbiddenTarget } from './forbidden-target.ts';

/** What is not the public internet, besides what `isForbiddenTarget` knows (IANA's special-purpose registries, RFC 6890). */
const notPublic = new BlockList();
for (const [network, prefix] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
] as const) {
  notPublic.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['3fff::', 20],
  ['5f00::', 16],
  ['fc00::', 7],
  ['fec0::', 10],
] as const) {
  notPublic.addSubnet(network, prefix, 'ipv6');
}

/** Whether an address is on the public internet: none of this machine, its network, or its cloud. An IPv4 address in IPv6 clothes is that one. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0 || address.includes('%') || isForbiddenTarget(address, 0, [])) return false;
  const plain = plainAddress(address);
  if (isIPv4(plain)) return !notPublic.check(plain, 'ipv4');
  return !notPublic.check(plain, 'ipv6');
}

/**
 * Whether a name is never one of the public internet: one without a dot, and those below the names that are set aside for machines and networks
 * (RFC 6761, RFC 6762, RFC 8375; `.internal` by ICANN's board, 2024-07-29).
 */
export function isInternalName(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return !name.includes('.') || /\.(localhost|local|internal|home\.arpa)$/.test(name);
}

/**
 * Networks that an operator names: `10.1.0.0/16`, `fd00::/8`, a single address.
 * @returns null where one is no network
 */
export function networksOf(texts: readonly string[]): { has: (address: string) => boolean } | null {
  const list = new BlockList();
  for (const text of texts) {
    const [address = '', prefix, more] = text.split('/');
    const kind = isIP(address);
    const most = kind === 4 ? 32 : 128;
    const bits = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (kind === 0 || more !== undefined || address.includes('%') || !(bits >= 0 && bits <= most)) return null;
    list.addSubnet(address, bits, kind === 4 ? 'ipv4' : 'ipv6');
  }
  return {
    has: (address) => {
      const plain = plainAddress(address);
      return isIP(plain) !== 0 && list.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
    },
  };
}

function plainAddress(address: string): string {
  return isIPv4(address) ? address : (embeddedIpv4(address) ?? address);
}
