import { randomFillSync } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import type { View } from '../../../shared/reasons.ts';
import { PROBE_NONCE } from '../../../shared/schemas/control-schema.ts';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import { systemClock } from '../../platform/time/clock.ts';
import { secondsPassed } from '../../platform/time/seconds-passed.ts';
import { linuxUdp } from '../native/linux-udp.ts';
import { type ClientLimits, createClientTable } from './client-table.ts';
import { type Listener, listenTcp, listenUdp } from './listeners.ts';
import { randomNumbers } from './random-numbers.ts';
import { createResponder, type DnsRules } from './responder.ts';
import { createSeenTable, type SeenName } from './seen-table.ts';
import { createSplitResolver, type SplitRule, type UpstreamReport } from './split-resolver.ts';
import { nameAsText } from './wire.ts';

/** One thread of the DNS filter. Several of them share the addresses and the rule set's memory. */
export interface DnsThreadData {
  listen: { view: View; address: SocketAddress }[];
  /** Several threads bind the same addresses. */
  shared: boolean;
  upstreams: SocketAddress[];
  split: SplitRule[];
  allowFrom: string[];
  limits: ClientLimits;
  rules: DnsRules;
  /** This thread's counters, in the order of `DNS_COUNTERS`. */
  counters: SharedArrayBuffer;
  /** The descriptors that it has open and Node does not know of; see `linuxUdp`. */
  opened: SharedArrayBuffer;
}

export type ToDnsThread =
  | { kind: 'swap'; id: number; rules: DnsRules }
  | { kind: 'upstreams'; upstreams: SocketAddress[] }
  | { kind: 'close' };

export interface SeenProbe {
  nonce: string;
  view: View;
  generation: number;
}

export type FromDnsThread =
  /** `batches`: the system reads many messages with one call. */
  | { kind: 'listening'; batches: boolean }
  | { kind: 'failed'; address: SocketAddress; code: string }
  | { kind: 'swapped'; id: number }
  | { kind: 'seen'; names: SeenName[] }
  | { kind: 'probe'; probe: SeenProbe }
  | { kind: 'upstream'; report: UpstreamReport }
  /** Something unforeseen was thrown; the thread goes on. */
  | { kind: 'fault'; stack: string }
  | { kind: 'closed' };

/** How long refused names are counted before they are told to the main thread. */
const TELL_MS = 200;
/** Probes that are told in this time; who floods us with them must not fill the main thread's memory. */
const MOST_PROBES = 64;

const port = parentPort;
if (port === null) throw new Error('runs as a worker thread only');
const tell = (message: FromDnsThread): void => port.postMessage(message);

// One message that nobody foresaw must not take the answers to all others with it.
const fault = (error: unknown): void =>
  tell({ kind: 'fault', stack: (error instanceof Error ? error.stack : undefined) ?? String(error) });
process.on('uncaughtException', fault);

const data = workerData as DnsThreadData;
const linux = await linuxUdp(new Uint8Array(data.opened));
const resolver = createSplitResolver({
  upstreams: data.upstreams,
  split: data.split,
  random: randomNumbers((bytes) => randomFillSync(bytes)),
  linux,
  seconds: secondsPassed(systemClock),
  onUpstream: (report) => tell({ kind: 'upstream', report }),
});
const seen = createSeenTable();
let telling = false;
let probes = 0;

const responder = createResponder(data.rules, resolver, new Float64Array(data.counters), {
  denied(view, bytes, at, end, reason, wasRefused) {
    seen.note(view, bytes, at, end, reason, wasRefused);
    if (telling) return;
    telling = true;
    setTimeout(() => {
      telling = false;
      tell({ kind: 'seen', names: seen.take() });
    }, TELL_MS);
  },
  probe(view, bytes, at, generation) {
    const nonce = nameAsText(bytes, at).split('.', 1)[0]?.slice(1) ?? '';
    if (!PROBE_NONCE.test(nonce) || probes >= MOST_PROBES) return;
    if (probes === 0) {
      setTimeout(() => {
        probes = 0;
      }, TELL_MS);
    }
    probes += 1;
    tell({ kind: 'probe', probe: { nonce, view, generation } });
  },
});

const listeners: Listener[] = [];

async function listen(): Promise<void> {
  const counters = new Float64Array(data.counters);
  const seconds = (): number => performance.now() / 1000;
  // Apart for each view: what containers ask for must not use up what the engine may.
  const tables = {
    engine: createClientTable(data.allowFrom, data.limits, seconds),
    workload: createClientTable(data.allowFrom, data.limits, seconds),
  };
  for (const { view, address } of data.listen) {
    const clients = tables[view];
    const options = {
      view,
      address,
      responder,
      clients,
      shared: data.shared,
      linux,
      onFault: fault,
      onOversized: () => {
        counters[2] = (counters[2] as number) + 1;
      },
    };
    try {
      // One by one: whatever is open when the other cannot be had is closed with the thread.
      listeners.push(await listenUdp(options));
      listeners.push(await listenTcp(options));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      tell({ kind: 'failed', address, code });
      return;
    }
  }
  tell({ kind: 'listening', batches: linux !== null });
}

port.on('message', (message: ToDnsThread) => {
  switch (message.kind) {
    case 'swap':
      responder.swap(message.rules);
      tell({ kind: 'swapped', id: message.id });
      break;
    case 'upstreams':
      resolver.setUpstreams(message.upstreams);
      break;
    case 'close':
      void Promise.all(listeners.map((listener) => listener.close())).then(() => {
        resolver.close();
        tell({ kind: 'closed' });
        port.close();
      });
  }
});

await listen();
