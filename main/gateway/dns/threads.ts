import { createSocket } from 'node:dgram';
import { createServer, isIP } from 'node:net';
import { Worker } from 'node:worker_threads';
import { ProblemError } from '../../../shared/problems/problem.ts';
import type { View } from '../../../shared/reasons.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { formatSocketAddress, type SocketAddress } from '../../platform/net/socket-address.ts';
import { closeLeft, DESCRIPTORS } from '../native/libc.ts';
import { linuxUdp } from '../native/linux-udp.ts';
import type { ClientLimits } from './client-table.ts';
import { DNS_COUNTERS, type DnsRules } from './responder.ts';
import type { SeenName } from './seen-table.ts';
import type { SplitRule, UpstreamReport } from './split-resolver.ts';
import type { DnsThreadData, FromDnsThread, SeenProbe, ToDnsThread } from './thread.ts';

export interface DnsThreadsOptions {
  listen: { view: View; address: SocketAddress }[];
  workers: number;
  upstreams: SocketAddress[];
  split: SplitRule[];
  allowFrom: string[];
  limits: ClientLimits;
  rules: DnsRules;
  onSeen: (names: SeenName[]) => void;
  onProbe: (probe: SeenProbe) => void;
  onUpstream: (report: UpstreamReport) => void;
  /** A thread died and could not be replaced; it is tried again. */
  onLost: (index: number) => void;
  log: Pick<Logger, 'error' | 'warn'>;
}

export interface DnsThreads {
  /** The addresses with the ports that were picked. */
  readonly listen: { view: View; address: SocketAddress }[];
  /** Resolves when every thread answers by these rules. */
  swap(rules: DnsRules): Promise<void>;
  setUpstreams(upstreams: SocketAddress[]): void;
  counters(): Record<(typeof DNS_COUNTERS)[number], number>;
  close(): Promise<void>;
}

const RESTART_MS = 500;
const PICK_ATTEMPTS = 20;

interface Thread {
  worker: Worker;
  counters: SharedArrayBuffer;
  waiting: Map<number, () => void>;
  /** Between a thread's end and its replacement nobody answers a swap; the replacement starts with the newest rules. */
  ended: boolean;
}

/**
 * Starts the DNS filter on its threads. A thread that dies is replaced, with the rules that are then in force.
 * @throws ProblemError `address-in-use`, `address-unavailable` or `address-forbidden`, with the address.
 */
export async function startDnsThreads(options: DnsThreadsOptions): Promise<DnsThreads> {
  // What makes Linux's calls is unloaded with the last thread that loaded it; the end of a thread that died needs it after that.
  await linuxUdp();
  const picks = options.listen.some(({ address }) => address.port === 0);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      // A port that was picked may be taken by another program before the threads have bound it.
      const taken = error instanceof ProblemError && error.problem.code === 'address-in-use';
      if (!picks || !taken || attempt >= PICK_ATTEMPTS) throw error;
    }
  }
}

