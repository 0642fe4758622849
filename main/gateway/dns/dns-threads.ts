import { ProblemError } from '../../../shared/problems/problem.ts';
import type { NameTable } from '../../../shared/rule-set/name-table.ts';
import type { RuleSet } from '../../../shared/rule-set/rule-set.ts';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import { collectGarbage } from '../../platform/process/collect-garbage.ts';
import { openUdpTransport } from '../native/open-udp-transport.ts';
import type { KeptSockets, SocketPlace } from '../service/kept-sockets.ts';
import { type DnsCounter, sumCounters } from './dns-counters.ts';
import { DnsThread, type DnsThreadEvents, type DnsThreadSettings, type FixedWorkerData } from './dns-thread.ts';
import { pickAddress } from './pick-address.ts';
import type { DnsRules } from './responder.ts';
import type { DnsListenAddress } from './worker-messages.ts';

export interface DnsThreadsOptions
  extends Omit<FixedWorkerData, 'shared' | 'listen'>,
    DnsThreadSettings,
    DnsThreadEvents {
  listen: (SocketPlace & DnsListenAddress)[];
  workers: number;
  /** null where each thread opens its own sockets. */
  kept: KeptSockets | null;
}

export interface DnsThreads {
  /** The addresses, with the port that was picked where it was 0. */
  readonly listen: DnsListenAddress[];
  /** Resolves when every thread decides by these rules. */
  setRules(rules: DnsRules): Promise<void>;
  setUpstreams(upstreams: SocketAddress[]): void;
  counters(): Record<DnsCounter, number>;
  close(): Promise<void>;
}

const MAX_ATTEMPTS = 20;

/**
 * Starts the DNS filter on its threads. A thread that dies is replaced, with the rules that then apply.
 * @throws ProblemError of `bindProblem`
 */
export async function startDnsThreads(options: DnsThreadsOptions): Promise<DnsThreads> {
  // koffi is unloaded with the last thread that uses it, but the end of a thread that died still needs it: so this thread uses it too.
  await openUdpTransport();
  const picksPort = options.listen.some(({ address }) => address.port === 0);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      // Another program may take a picked port before the threads have bound it.
      const isTaken = error instanceof ProblemError && error.problem.code === 'address-in-use';
      if (!picksPort || !isTaken || attempt >= MAX_ATTEMPTS) throw error;
    }
  }
}

/** So many lines of lists that were replaced, some 150 bytes each, are worth the milliseconds of a collection in each thread. */
const MANY_LINES = 500_000;
/** What programmed the rules has then come to its end, and with it what it had of the rules before. */
const SETTLED_MS = 100;

/**
 * Says when lists that were replaced have left much memory behind. Threads that only deny make no garbage, so V8 does not collect: eight
 * lists of a million lines, one after the other, came to 1.7 GB. The same list again after a lock leaves nothing.
 */
function createLeftovers(): (rules: RuleSet) => boolean {
  let latest: { table: WeakRef<NameTable>; lines: number } | null = null;
  let lines = 0;
  return (rules) => {
    if (rules.kind !== 'policy' || latest?.table.deref() === rules.table) return false;
    lines += latest?.lines ?? 0;
    latest = { table: new WeakRef(rules.table), lines: rules.lines.count };
    const isMuch = lines >= MANY_LINES;
    if (isMuch) lines = 0;
    return isMuch;
  };
}

async function startOnce(options: DnsThreadsOptions): Promise<DnsThreads> {
  const { workers, split, allowFrom, limits, time } = options;
  const { kept } = options;
  const listen: DnsListenAddress[] = [];
  for (const place of options.listen) {
    const address = kept === null ? await pickAddress(place.address) : kept.addressOf(place);
    listen.push({ view: place.view, address });
  }
  const settings: DnsThreadSettings = { rules: options.rules, upstreams: options.upstreams };
  const fixed = { listen, shared: workers > 1, split, allowFrom, limits, time };
  const threads = Array.from({ length: workers }, (_, index) => {
    const sockets =
      kept === null
        ? null
        : () =>
            options.listen.map((place) => ({
              udp: kept.copy(place, 'udp', index),
              tcp: kept.copy(place, 'tcp', index),
            }));
    return new DnsThread(index, fixed, () => settings, options, sockets);
  });
  const close = async (): Promise<void> => {
    await Promise.all(threads.map((thread) => thread.close()));
  };
  try {
    for (const thread of threads) await thread.start();
  } catch (error) {
    await close();
    throw error;
  }
  let lastId = 0;
  const leavesMuchBehind = createLeftovers();
  leavesMuchBehind(settings.rules.ruleSet);
  return {
    listen,
    async setRules(rules) {
      const leavesMuch = leavesMuchBehind(rules.ruleSet);
      settings.rules = rules;
      lastId += 1;
      await Promise.all(threads.map((thread) => thread.setRules(lastId, rules, leavesMuch)));
      if (leavesMuch) setTimeout(collectGarbage, SETTLED_MS).unref();
    },
    setUpstreams(upstreams) {
      settings.upstreams = upstreams;
      for (const thread of threads) thread.setUpstreams(upstreams);
    },
    counters: () => sumCounters(threads.map(({ counters }) => counters)),
    close,
  };
}
