import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fineProcessorSeconds, forgetPeak, memory, processorSeconds } from '../support/process-figures.ts';
import { dnsperf } from './dnsperf.ts';
import type { OurServer, Server } from './servers.ts';
import { allowedHosts } from './world.ts';

export interface Swapped {
  swaps: number;
  asked: number;
  lost: number;
  /** Milliseconds that a question waited at most; and for two seconds before, on the same machine without a swap. */
  longestGap: number;
  longestGapBefore: number;
  /** The same at another server, which has nothing to do with the swaps: what they cost whoever shares the processors. */
  longestGapBeside: number;
  /** Seconds from the document to its being in force, the longest. */
  seconds: number;
  /** Of the gateway's processor time for each swap, with the questions meanwhile. */
  processorSeconds: number;
  /** MiB. */
  memoryAtRest: number;
  memoryPeak: number;
}

const RATE = 5_000;
const MOST_SECONDS = 120;

export interface Swaps {
  /** Denied names. */
  questions: string;
  /** Names on each list. */
  hosts: number;
  swaps: number;
}

/**
 * Exchanges a list for another as long, again and again, while questions come in steadily; and then once more while as many are put to
 * `beside`, a server on the same machine.
 */
export async function swapUnderLoad(server: OurServer, beside: Server, swaps: Swaps): Promise<Swapped> {
  const own = await swapWhileAsked(server, server, swaps, 2);
  const { longestGap } = await swapWhileAsked(server, beside, swaps, 2 + swaps.swaps);
  return { ...own, longestGapBeside: longestGap };
}

async function swapWhileAsked(
  server: OurServer,
  asked: Server,
  { questions, hosts, swaps }: Swaps,
  firstRevision: number,
): Promise<Omit<Swapped, 'longestGapBeside'>> {
  const { gateway, pid } = server;
  const membershipFile = join(gateway.folder, 'membership-swap.jws');
  await writeFile(membershipFile, await gateway.signer.membership());
  const names = allowedHosts(hosts);
  const files: string[] = [];
  for (let revision = firstRevision; revision < firstRevision + swaps; revision += 1) {
    const registries = names.map((name) => ({ address: revision % 2 === 0 ? `x${name}` : name }));
    const file = join(gateway.folder, `policy-swap-${revision}.jws`);
    await writeFile(file, await gateway.signer.policy({ revision, registries }), { flush: true });
    files.push(file);
  }
  const load = { server: asked.address, pid: asked.pid, questions, rate: RATE };
  const before = await dnsperf({ ...load, seconds: 2 });
  const memoryAtRest = memory(pid).now;
  forgetPeak(pid);
  const done = new AbortController();
  const during = dnsperf({ ...load, seconds: MOST_SECONDS, until: done.signal });
  const usedBefore = processorSeconds(pid);
  let seconds = 0;
  try {
    for (const policyFile of files) {
      await delay(500);
      const start = performance.now();
      await gateway.control.call('program', { policyFile, membershipFile });
      seconds = Math.max(seconds, (performance.now() - start) / 1000);
    }
    await delay(500);
  } finally {
    done.abort();
  }
  const { sent, lost, longest, rcodes } = await during;
  const wrong = Object.keys(rcodes).filter((rcode) => rcode !== 'NXDOMAIN');
  if (wrong.length > 0) throw new Error(`denied names were answered ${wrong.join(', ')} during a swap`);
  return {
    ...{ swaps, asked: sent, lost, seconds, memoryAtRest },
    processorSeconds: (processorSeconds(pid) - usedBefore) / swaps,
    longestGap: longest,
    longestGapBefore: before.longest,
    memoryPeak: memory(pid).peak,
  };
}

/** Per cent of one processor that the process uses when nobody has asked anything for `rest` seconds. */
export async function idleProcessor(pid: number, rest: number, seconds: number): Promise<number> {
  await delay(rest * 1000);
  const before = fineProcessorSeconds(pid);
  const start = performance.now();
  await delay(seconds * 1000);
  return ((fineProcessorSeconds(pid) - before) / ((performance.now() - start) / 1000)) * 100;
}
