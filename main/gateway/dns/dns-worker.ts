import { randomFillSync } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { collectGarbage } from '../../platform/process/collect-garbage.ts';
import { systemClock } from '../../platform/time/clock.ts';
import { secondsPassed } from '../../platform/time/seconds-passed.ts';
import { openUdpTransport } from '../native/open-udp-transport.ts';
import { sharedTime } from '../policy/shared-time.ts';
import { createClientTable } from './client-table.ts';
import { DnsCounters } from './dns-counters.ts';
import { createDnsObserver } from './dns-observer.ts';
import type { Listener } from './listener.ts';
import { createRandomNumbers } from './random-numbers.ts';
import { createResponder } from './responder.ts';
import { openSplitResolver } from './split-resolver.ts';
import { listenTcp } from './tcp-listener.ts';
import { listenUdp } from './udp-listener.ts';
import type { DnsWorkerData, FromDnsWorker, ToDnsWorker } from './worker-messages.ts';

// One thread of the DNS filter. Several of them share its addresses and the rule set's memory.

/** What a client may ask in a second where nothing is configured and the socket's queue cannot be seen. */
const PER_SECOND_UNSEEN = 20_000;

const port = parentPort;
if (port === null) throw new Error('runs as a worker thread only');
const data = workerData as DnsWorkerData;
const send = (message: FromDnsWorker): void => port.postMessage(message);

// One unexpected message must not cost all other clients their answers.
const reportFault = (error: unknown): void =>
  send({ kind: 'fault', stack: (error instanceof Error ? error.stack : undefined) ?? String(error) });
process.on('uncaughtException', reportFault);

const counters = new DnsCounters(data.counters);
const openDescriptors = new Uint8Array(data.openDescriptors);
const udp = await openUdpTransport(openDescriptors);
const resolvers = openSplitResolver({
  upstreams: data.upstreams,
  split: data.split,
  random: createRandomNumbers((bytes) => randomFillSync(bytes)),
  udp,
  seconds: secondsPassed(systemClock),
  onUpstream: (report) => send({ kind: 'upstream', report }),
});
const observer = createDnsObserver(send, systemClock);
const responder = createResponder(data.rules, resolvers, counters, observer, sharedTime(data.time, systemClock));
// Node keeps this object as long as the thread runs, and with it the memory of a table that may have been replaced long ago.
delete (data as Partial<DnsWorkerData>).rules;

const seconds = (): number => performance.now() / 1000;
// Without koffi nobody sees how much waits, so there is a limit in any case.
const perSecond = data.limits.perSecond ?? (udp.batches ? null : PER_SECOND_UNSEEN);
const limits = { perSecond, inFlight: data.limits.inFlight };
// One per view: what containers ask must not use up what the engine may ask.
const clients = {
  engine: createClientTable(data.allowFrom, limits, seconds),
  workload: createClientTable(data.allowFrom, limits, seconds),
};
const listeners: Listener[] = [];

async function listen(): Promise<void> {
  for (const [index, { view, address }] of data.listen.entries()) {
    const options = { view, address, responder, clients: clients[view], shared: data.shared };
    const sockets = data.sockets?.[index];
    try {
      // One after the other, so that the first is in the list, and closed, if the second fails.
      listeners.push(await listenUdp({ ...options, descriptor: sockets?.udp, udp, onFault: reportFault }));
      const onOversized = (): void => counters.increment('malformed');
      listeners.push(await listenTcp({ ...options, descriptor: sockets?.tcp, onOversized }));
      // From here on Node closes it.
      if (sockets !== undefined) openDescriptors[sockets.tcp] = 0;
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      send({ kind: 'bind-failed', address, code });
      return;
    }
  }
  send({ kind: 'listening', batches: udp.batches });
}

/** How long answers of upstreams are waited for before the end, in milliseconds. Meanwhile new questions wait for the successor. */
const DRAIN_MS = 1000;

async function close(): Promise<void> {
  if (data.sockets !== null) {
    for (const listener of listeners) listener.pause();
    const until = performance.now() + DRAIN_MS;
    while (responder.inFlight > 0 && performance.now() < until) await setTimeout(5);
  }
  await Promise.all(listeners.map((listener) => listener.close()));
  resolvers.close();
  port?.close();
}

port.on('message', (message: ToDnsWorker) => {
  switch (message.kind) {
    case 'rules':
      responder.setRules(message.rules);
      send({ kind: 'rules-applied', id: message.id });
      break;
    case 'collect':
      collectGarbage();
      break;
    case 'upstreams':
      resolvers.setUpstreams(message.upstreams);
      break;
    case 'close':
      void close();
  }
});

await listen();
