import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * Whose request this is. Behind the TLS proxy that is the last entry of `X-Forwarded-For`, which the proxy wrote itself: those before it are
 * whatever the client sent. Only an address is believed; null where the proxy gives none.
 */
export function clientAddress({ headers, socket }: IncomingMessage, isBehindProxy: boolean): string | null {
  if (!isBehindProxy) return plainAddress(socket.remoteAddress ?? '');
  const forwarded = headers['x-forwarded-for'];
  const entries = (Array.isArray(forwarded) ? forwarded.join() : (forwarded ?? '')).split(',');
  return plainAddress((entries.at(-1) ?? '').trim());
}

/** Some proxies add the port, in brackets for IPv6; an IPv4 client of an IPv6 socket is one of IPv4. */
function plainAddress(text: string): string | null {
  const address = (/^\[([^\]]+)\](:\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text)
    .replace(/^::ffff:(?=\d+\.)/i, '')
    .replace(/%.*$/, '');
  return isIP(address) === 0 ? null : address;
}

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
