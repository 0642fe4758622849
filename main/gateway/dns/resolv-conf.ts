import { isIP } from 'node:net';
import type { SocketAddress } from '../../platform/socket-address.ts';

/**
 * The name servers of a resolv.conf(5), in its order, without those that are this gateway itself: a filter that asks
 * itself asks for ever. Zones of link-local addresses (`fe80::1%eth0`) are kept.
 */
export function nameserversOf(resolvConf: string, own: readonly SocketAddress[]): SocketAddress[] {
  const found: SocketAddress[] = [];
  for (const line of resolvConf.split('\n')) {
    const host = /^\s*nameserver\s+(\S+)/.exec(line)?.[1];
    if (host === undefined || isIP(host) === 0) continue;
    if (own.some((address) => address.port === 53 && address.host === host)) continue;
    if (found.some((address) => address.host === host)) continue;
    found.push({ host, port: 53 });
  }
  return found;
}
