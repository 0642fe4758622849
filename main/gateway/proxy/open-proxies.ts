import { randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Decision } from '../../../shared/reasons.ts';
import type { GatewayConfig } from '../../../shared/schemas/control-schema.ts';
import { withTarget } from '../../platform/net/forbidden-target.ts';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import { bindProblem } from '../bind-problem.ts';
import { type ListenPlace, openProxy, type RegistryProxy } from './proxy.ts';
import type { ProxyContext } from './proxy-core.ts';
import { readProxyCredentials } from './proxy-credentials.ts';
import { isReachedThrough, type UpstreamProxy } from './upstream-proxy.ts';
import { usableAddresses } from './usable-addresses.ts';

/** The proxies of all configured addresses, as one. */
export interface RegistryProxies extends AsyncDisposable {
  readonly addresses: readonly SocketAddress[];
  counters(): ReturnType<RegistryProxy['counters']>;
  /** Closes what the rule set now in force denies. */
  reconsider(): void;
  /** A decision with what these proxies consider besides: where the host leads, as far as that is found out in time. */
  withTarget(decision: Decision, host: string, port: number | undefined): Promise<Decision>;
}

/** Whoever asks `explain` waits. */
const EXPLAIN_MS = 2_000;

/** @param otherListeners the gateway's listeners besides these. @throws ProblemError for an address that cannot be bound. */
export async function openProxies(
  places: readonly ListenPlace[],
  otherListeners: readonly SocketAddress[],
  context: Omit<ProxyContext, 'ownListeners'>,
): Promise<RegistryProxies> {
  await using opening = new AsyncDisposableStack();
  const pseudonym = `portcullis-${randomBytes(6).toString('hex')}`;
  const proxies: RegistryProxy[] = [];
  const listeners = (): SocketAddress[] => proxies.map(({ address }) => address);
  const ownListeners = (): SocketAddress[] => [...otherListeners, ...listeners()];
  for (const place of places) {
    const proxy = await openProxy(place, pseudonym, { ...context, ownListeners }).catch(
      (error: NodeJS.ErrnoException) => {
        throw bindProblem(place, error.code ?? error.message);
      },
    );
    proxies.push(opening.use(proxy));
  }
  const opened = opening.move();
  return {
    addresses: listeners(),
    async withTarget(decision, host, port) {
      const byName = withTarget(decision, host, port, ownListeners());
      const isResolvedHere = isIP(host) === 0 && !isReachedThrough(context.upstreamProxy, host);
      if (!byName.allowed || byName.reason === 'baseline' || !isResolvedHere) return byName;
      const target = { host, port: port ?? 443 };
      const reached = await Promise.race([
        // Where no resolver answers, what is known is that the policy allows it.
        usableAddresses({ ...context, ownListeners }, target).catch(() => null),
        setTimeout(EXPLAIN_MS, null, { ref: false }),
      ]);
      const leadsBack = reached !== null && !reached.isUnknown && reached.usable.length === 0;
      return leadsBack ? { allowed: false, reason: 'leads-back' } : byName;
    },
    counters: () => sumOf(proxies.map((proxy) => proxy.counters())),
    reconsider() {
      for (const proxy of proxies) proxy.reconsider();
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** @throws ProblemError `proxy-credentials`. */
export async function readUpstreamProxy(
  config: GatewayConfig['upstreamProxy'],
  uid: number | undefined,
): Promise<UpstreamProxy | null> {
  if (config === undefined) return null;
  const { address, except, credentials } = config;
  const authorization = credentials === undefined ? null : await readProxyCredentials(credentials, uid);
  return { ...hostAndPort(address), except, authorization };
}

/** Of an address that the schema has checked; the host may be a name. */
function hostAndPort(address: string): SocketAddress {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
}

function sumOf(each: readonly ReturnType<RegistryProxy['counters']>[]): ReturnType<RegistryProxy['counters']> {
  const total = { allowed: 0, denied: 0, malformed: 0, open: 0 };
  for (const counters of each) {
    for (const name of ['allowed', 'denied', 'malformed', 'open'] as const) total[name] += counters[name];
  }
  return total;
}
