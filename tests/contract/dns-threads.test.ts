import { readdir, readFile, readlink } from 'node:fs/promises';
import type { Worker } from 'node:worker_threads';
import { afterEach, expect, it } from 'vitest';
import type { FromDnsThread } from '../../main/gateway/dns/thread.ts';
import { type DnsThreads, startDnsThreads } from '../../main/gateway/dns/threads.ts';
import { formatSocketAddress, parseSocketAddress, type SocketAddress } from '../../main/platform/socket-address.ts';
import { openRules } from '../../shared/rule-set/rule-set.ts';
import { ask } from '../support/dns-client.ts';
import { startDnsStub } from '../support/dns-stub.ts';

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** The threads that answer, in the order in which they began to. */
const running: Worker[] = [];
process.on('worker', (worker) => {
  worker.on('message', ({ kind }: FromDnsThread) => {
    if (kind === 'listening') running.push(worker);
  });
});

async function dnsThreads(workers: number): Promise<{ threads: DnsThreads; upstream: SocketAddress }> {
  const stub = await startDnsStub({ 'ghcr.io': '10.1.1.1' });
  open.push(() => stub.close());
  const upstream = parseSocketAddress(stub.address);
  running.length = 0;
  const threads = await startDnsThreads({
    listen: [{ view: 'engine', address: { host: '127.0.0.1', port: 0 } }],
    ...{ workers, upstreams: [upstream], split: [], allowFrom: ['127.0.0.1/32'] },
    limits: { perSecond: 1e6, inFlight: 1e6 },
    rules: { generation: 1, ruleSet: openRules(), refusalText: '' },
    onSeen: () => undefined,
    onProbe: () => undefined,
    onUpstream: () => undefined,
    onLost: () => undefined,
    log: { error: () => undefined, warn: () => undefined },
  });
  open.push(() => threads.close());
  return { threads, upstream };
}

/** Our own UDP sockets with this local (1) or remote (2) port, by /proc/net/udp: that has all programs' and hexadecimal ports. */
async function udpSockets(column: 1 | 2, { port }: SocketAddress): Promise<number> {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = (await readFile('/proc/self/net/udp', 'latin1')).split('\n').map((line) => line.trim().split(/\s+/));
  const inodes = lines.filter((fields) => fields[column]?.endsWith(end)).map((fields) => `socket:[${fields[9]}]`);
  const links = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  );
  return links.filter((link) => inodes.includes(link)).length;
}

it.runIf(process.platform === 'linux').each([1, 2])(
  'of %i threads that die none leaves a socket that takes questions, or any at all',
  async (workers) => {
    const { threads, upstream } = await dnsThreads(workers);
    const address = threads.listen[0]?.address ?? expect.unreachable();
    const server = formatSocketAddress(address);
    for (let round = 0; round < 4; round += 1) {
      // Each from a port of its own, and of a name of its own, so that every thread has to ask.
      const names = Array.from({ length: 48 }, (_, i) => `n${i}-${round}.example`);
      const answers = await Promise.all(names.map((name) => ask(server, name)));
      expect(answers.map((answer) => answer?.rcode)).toEqual(names.map(() => 'NXDOMAIN'));
      expect(await udpSockets(1, address)).toBe(workers);
      // Sixteen of each thread at most.
      expect(await udpSockets(2, upstream)).toBeLessThanOrEqual(16 * workers);

      await running.shift()?.terminate();
      // Should another program take the port meanwhile, until that lets go of it.
      await expect.poll(() => running.length, { timeout: 60_000 }).toBe(workers);
    }
  },
);
