import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import * as packet from 'dns-packet';
import { afterEach, describe, expect, it } from 'vitest';
import { parseSocketAddress } from '../../../main/platform/net/socket-address.ts';
import { ask, edns, exchangeTcp, exchangeUdp, framed, question } from '../../support/dns-client.ts';
import { startDnsStub } from '../../support/dns-stub.ts';
import { startGateway, type TestGateway, type TestGatewayOptions } from '../../support/gateway.ts';

/** RFC 1035 section 4.1.1. */
const NXDOMAIN = 3;

let cleanup = new AsyncDisposableStack();
afterEach(async () => {
  const stack = cleanup;
  cleanup = new AsyncDisposableStack();
  await stack.disposeAsync();
});

/** A gateway in front of an upstream; `a.example` to `z.example` are allowed, and the upstream knows them all. */
async function gatewayBefore(upstreamAnswers: boolean, config: TestGatewayOptions['config']) {
  const upstream = await startDnsStub(({ name }) =>
    upstreamAnswers ? [{ type: 'A', name, ttl: 60, data: '10.0.0.1' }] : null,
  );
  cleanup.defer(() => upstream.close());
  const gateway = await startGateway({ upstreams: [upstream.address], ...(config ? { config } : {}) });
  cleanup.defer(() => gateway.stop());
  await gateway.program({ registries: [{ address: '*.allowed.example' }] });
  const [server = ''] = (await gateway.status()).listeners.dns.engine;
  return { gateway, server, upstream };
}

/** Sends all of them from one socket; `settled` tells when enough has come back. */
async function flood(server: string, messages: Buffer[], settled: (answers: Buffer[]) => Promise<boolean>) {
  const { host, port } = parseSocketAddress(server);
  const socket = createSocket('udp4');
  const answers: Buffer[] = [];
  socket.on('message', (answer) => answers.push(answer));
  try {
    for (const message of messages) {
      await new Promise<void>((resolve) => socket.send(message, port, host, () => resolve()));
    }
    await expect.poll(() => settled(answers)).toBe(true);
  } finally {
    socket.close();
  }
  return answers;
}

const limited = async (gateway: TestGateway): Promise<number> => (await gateway.status()).counters.dns.limited;
const numbered = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, index) => question(`${index}.allowed.example`, 'A', index % 2 ? edns() : {}));

/** So many connections from this address, which say nothing. */
async function openMany(server: string, count: number, localAddress: string) {
  const { host, port } = parseSocketAddress(server);
  let closed = 0;
  const open: Socket[] = [];
  cleanup.defer(() => {
    for (const socket of open) socket.destroy();
  });
  for (let index = 0; index < count; index += 1) {
    const socket = connect({ host, port, localAddress });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      closed += 1;
    });
    open.push(socket);
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  }
  return {
    closed: () => closed,
    end() {
      for (const socket of open) socket.destroy();
    },
  };
}

describe('a stranger', () => {
  it.each([
    ['with EDNS', edns()],
    ['without', {}],
  ])('gets nothing over UDP that is longer than what it sent, %s', async (_how, message) => {
    const { server } = await gatewayBefore(true, { allowFrom: ['10.200.0.0/24'] });
    const asked = question('a.allowed.example', 'A', message);
    const answer = await exchangeUdp(server, asked);
    expect(packet.decode(answer ?? Buffer.alloc(0))).toMatchObject({ rcode: 'REFUSED' });
    expect(answer?.length).toBeLessThanOrEqual(asked.length);
  });
});

