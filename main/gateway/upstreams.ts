import type { GatewayConfig } from '../../shared/schemas/control-schema.ts';
import { followPath } from '../platform/fs/follow-path.ts';
import type { Logger } from '../platform/log/logger.ts';
import { formatSocketAddress, parseSocketAddress, type SocketAddress } from '../platform/net/socket-address.ts';
import type { Clock } from '../platform/time/clock.ts';
import { NO_SEARCH, type SearchList, searchListOf } from './dns/machine-names.ts';
import { createEmptyReadingFilter, EMPTY_FOR, nameserversOf } from './dns/resolv-conf.ts';

/** Where no file can be watched. Milliseconds. */
const CHECK_EVERY = 5_000;

/** A text of resolv.conf(5) that tells the system's resolvers. */
export interface ResolvConf {
  /** null where it is no file. */
  path: string | null;
  read(): Promise<string>;
}

/** The general resolvers that the gateway asks: those configured, or those of the system, followed as they change. */
export interface Upstreams {
  current(): SocketAddress[];
  /** The system's search list where its resolvers are used, else none. */
  search(): SearchList;
  /**
   * @param own the gateway's own listeners, which it does not ask.
   * @param onChange never throws. @returns how to stop.
   */
  follow(own: readonly SocketAddress[], onChange: (upstreams: SocketAddress[]) => void): Promise<() => void>;
}

export interface UpstreamsParts {
  clock: Clock;
  log: Pick<Logger, 'info' | 'error'>;
  resolvConf: ResolvConf;
}

export async function openUpstreams(
  setting: GatewayConfig['upstreams'],
  own: readonly SocketAddress[],
  { clock, log, resolvConf }: UpstreamsParts,
): Promise<Upstreams> {
  if (setting !== 'system') {
    const configured = setting.map(parseSocketAddress);
    return { current: () => configured, search: () => NO_SEARCH, follow: async () => () => undefined };
  }
  const read = (): Promise<string> => resolvConf.read().catch(() => '');
  const first = await read();
  let current = nameserversOf(first, own);
  let search = searchListOf(first);
  return {
    current: () => current,
    search: () => search,
    follow(listeners, onChange) {
      const isUsed = createEmptyReadingFilter();
      const take = (text: string, found: SocketAddress[]): void => {
        search = searchListOf(text);
        if (JSON.stringify(found) === JSON.stringify(current)) return;
        current = found;
        log.info({ upstreams: current.map(formatSocketAddress) }, 'system resolvers changed');
        onChange(current);
      };
      const check = async (): Promise<number> => {
        const text = await read();
        const found = nameserversOf(text, listeners);
        if (isUsed(found, clock.monotonic())) take(text, found);
        return found.length > 0 ? Number.POSITIVE_INFINITY : EMPTY_FOR;
      };
      return followPath(resolvConf.path, clock, check, CHECK_EVERY);
    },
  };
}
