import { isIP } from 'node:net';
import { normalizeHost } from '../../../shared/hosts/host-name.ts';
import type { SocketAddress } from '../../platform/net/socket-address.ts';

/**
 * The name servers in a resolv.conf(5), in its order, without this gateway itself, which would ask itself for ever. Zones of
 * link-local addresses (`fe80::1%eth0`) are kept.
 */
export function nameserversOf(resolvConf: string, own: readonly SocketAddress[]): SocketAddress[] {
  const found: SocketAddress[] = [];
  for (const line of resolvConf.split('\n')) {
    const host = /^\s*nameserver\s+(\S+)/.exec(line)?.[1];
    if (host === undefined || isIP(host) === 0) continue;
    if (own.some((address) => address.port === 53 && canonical(address.host) === canonical(host))) continue;
    if (found.some((address) => canonical(address.host) === canonical(host))) continue;
    found.push({ host, port: 53 });
  }
  return found;
}

/** One spelling per IP literal (RFC 5952); one with a zone stays unchanged. */
function canonical(host: string): string {
  return normalizeHost(host)?.host ?? host;
}

/** How long resolv.conf must say nothing before that is believed: a program that rewrites it in place empties it first. Milliseconds. */
export const EMPTY_FOR = 5_000;

/** Whether to use a reading of resolv.conf. @param now milliseconds on a monotonic clock. */
export function createEmptyReadingFilter(): (found: readonly SocketAddress[], now: number) => boolean {
  let emptySince: number | null = null;
  return (found, now) => {
    emptySince = found.length > 0 ? null : (emptySince ?? now);
    return emptySince === null || now - emptySince >= EMPTY_FOR;
  };
}