describe('a client that asks more than its share', () => {
  it('gets nothing longer than what it sent, and may come again over TCP; what is refused stays refused', async () => {
    const { gateway, server } = await gatewayBefore(true, { limits: { perSecond: 1, inFlight: 100 } });
    const messages = numbered(200);
    const isCut = (answer: Buffer): boolean => packet.decode(answer).flag_tc;
    // Counted before they are sent: more than fifty, of which not all may have found room here.
    const settled = async (answers: Buffer[]): Promise<boolean> =>
      (await limited(gateway)) >= 190 && answers.filter(isCut).length > 50;
    const cut = (await flood(server, messages, settled)).filter(isCut);
    const lengths = new Map(messages.map((message) => [message.readUInt16BE(0), message.length]));
    for (const answer of cut) expect(answer.length).toBeLessThanOrEqual(lengths.get(answer.readUInt16BE(0)) ?? 0);
    expect((await ask(server, 'tcp.allowed.example', { tcp: true })).answers).toMatchObject([{ data: '10.0.0.1' }]);
    expect((await ask(server, 'gcr.io')).rcode).toBe('NXDOMAIN');
  });

  it('leaves the upstreams to others: it has so many questions under way, and no more', async () => {
    const { gateway, server, upstream } = await gatewayBefore(false, { limits: { perSecond: 1000, inFlight: 8 } });
    await flood(server, numbered(100), async () => (await limited(gateway)) >= 92);
    expect(new Set(upstream.asked.map(({ name }) => name)).size).toBe(8);
    const [answer] = await exchangeTcp(server, [question('tcp.allowed.example', 'A', edns())]);
    expect(packet.decode(answer ?? Buffer.alloc(0))).toMatchObject({ rcode: 'REFUSED' });
  });

  it('is nobody by default on a machine with room: one that asks steadily gets all its answers', async () => {
    const { gateway, server } = await gatewayBefore(true, {});
    const { host, port } = parseSocketAddress(server);
    const socket = createSocket('udp4');
    cleanup.defer(() => void socket.close());
    const answered = new Set<number>();
    const messages = numbered(3_000);
    let next = 0;
    const sendNext = (): void => {
      const message = messages[next];
      next += 1;
      if (message !== undefined) socket.send(message, port, host);
    };
    const done = Promise.withResolvers<void>();
    socket.on('message', (answer) => {
      expect(packet.decode(answer)).toMatchObject({ rcode: 'NOERROR', flag_tc: false });
      answered.add(answer.readUInt16BE(0));
      if (answered.size === messages.length) done.resolve();
      sendNext();
    });
    // So many under way that even the smallest buffer has room for them.
    for (let i = 0; i < 100; i += 1) sendNext();
    await done.promise;
    expect(await limited(gateway)).toBe(0);
  });

  it('does not use up the share of the other view', async () => {
    const { gateway, server } = await gatewayBefore(false, { limits: { perSecond: 1000, inFlight: 1 } });
    await flood(server, numbered(50), async () => (await limited(gateway)) >= 49);
    const before = await limited(gateway);
    const [workload = ''] = (await gateway.status()).listeners.dns.workload;
    expect((await ask(workload, 'w.allowed.example', { message: edns() })).rcode).toBe('SERVFAIL');
    expect(await limited(gateway)).toBe(before);
  });
});

