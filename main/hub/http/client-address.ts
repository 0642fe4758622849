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
