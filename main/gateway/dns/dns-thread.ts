import { Worker } from 'node:worker_threads';
import type { Logger } from '../../platform/log/logger.ts';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import { bindProblem } from '../bind-problem.ts';
import { closeLeftOpen, MAX_DESCRIPTORS } from '../native/open-descriptors.ts';
import type { DeniedName } from './denied-names.ts';
import { DnsCounters } from './dns-counters.ts';
import type { DnsRules } from './responder.ts';
import type { UpstreamReport } from './split-resolver.ts';
import type { DnsSockets, DnsWorkerData, FromDnsWorker, SeenProbe, ToDnsWorker } from './worker-messages.ts';

const RESTART_MS = 500;

/** What the main thread is told by its DNS threads. */
export interface DnsThreadEvents {
  /** @param since when the first of them was denied, milliseconds since 1970 */
  onDenied: (names: DeniedName[], since: number) => void;
  onProbe: (probe: SeenProbe) => void;
  onUpstream: (report: UpstreamReport) => void;
  /** A thread died and could not be replaced; it is tried again. */
  onLost: (index: number) => void;
  log: Pick<Logger, 'error' | 'warn'>;
}

/** What changes while the threads run; a replacement starts with what is current. */
export interface DnsThreadSettings {
  rules: DnsRules;
  upstreams: SocketAddress[];
}

export type FixedWorkerData = Omit<DnsWorkerData, keyof DnsThreadSettings | 'counters' | 'openDescriptors' | 'sockets'>;

/** A worker, from its start to its end. */
interface RunningWorker {
  worker: Worker;
  /** Resolved when the worker has applied rules, by their id, or has ended. */
  waiting: Map<number, () => void>;
  ended: boolean;
}

/** One place among the DNS threads: a worker, replaced when it dies. Its counters go on. */
export class DnsThread {
  readonly counters: DnsCounters;
  readonly #counterMemory = DnsCounters.allocate();
  readonly #index: number;
  readonly #fixed: FixedWorkerData;
  readonly #events: DnsThreadEvents;
  readonly #settings: () => DnsThreadSettings;
  readonly #sockets: (() => DnsSockets[]) | null;
  #running: RunningWorker | null = null;
  #closing = false;

  /** @param sockets for each address that it listens on, new copies at each call; null where it opens its own */
  constructor(
    index: number,
    fixed: FixedWorkerData,
    settings: () => DnsThreadSettings,
    events: DnsThreadEvents,
    sockets: (() => DnsSockets[]) | null,
  ) {
    this.#sockets = sockets;
    this.#index = index;
    this.#fixed = fixed;
    this.#settings = settings;
    this.#events = events;
    this.counters = new DnsCounters(this.#counterMemory);
  }

  /** Resolves when the worker answers on all addresses. Rejects with a ProblemError where it cannot have one. */
  start(): Promise<void> {
    const openDescriptors = new SharedArrayBuffer(MAX_DESCRIPTORS);
    const { rules, upstreams } = this.#settings();
    let startedWith: DnsRules | null = rules;
    const sockets = this.#sockets?.() ?? null;
    // Until the thread has taken them over; should it die first, they are closed as well.
    for (const { udp, tcp } of sockets ?? [])
      new Uint8Array(openDescriptors).fill(1, udp, udp + 1).fill(1, tcp, tcp + 1);
    const workerData: DnsWorkerData = {
      ...this.#fixed,
      ...{ rules, upstreams, counters: this.#counterMemory, openDescriptors, sockets },
    };
    const worker = new Worker(new URL('./dns-worker.ts', import.meta.url), { workerData, name: `dns-${this.#index}` });
    const running: RunningWorker = { worker, waiting: new Map(), ended: false };
    this.#running = running;
    worker.on('exit', () => {
      closeLeftOpen(new Uint8Array(openDescriptors));
      this.#onExit(running);
    });
    return new Promise((resolve, reject) => {
      worker.on('error', (error) => {
        this.#events.log.error({ err: error, thread: this.#index }, 'DNS thread failed');
        reject(error);
      });
      worker.on('message', (message: FromDnsWorker) => {
        switch (message.kind) {
          case 'listening':
            this.#onListening(running, message.batches, startedWith);
            // What is replaced from now on is not to be kept in memory by this.
            startedWith = null;
            resolve();
            break;
          case 'bind-failed':
            reject(bindProblem(message.address, message.code));
            break;
          case 'fault':
            this.#events.log.error(
              { thread: this.#index, stack: message.stack },
              'DNS thread hit an unexpected error and keeps running',
            );
            // Before it listens nothing comes from outside: the error is in the program, and the start has failed.
            reject(new Error(message.stack));
            break;
          default:
            this.#onReport(running, message);
        }
      });
    });
  }

  /** Resolves when the worker decides by these rules; its replacement starts with the newest. */
  setRules(id: number, rules: DnsRules): Promise<void> {
    const running = this.#running;
    if (running === null || running.ended) return Promise.resolve();
    return new Promise((resolve) => {
      running.waiting.set(id, resolve);
      post(running, { kind: 'rules', id, rules });
    });
  }

  setUpstreams(upstreams: SocketAddress[]): void {
    if (this.#running !== null) post(this.#running, { kind: 'upstreams', upstreams });
  }

  collectGarbage(): void {
    if (this.#running !== null) post(this.#running, { kind: 'collect' });
  }

  close(): Promise<void> {
    this.#closing = true;
    return this.#end();
  }

  #onListening(running: RunningWorker, batches: boolean, startedWith: DnsRules | null): void {
    if (process.platform === 'linux' && !batches) {
      this.#events.log.warn(
        { thread: this.#index },
        'UDP messages are read one by one, which takes twice the processor time: install the package koffi',
      );
    }
    const { rules } = this.#settings();
    // They changed while it started.
    if (rules !== startedWith) post(running, { kind: 'rules', id: 0, rules });
  }

  #onReport(
    running: RunningWorker,
    message: Exclude<FromDnsWorker, { kind: 'listening' | 'bind-failed' | 'fault' }>,
  ): void {
    switch (message.kind) {
      case 'rules-applied':
        running.waiting.get(message.id)?.();
        running.waiting.delete(message.id);
        break;
      case 'denied':
        this.#events.onDenied(message.names, message.since);
        break;
      case 'probe':
        this.#events.onProbe(message.probe);
        break;
      case 'upstream':
        this.#events.onUpstream(message.report);
    }
  }

  #onExit(running: RunningWorker): void {
    running.ended = true;
    for (const resolve of running.waiting.values()) resolve();
    running.waiting.clear();
    if (!this.#closing) setTimeout(() => this.#replace(), RESTART_MS);
  }

  #replace(): void {
    if (this.#closing) return;
    this.start().catch((error) => {
      this.#events.log.error({ err: error, thread: this.#index }, 'DNS thread could not be replaced');
      this.#events.onLost(this.#index);
      void this.#end();
    });
  }

  /** Asks the worker to end: terminated during one of Linux's own calls it would take the process with it. */
  #end(): Promise<void> {
    const running = this.#running;
    return new Promise((resolve) => {
      if (running === null || running.ended) return resolve();
      running.worker.on('exit', () => resolve());
      post(running, { kind: 'close' });
    });
  }
}

function post({ worker }: RunningWorker, message: ToDnsWorker): void {
  worker.postMessage(message);
}