describe('a flood', () => {
  const residentBytes = async (pid: number): Promise<number> =>
    Number((await readFile(`/proc/${pid}/statm`, 'latin1')).split(' ')[1]) * 4096;

  it.runIf(process.platform === 'linux')(
    'of names that no upstream answers, and of refused ones, leaves memory as it is',
    async () => {
      const { gateway, server } = await gatewayBefore(false, {});
      const wave = async (from: number): Promise<void> => {
        const counters = async (): Promise<number> => {
          const { dns } = (await gateway.status()).counters;
          return dns.denied + dns.failed + dns.limited;
        };
        const before = await counters();
        const messages = Array.from({ length: 20_000 }, (_, index) =>
          question(`${from + index}.${'x'.repeat(60)}.${index % 2 ? 'allowed' : 'refused'}.example`),
        );
        // Some are dropped on the way in: the kernel's buffers are bounded too.
        await flood(server, messages, async () => (await counters()) - before > 5_000);
      };
      await wave(0);
      const before = await residentBytes(gateway.pid);
      for (let times = 1; times <= 3; times += 1) await wave(times * 20_000);
      expect(await residentBytes(gateway.pid)).toBeLessThan(before + 64 * 1024 * 1024);
      // What is left of the flood may still fill the kernel's buffer, which then drops this question too.
      const rcode = async (): Promise<number | null> => {
        const answer = await exchangeUdp(server, question('gcr.io'), 1_000);
        return answer && answer.readUInt16BE(2) & 0xf;
      };
      await expect.poll(rcode).toBe(NXDOMAIN);
    },
  );

  it('of probes is not all told, as that would take memory and time, and one that comes after it is', async () => {
    const { gateway, server } = await gatewayBefore(true, {});
    const told: string[] = [];
    gateway.control.on('probe', ({ nonce }) => told.push(nonce));
    await gateway.control.call('subscribe', {});
    const nonce = (index: number): string => index.toString(16).padStart(32, '0');
    const probe = (index: number): string => `n${nonce(index)}.probe.portcullis.internal`;
    const denied = async (): Promise<number> => (await gateway.status()).counters.dns.denied;
    const [before, started] = [await denied(), performance.now()];
    const messages = Array.from({ length: 5_000 }, (_, index) => question(probe(index)));
    await flood(server, messages, async () => (await denied()) - before > 2_500);
    const fifthsOfSeconds = Math.ceil((performance.now() - started) / 200);
    expect(told.length).toBeLessThanOrEqual(64 * (fifthsOfSeconds + 1));
    const lastIsTold = async (): Promise<boolean> => {
      await ask(server, probe(9_999));
      return told.includes(nonce(9_999));
    };
    await expect.poll(lastIsTold).toBe(true);
  });

  it.runIf(process.platform === 'linux')(
    'of TCP connections is cut off at 256 of one client and 512 of all, leaves UDP alone, and gives way when they go',
    async () => {
      const { server } = await gatewayBefore(true, {});
      const first = await openMany(server, 280, '127.0.0.1');
      await expect.poll(() => first.closed()).toBe(280 - 256);
      expect(await exchangeTcp(server, [question('gcr.io')]).catch(() => [])).toEqual([]);
      const second = await openMany(server, 200, '127.0.0.2');
      const third = await openMany(server, 100, '127.0.0.3');
      await expect.poll(() => second.closed() + third.closed()).toBe(256 + 300 - 512);
      expect((await ask(server, 'gcr.io')).rcode).toBe('NXDOMAIN');
      for (const each of [first, second, third]) each.end();
      await expect.poll(async () => (await exchangeTcp(server, [question('gcr.io')]).catch(() => [])).length).toBe(1);
    },
  );

  it.runIf(process.platform === 'linux')(
    'of TCP connections from outside allowFrom takes 16 places and no more',
    async () => {
      const { server } = await gatewayBefore(true, { allowFrom: ['127.0.0.1/32'] });
      const strangers = await openMany(server, 40, '127.0.0.2');
      await expect.poll(() => strangers.closed()).toBe(40 - 16);
      expect((await ask(server, 'gcr.io', { tcp: true })).rcode).toBe('NXDOMAIN');
      strangers.end();
    },
  );

  it('of questions on one TCP connection has 64 of them under way, and the others wait their turn', async () => {
    const release = Promise.withResolvers<void>();
    const upstream = await startDnsStub(async ({ name }) => {
      await release.promise;
      return [{ type: 'A', name, ttl: 60, data: '10.0.0.1' }];
    });
    cleanup.defer(() => upstream.close());
    const gateway = await startGateway({ registry: null, upstreams: [upstream.address] });
    cleanup.defer(() => gateway.stop());
    const [server = ''] = (await gateway.status()).listeners.dns.engine;
    const names = Array.from({ length: 200 }, (_, index) => `${index}.example`);
    const answers = exchangeTcp(
      server,
      names.map((name) => question(name)),
      60_000,
    );
    const asked = (): number => new Set(upstream.asked.map(({ name }) => name)).size;
    await expect.poll(asked).toBeGreaterThanOrEqual(64);
    // What is asked after them on another connection, and answered, has been read after them.
    await ask(server, 'n.probe.portcullis.internal', { tcp: true });
    expect(asked()).toBe(64);
    release.resolve();
    expect((await answers).map((bytes) => packet.decode(bytes).questions?.[0]?.name).sort()).toEqual(names.sort());
  });

  it('of TCP connections that say nothing, or nothing more, keeps nobody a place; a question under way does', async () => {
    const upstream = await startDnsStub(({ name }) => (name.startsWith('slow') ? null : []));
    cleanup.defer(() => upstream.close());
    const gateway = await startGateway({ registry: null, upstreams: [upstream.address] });
    cleanup.defer(() => gateway.stop());
    const address = parseSocketAddress((await gateway.status()).listeners.dns.engine[0] ?? '');
    const [mute, done] = [connect(address), connect(address)];
    const heard: Buffer[] = [];
    done.on('data', (chunk) => heard.push(chunk));
    done.write(framed(question('slow.example')));
    const ended = [mute, done].map(async (socket) => {
      socket.resume();
      await once(socket, 'close');
    });
    await Promise.all(ended);
    expect(packet.decode(Buffer.concat(heard).subarray(2))).toMatchObject({ rcode: 'SERVFAIL' });
  });

  it('of single bytes keeps nobody a place', async () => {
    const { server } = await gatewayBefore(true, {});
    const socket = connect(parseSocketAddress(server));
    socket.on('error', () => undefined);
    const bytes = framed(question(`${'a'.repeat(60)}.allowed.example`));
    let sent = 0;
    const timer = setInterval(() => {
      sent += 1;
      if (sent < bytes.length - 1) socket.write(bytes.subarray(sent - 1, sent));
    }, 500);
    await once(socket, 'close');
    clearInterval(timer);
    expect(sent).toBeLessThan(bytes.length - 1);
  });
});
