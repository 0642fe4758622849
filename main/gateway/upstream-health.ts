import type { UpstreamHealth } from '../../shared/schemas/control-schema.ts';
import { formatSocketAddress, type SocketAddress } from '../platform/net/socket-address.ts';
import type { Clock } from '../platform/time/clock.ts';
import type { UpstreamReport } from './dns/split-resolver.ts';

export interface UpstreamHealthLog {
  /** Returns whether the state has changed. */
  record(report: UpstreamReport): boolean;
  /** Of the upstreams that are configured now, in this order; others are forgotten. */
  list(configured: readonly { domain: string | null; upstreams: readonly SocketAddress[] }[]): UpstreamHealth[];
}

/**
 * Each thread asks upstreams itself; of their reports about one upstream the latest applies.
 * @param startedAt milliseconds since 1970
 */
export function createUpstreamHealth(clock: Clock, startedAt: number): UpstreamHealthLog {
  const known = new Map<string, UpstreamHealth>();
  const keyOf = (domain: string | null, address: string): string => `${domain ?? ''} ${address}`;
  return {
    record({ domain, address: socketAddress, state, error }) {
      const address = formatSocketAddress(socketAddress);
      const key = keyOf(domain, address);
      const before = known.get(key);
      const at = clock.wall();
      if (error !== null && before?.state === state) before.lastError = { at, text: error };
      if (before?.state === state) return false;
      const lastError = error === null ? (before?.lastError ?? null) : { at, text: error };
      known.set(key, { address, domain, state, since: at, lastError });
      return true;
    },
    list(configured) {
      const listed = configured.flatMap(({ domain, upstreams }) =>
        upstreams.map(formatSocketAddress).map((address) => ({ domain, address })),
      );
      const keys = new Set(listed.map(({ domain, address }) => keyOf(domain, address)));
      for (const key of known.keys()) if (!keys.has(key)) known.delete(key);
      return listed.map(
        ({ domain, address }) =>
          known.get(keyOf(domain, address)) ?? {
            ...{ address, domain, lastError: null },
            state: 'not-asked',
            since: startedAt,
          },
      );
    },
  };
}
