import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Worker } from 'node:worker_threads';
import { afterEach, expect, it } from 'vitest';
import { type DnsThreads, startDnsThreads } from '../../main/gateway/dns/dns-threads.ts';
import type { FromDnsWorker, ToDnsWorker } from '../../main/gateway/dns/worker-messages.ts';
import { openUdpTransport } from '../../main/gateway/native/open-udp-transport.ts';
import { createTimeMemory } from '../../main/gateway/policy/shared-time.ts';
import { formatSocketAddress, parseSocketAddress, type SocketAddress } from '../../main/platform/net/socket-address.ts';
import { systemClock } from '../../main/platform/time/clock.ts';
import { openRules } from '../../shared/rule-set/rule-set.ts';
import { ask } from '../support/dns-client.ts';
import { startDnsStub } from '../support/dns-stub.ts';
import { freePort } from '../support/free-port.ts';

/**
 * By hand, `npm run test:threads`: V8 has a race between a thread that ends and its own work in the background, which now and then
 * ends the whole process ("Check failed: jit_page.has_value()", https://github.com/nodejs/node/issues/64500). A gateway is then
 * started again by its supervisor; a run of all tests would be lost.
 */
const { batches } = await openUdpTransport();

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** The threads that answer, in the order in which they began to. */
const running: Worker[] = [];
/** How often one could not be replaced. */
let lost = 0;
process.on('worker', (worker) => {
  worker.on('message', ({ kind }: FromDnsWorker) => {
    if (kind === 'listening') running.push(worker);
  });
});

async function dnsThreads(
  workers: number,
  addresses: SocketAddress[] = [{ host: '127.0.0.1', port: 0 }],
): Promise<{ threads: DnsThreads; upstream: SocketAddress }> {
  const stub = await startDnsStub({ 'ghcr.io': '10.1.1.1' });
  open.push(() => stub.close());
  const upstream = parseSocketAddress(stub.address);
  running.length = 0;
  lost = 0;
  const threads = await startDnsThreads({
    listen: addresses.map((address) => ({ view: 'engine', address, udp: workers, tcp: workers })),
    ...{ workers, kept: null, upstreams: [upstream], split: [], allowFrom: ['127.0.0.1/32'] },
    limits: { perSecond: 1e6, inFlight: 1e6 },
    time: createTimeMemory(),
    rules: { generation: 1, ruleSet: openRules(), refusalText: '' },
    onDenied: () => undefined,
    onProbe: () => undefined,
    onUpstream: () => undefined,
    onLost: () => {
      lost += 1;
    },
    log: { error: () => undefined, warn: () => undefined },
    clock: systemClock,
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

/** Not by force: what makes Linux's calls does not always live through that. */
async function endOne(): Promise<void> {
  const worker = running.shift() ?? expect.unreachable();
  const ended = once(worker, 'exit');
  worker.postMessage({ kind: 'close' } satisfies ToDnsWorker);
  await ended;
}

it.runIf(batches).each([1, 2])(
  'each of %i threads that end is replaced, and leaves no socket open that could get questions',
  async (workers) => {
    const { threads, upstream } = await dnsThreads(workers);
    const address = threads.listen[0]?.address ?? expect.unreachable();
    const server = formatSocketAddress(address);
    for (let round = 0; round < 2; round += 1) {
      // Each from a port of its own, and of a name of its own, so that every thread has to ask.
      const names = Array.from({ length: 48 }, (_, i) => `n${i}-${round}.example`);
      const answers = await Promise.all(names.map((name) => ask(server, name)));
      expect(answers.map((answer) => answer?.rcode)).toEqual(names.map(() => 'NXDOMAIN'));
      expect(await udpSockets(1, address)).toBe(workers);
      // Sixteen of each thread at most.
      expect(await udpSockets(2, upstream)).toBeLessThanOrEqual(16 * workers);

      await endOne();
      // Should another program take the port meanwhile, until that lets go of it.
      await expect.poll(() => running.length, { timeout: 60_000 }).toBe(workers);
    }
  },
);

it('a filter that starts says which address it cannot bind, also while messages come to one that it has', async () => {
  const address = { host: '127.0.0.1', port: await freePort() };
  const client = createSocket('udp4');
  open.push(() => client.close());
  // The address may be nobody's at the moment.
  client.on('error', () => undefined);
  let ended = false;
  const flood = (): void => {
    if (ended) return;
    for (let i = 0; i < 64; i += 1) client.send(Uint8Array.of(i), address.port, address.host);
    setImmediate(flood);
  };
  flood();
  try {
    for (let round = 0; round < 8; round += 1) {
      await expect(dnsThreads(1, [address, address])).rejects.toMatchObject({ problem: { code: 'address-in-use' } });
    }
  } finally {
    ended = true;
  }
});

it.runIf(batches)(
  'a thread that cannot be replaced is tried again while its address is free for UDP only, and leaves nothing open',
  async () => {
    const { threads, upstream } = await dnsThreads(1);
    const address = threads.listen[0]?.address ?? expect.unreachable();
    const taken = createServer();
    open.push(() => taken.close());
    await endOne();
    await new Promise<void>((resolve) => taken.listen(address.port, address.host, resolve));
    await expect.poll(() => lost, { timeout: 30_000 }).toBeGreaterThan(1);
    taken.close();
    await expect.poll(() => running.length, { timeout: 60_000 }).toBe(1);
    expect((await ask(formatSocketAddress(address), 'ghcr.io')).rcode).toBe('NOERROR');
    expect(await udpSockets(1, address)).toBe(1);
    expect(await udpSockets(2, upstream)).toBeGreaterThan(0);
  },
);