async function startOnce(options: DnsThreadsOptions): Promise<DnsThreads> {
  const listen: { view: View; address: SocketAddress }[] = [];
  for (const { view, address } of options.listen) listen.push({ view, address: await pickAddress(address) });
  let rules = options.rules;
  let upstreams = options.upstreams;
  let closing = false;
  let nextId = 1;
  const threads: Thread[] = [];

  const start = (index: number, counters: SharedArrayBuffer): Promise<void> =>
    new Promise((resolve, reject) => {
      const data: DnsThreadData = {
        listen,
        shared: options.workers > 1,
        upstreams,
        split: options.split,
        allowFrom: options.allowFrom,
        limits: options.limits,
        rules,
        counters,
        opened: new SharedArrayBuffer(DESCRIPTORS),
      };
      const startedWith = rules;
      const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: data, name: `dns-${index}` });
      const thread: Thread = { worker, counters, waiting: new Map(), ended: false };
      threads[index] = thread;
      worker.on('message', (message: FromDnsThread) => {
        switch (message.kind) {
          case 'listening':
            if (process.platform === 'linux' && !message.batches) {
              options.log.warn(
                { thread: index },
                'UDP messages are read one by one, which takes twice the processor time',
              );
            }
            // What came into force while it started.
            if (rules !== startedWith) post(thread, { kind: 'swap', id: 0, rules });
            resolve();
            break;
          case 'failed':
            reject(bindProblem(message.address, message.code));
            break;
          case 'swapped':
            thread.waiting.get(message.id)?.();
            thread.waiting.delete(message.id);
            break;
          case 'seen':
            options.onSeen(message.names);
            break;
          case 'probe':
            options.onProbe(message.probe);
            break;
          case 'upstream':
            options.onUpstream(message.report);
            break;
          case 'fault':
            options.log.error({ thread: index, stack: message.stack }, 'unexpected in a DNS thread, carrying on');
            // Before it listens nothing comes over the wire: then it is a mistake of ours, and there is nothing to carry on.
            reject(new Error(message.stack));
            break;
          case 'closed':
            break;
        }
      });
      worker.on('error', (error) => {
        options.log.error({ err: error, thread: index }, 'a DNS thread failed');
        reject(error);
      });
      worker.on('exit', () => {
        thread.ended = true;
        closeLeft(new Uint8Array(data.opened));
        for (const done of thread.waiting.values()) done();
        thread.waiting.clear();
        if (closing) return;
        setTimeout(() => {
          if (closing) return;
          start(index, counters).catch((error) => {
            options.log.error({ err: error, thread: index }, 'a DNS thread could not be replaced');
            options.onLost(index);
            const failed = threads[index];
            if (failed !== undefined) void end(failed);
          });
        }, RESTART_MS);
      });
    });

  const post = (thread: Thread, message: ToDnsThread): void => thread.worker.postMessage(message);

  /** It ends by itself: terminated while it reads messages by Linux's own calls it would take the process with it. */
  const end = (thread: Thread): Promise<void> =>
    new Promise((resolve) => {
      if (thread.ended) return resolve();
      thread.worker.on('exit', () => resolve());
      post(thread, { kind: 'close' });
    });

  try {
    for (let index = 0; index < options.workers; index += 1) {
      await start(index, new SharedArrayBuffer(DNS_COUNTERS.length * Float64Array.BYTES_PER_ELEMENT));
    }
  } catch (error) {
    closing = true;
    await Promise.all(threads.map(end));
    throw error;
  }

  return {
    listen,
    async swap(next) {
      rules = next;
      const id = nextId++;
      await Promise.all(
        threads.map(
          (thread) =>
            new Promise<void>((resolve) => {
              if (thread.ended) return resolve();
              thread.waiting.set(id, resolve);
              post(thread, { kind: 'swap', id, rules });
            }),
        ),
      );
    },
    setUpstreams(next) {
      upstreams = next;
      for (const thread of threads) post(thread, { kind: 'upstreams', upstreams });
    },
    counters() {
      const totals = Object.fromEntries(DNS_COUNTERS.map((name) => [name, 0])) as Record<
        (typeof DNS_COUNTERS)[number],
        number
      >;
      for (const { counters } of threads) {
        const values = new Float64Array(counters);
        for (const [index, name] of DNS_COUNTERS.entries()) totals[name] += values[index] ?? 0;
      }
      return totals;
    },
    async close() {
      closing = true;
      await Promise.all(threads.map(end));
    },
  };
}

/**
 * Binds the address over UDP and TCP alone, once, and lets go: sockets that share a port do not notice that somebody
 * else has it, and a port 0 must become the same number for both and for every thread.
 */
async function pickAddress(address: SocketAddress): Promise<SocketAddress> {
  for (let attempt = 1; ; attempt += 1) {
    const udp = createSocket({ type: isIP(address.host) === 6 ? 'udp6' : 'udp4', ipv6Only: isIP(address.host) === 6 });
    const tcp = createServer();
    try {
      await new Promise<void>((resolve, reject) => {
        udp.once('error', reject);
        udp.bind({ address: address.host, port: address.port, exclusive: true }, resolve);
      });
      const { port } = udp.address();
      await new Promise<void>((resolve, reject) => {
        tcp.once('error', reject);
        tcp.listen({ host: address.host, port, exclusive: true, ipv6Only: isIP(address.host) === 6 }, resolve);
      });
      return { host: address.host, port };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      // The port that UDP was given may be taken for TCP.
      if (address.port !== 0 || code !== 'EADDRINUSE' || attempt >= PICK_ATTEMPTS) throw bindProblem(address, code);
    } finally {
      await new Promise<void>((resolve) => udp.close(resolve));
      await new Promise<void>((resolve) => (tcp.listening ? tcp.close(() => resolve()) : resolve()));
    }
  }
}

/** Why an address could not be had, and what to do. */
export function bindProblem(address: SocketAddress, code: string): ProblemError {
  const text = formatSocketAddress(address);
  switch (code) {
    case 'EADDRINUSE':
      return new ProblemError({
        code: 'address-in-use',
        message: `${text} is in use by another program.`,
        cause: code,
        next: `Find it with "ss -lunpt 'sport = :${address.port}'" and stop it, or choose another port.`,
      });
    case 'EADDRNOTAVAIL':
      return new ProblemError({
        code: 'address-unavailable',
        message: `This machine does not have the address of ${text}.`,
        cause: code,
        next: 'Check the address in the configuration, or bring its network interface up first.',
      });
    case 'EACCES':
    case 'EPERM':
      return new ProblemError({
        code: 'address-forbidden',
        message: `This user may not listen on ${text}.`,
        cause: code,
        next: 'Ports below 1024 need CAP_NET_BIND_SERVICE, as the systemd unit grants it; or choose a higher port.',
      });
    default:
      return new ProblemError({ code: 'address-failed', message: `${text} could not be listened on.`, cause: code });
  }
}
