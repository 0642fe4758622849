import { ProblemError } from '../../../shared/problems/problem.ts';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import { collectGarbage } from '../../platform/process/collect-garbage.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { openGiveBack } from '../native/give-back.ts';
import { openUdpTransport } from '../native/open-udp-transport.ts';
import type { KeptSockets, SocketPlace } from '../service/kept-sockets.ts';
import { type DnsCounter, sumCounters } from './dns-counters.ts';
import { DnsThread, type DnsThreadEvents, type DnsThreadSettings, type FixedWorkerData } from './dns-thread.ts';
import { pickAddress } from './pick-address.ts';
import { createReplacedLists } from './replaced-lists.ts';
import type { DnsRules } from './responder.ts';
import { createWhenQuiet } from './when-quiet.ts';
import type { DnsListenAddress } from './worker-messages.ts';

export interface DnsThreadsOptions
  extends Omit<FixedWorkerData, 'shared' | 'listen'>,
    DnsThreadSettings,
    DnsThreadEvents {
  listen: (SocketPlace & DnsListenAddress)[];
  workers: number;
  /** null where each thread opens its own sockets. */
  kept: KeptSockets | null;
  clock: Pick<Clock, 'after'>;
}

export interface DnsThreads {
  /** The addresses, with the port that was picked where it was 0. */
  readonly listen: DnsListenAddress[];
  /** Resolves when every thread decides by these rules. From then on nobody may use those before: their memory is given back. */
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

/** What programmed the rules has then come to its end, and with it what it had of the rules before. */
const SETTLED_MS = 100;

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
  const replaced = createReplacedLists(settings.rules.ruleSet);
  const giveBack = await openGiveBack();
  const counters = (): Record<DnsCounter, number> => sumCounters(threads.map((thread) => thread.counters));
  const asked = (): number => Object.values(counters()).reduce((sum, count) => sum + count, 0);
  const collecting = createWhenQuiet(options.clock, asked, () => {
    for (const thread of threads) thread.collectGarbage();
    collectGarbage();
  });
  return {
    listen,
    async setRules(rules) {
      const { memory, isMuch } = replaced(rules.ruleSet);
      settings.rules = rules;
      lastId += 1;
      await Promise.all(threads.map((thread) => thread.setRules(lastId, rules)));
      if (giveBack !== null) {
        for (const each of memory) void giveBack(each);
        if (isMuch) collecting.want();
      } else if (isMuch) {
        for (const thread of threads) thread.collectGarbage();
        options.clock.after(SETTLED_MS, collectGarbage);
      }
    },
    setUpstreams(upstreams) {
      settings.upstreams = upstreams;
      for (const thread of threads) thread.setUpstreams(upstreams);
    },
    counters,
    async close() {
      collecting.close();
      await close();
    },
  };
}
