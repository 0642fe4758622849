import type { Duplex } from 'node:stream';
import type { Decision } from '../../../shared/reasons.ts';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import type { FoundAddress } from '../dns/resolve-addresses.ts';
import type { ClientConnections } from './client-connections.ts';
import type { OpenConnections } from './open-connections.ts';
import { TUNNEL_LIMITS, type TunnelLimits } from './tunnel.ts';
import type { UpstreamProxy } from './upstream-proxy.ts';

/** How long this proxy waits, in milliseconds, and for how many. */
export interface ProxyLimits extends TunnelLimits {
  /** From the opening of a connection, or from when its next request must have begun, to a whole head. */
  head: number;
  /** From the last answer on a connection to the beginning of its next request. */
  keepAlive: number;
  /** Until the host is connected, by the upstream proxy if there is one. */
  connect: number;
  /** Between two signs of life of a request that is no tunnel. */
  plainIdle: number;
  /** Connections that one client may hold. */
  perClient: number;
}
export const PROXY_LIMITS: ProxyLimits = {
  ...TUNNEL_LIMITS,
  head: 10_000,
  keepAlive: 5_000,
  connect: 15_000,
  plainIdle: 120_000,
  perClient: 4096,
};

/** What the proxy needs of the rest of the gateway. */
export interface ProxyContext {
  decide(host: string, port: number): Decision;
  /** What a denied client is told: printable ASCII. */
  denialSentence(host: string, decision: Decision): string;
  lookUp(host: string): Promise<FoundAddress[]>;
  isKnownClient(address: string): boolean;
  /** Reports a probe (`n<nonce>.probe…`), and returns whether it was one: probes are denied whatever is in force. */
  noticeProbe(host: string): boolean;
  onDenied(host: string, port: number, decision: Decision): void;
  onAllowed(host: string, port: number): void;
  /** By which allowed hosts are reached, where that is not done directly. */
  upstreamProxy: UpstreamProxy | null;
  /** Whether it is an address of this machine that others can reach. */
  isOwnAddress: (address: string) => boolean;
  ownListeners(): readonly SocketAddress[];
}

/** Since the start. */
export interface ProxyCounters {
  allowed: number;
  denied: number;
  malformed: number;
}

/** What the handlers of one proxy share. */
export interface ProxyCore {
  readonly context: ProxyContext;
  readonly limits: ProxyLimits;
  /** How this instance signs `Via` (RFC 9110 section 7.6.3), so that it knows its own requests again. */
  readonly pseudonym: string;
  readonly counters: ProxyCounters;
  readonly connections: OpenConnections;
  readonly clients: ClientConnections;
  /** Plain requests under way, by the client's connection. */
  readonly requestsOf: WeakMap<Duplex, number>;
}
