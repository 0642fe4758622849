import type { GatewayConfig } from '../../shared/schemas/control-schema.ts';
import type { Logger } from '../platform/log/logger.ts';
import { formatSocketAddress, parseSocketAddress, type SocketAddress } from '../platform/net/socket-address.ts';
import type { Clock } from '../platform/time/clock.ts';
import { every } from '../platform/time/every.ts';
import { createEmptyReadingFilter, nameserversOf } from './dns/resolv-conf.ts';

const CHECK_MS = 5_000;

/** The general resolvers that the gateway asks: those configured, or those of the system, followed as they change. */
export interface Upstreams {
  current(): SocketAddress[];
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
    return { current: () => configured, follow: () => () => undefined };
  }
  const read = async (listeners: readonly SocketAddress[]): Promise<SocketAddress[]> =>
    nameserversOf(await resolvConf().catch(() => ''), [...listeners]);
  let current = await read(own);
  return {
    current: () => current,
    follow(listeners, onChange) {
      const isUsed = createEmptyReadingFilter();
      const check = async (): Promise<void> => {
        const found = await read(listeners);
        if (!isUsed(found) || JSON.stringify(found) === JSON.stringify(current)) return;
        current = found;
        log.info({ upstreams: current.map(formatSocketAddress) }, 'system resolvers changed');
        onChange(current);
      };
      return every(clock, CHECK_MS, check, (error) => log.error({ err: error }, 'system resolvers not read'));
    },
  };
}
