import { isIP } from 'node:net';

/** Who shares limits: one address, or for IPv6 the /64 that one client usually has for itself. All without an address are one. */
export function clientShare(address: string | null): string {
  if (address === null || isIP(address) !== 6) return address ?? '';
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const groups = [...before, ...Array<string>(Math.max(0, zeros)).fill('0'), ...after];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
