import type { View } from '../../../shared/reasons.ts';
import type { GatewayConfig } from '../../../shared/schemas/control-schema.ts';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import type { TimeMemory } from '../policy/shared-time.ts';
import type { DeniedName } from './denied-names.ts';
import type { DnsRules } from './responder.ts';
import type { SplitRule, UpstreamReport } from './split-resolver.ts';

export interface DnsListenAddress {
  view: View;
  address: SocketAddress;
}

/** Descriptors of sockets that are bound to an address, for a thread that closes them. */
export interface DnsSockets {
  udp: number;
  tcp: number;
}

/** What a DNS thread starts with. */
export interface DnsWorkerData {
  listen: DnsListenAddress[];
  /** Several threads bind the same addresses. */
  shared: boolean;
  upstreams: SocketAddress[];
  split: SplitRule[];
  allowFrom: string[];
  limits: GatewayConfig['limits'];
  rules: DnsRules;
  /** The time by which grants end: see shared-time.ts. */
  time: TimeMemory;
  /** The memory of its `DnsCounters`. */
  counters: SharedArrayBuffer;
  /** The descriptors it has open that Node does not know of: see `openUdpTransport`. */
  openDescriptors: SharedArrayBuffer;
  /** One pair for each of `listen`; null where the thread opens its own. */
  sockets: DnsSockets[] | null;
}

export type ToDnsWorker =
  | { kind: 'rules'; id: number; rules: DnsRules }
  | { kind: 'collect' }
  | { kind: 'upstreams'; upstreams: SocketAddress[] }
  | { kind: 'close' };

/** A probe of the agent reached the filter. */
export interface SeenProbe {
  nonce: string;
  view: View;
  generation: number;
  /** When it came in, milliseconds since 1970: the message may take its time. */
  at: number;
}

export type FromDnsWorker =
  /** `batches`: one system call reads many datagrams. */
  | { kind: 'listening'; batches: boolean }
  | { kind: 'bind-failed'; address: SocketAddress; code: string }
  | { kind: 'rules-applied'; id: number }
  /** `since`: when the first of them was denied, milliseconds since 1970. */
  | { kind: 'denied'; since: number; names: DeniedName[] }
  | { kind: 'probe'; probe: SeenProbe }
  | { kind: 'upstream'; report: UpstreamReport }
  /** An unexpected error; the thread keeps running. */
  | { kind: 'fault'; stack: string };
