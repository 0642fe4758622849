import type { GatewayConfig } from '../../shared/schemas/control-schema.ts';
import type { Logger } from '../platform/log/logger.ts';
import { formatSocketAddress, parseSocketAddress, type SocketAddress } from '../platform/net/socket-address.ts';
import type { Clock } from '../platform/time/clock.ts';
import { every } from '../platform/time/every.ts';
import { NO_SEARCH, type SearchList, searchListOf } from './dns/machine-names.ts';
import { createEmptyReadingFilter, nameserversOf } from './dns/resolv-conf.ts';

const CHECK_MS = 5_000;

/** The general resolvers that the gateway asks: those configured, or those of the system, followed as they change. */
export interface Upstreams {
  current(): SocketAddress[];
  /** The system's search list where its resolvers are used, else none. */
  search(): SearchList;
  /** @param own the gateway's own listeners, which it does not ask. @returns how to stop. */
  follow(own: readonly SocketAddress[], onChange: (upstreams: SocketAddress[]) => void): () => void;
}

export interface UpstreamsParts {
  clock: Clock;
  log: Pick<Logger, 'info' | 'error'>;
  /** The system's resolvers as a text of resolv.conf(5). */
  resolvConf: () => Promise<string>;
}

export async function openUpstreams(
  setting: GatewayConfig['upstreams'],
  own: readonly SocketAddress[],
  { clock, log, resolvConf }: UpstreamsParts,
): Promise<Upstreams> {
  if (setting !== 'system') {
    const configured = setting.map(parseSocketAddress);
    return { current: () => configured, search: () => NO_SEARCH, follow: () => () => undefined };
  }
  const read = (): Promise<string> => resolvConf().catch(() => '');
  const first = await read();
  let current = nameserversOf(first, own);
  let search = searchListOf(first);
  return {
    current: () => current,
    search: () => search,
    follow(listeners, onChange) {
      const isUsed = createEmptyReadingFilter();
      const check = async (): Promise<void> => {
        const text = await read();
        const found = nameserversOf(text, listeners);
        if (!isUsed(found)) return;
        search = searchListOf(text);
        if (JSON.stringify(found) === JSON.stringify(current)) return;
        current = found;
        log.info({ upstreams: current.map(formatSocketAddress) }, 'system resolvers changed');
        onChange(current);
      };
      return every(clock, CHECK_MS, check, (error) => log.error({ err: error }, 'system resolvers not read'));
    },
  };
}
