import { execFile, spawnSync } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { open as openFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { createClientTable } from '../../../../main/gateway/dns/client-table.ts';
import type { Listener } from '../../../../main/gateway/dns/listener.ts';
import { ANSWER_LATER, NO_ANSWER, type Responder } from '../../../../main/gateway/dns/responder.ts';
import { listenUdp, type UdpListenerOptions } from '../../../../main/gateway/dns/udp-listener.ts';
import { BATCH_SIZE } from '../../../../main/gateway/native/datagram-batch.ts';
import { openLibc } from '../../../../main/gateway/native/libc.ts';
import { LinuxSockets } from '../../../../main/gateway/native/linux-sockets.ts';
import { nodeUdp } from '../../../../main/gateway/native/node-udp.ts';
import { closeLeftOpen, MAX_DESCRIPTORS } from '../../../../main/gateway/native/open-descriptors.ts';
import { openUdpTransport } from '../../../../main/gateway/native/open-udp-transport.ts';
import type { UdpTransport } from '../../../../main/gateway/native/udp-transport.ts';
import { freePort } from '../../../support/free-port.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);
const udpHere = await openUdpTransport();
/** The kernel may have been built without it; for a port that nobody has it does nothing. */
const canAbortSockets =
  process.platform === 'linux' &&
  process.geteuid?.() === 0 &&
  spawnSync('ss', ['--kill', '--udp', '--all', 'sport = :1'], { encoding: 'utf8' }).status === 0;

/** One datagram from whatever port, also from one that no socket can have; false where only a privileged user may. */
async function sendFromPort(from: number, to: number, text: string): Promise<boolean> {
  const { default: koffi } = await import('koffi/indirect');
  const libc = koffi.load(null);
  const [AF_INET, SOCK_RAW, IPPROTO_UDP] = [2, 3, 17];
  const fd: number = libc.func('int socket(int, int, int)')(AF_INET, SOCK_RAW, IPPROTO_UDP);
  if (fd < 0) return false;
  // RFC 768; a checksum of 0 is none.
  const datagram = Buffer.concat([Buffer.alloc(8), Buffer.from(text)]);
  datagram.writeUInt16BE(from, 0);
  datagram.writeUInt16BE(to, 2);
  datagram.writeUInt16BE(datagram.length, 4);
  const name = Buffer.from([AF_INET, 0, 0, 0, 127, 0, 0, 1, ...new Array(8).fill(0)]);
  const sendto = libc.func('long sendto(int, void *, size_t, int, void *, unsigned int)');
  const sent: number = sendto(fd, datagram, datagram.length, 0, name, name.length);
  libc.func('int close(int)')(fd);
  return sent === datagram.length;
}
const canForge = process.platform === 'linux' && udpHere.batches && (await sendFromPort(1, 1, ''));

it('reads many messages with one call on Linux, and uses Node elsewhere', async () => {
  expect(udpHere.batches).toBe(process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch));
  expect(await openUdpTransport(undefined, 'darwin', 'arm64')).toBe(nodeUdp);
  expect(await openUdpTransport(undefined, 'win32', 'x64')).toBe(nodeUdp);
  expect(await openUdpTransport(undefined, 'linux', 's390x')).toBe(nodeUdp);
});

/** The first letter of a message says what to do with it; the answer is the message itself. */
const SILENT = 0x73;
const LATER = 0x6c;
const BROKEN = 0x78;

function echo(later: (() => void)[]): Responder {
  const write = (out: Uint8Array, bytes: Uint8Array, length: number): number => {
    out.set(bytes.subarray(0, length));
    out[0] = 0x61;
    return length;
  };
  return {
    setRules: () => undefined,
    inFlight: 0,
    answer(context, bytes, length, out) {
      if (context.client === null || bytes[0] === SILENT) return NO_ANSWER;
      if (bytes[0] === BROKEN) throw new Error('unexpected');
      if (bytes[0] !== LATER) return write(out, bytes, length);
      const reply = context.answerLater();
      const answer = new Uint8Array(length);
      write(answer, bytes, length);
      later.push(() => reply(answer, length));
      return ANSWER_LATER;
    },
  };
}

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

interface Echo {
  listener: Listener;
  port: number;
  later: (() => void)[];
}

async function listen(
  udp: UdpTransport,
  over: Partial<UdpListenerOptions> = {},
  allowFrom = ['127.0.0.1/32'],
): Promise<Echo> {
  const later: (() => void)[] = [];
  const address = over.address ?? { host: '127.0.0.1', port: await freePort() };
  const listener = await listenUdp({
    ...{ view: 'engine', responder: echo(later), shared: false, udp },
    onFault: (error) => expect.unreachable(String(error)),
    clients: createClientTable(allowFrom, { perSecond: 1e9, inFlight: 1e9 }, () => 0),
    ...over,
    address,
  });
  open.push(() => listener.close());
  return { listener, port: address.port, later };
}

async function client(
  host = '127.0.0.1',
): Promise<{ socket: Socket; received: string[]; until(count: number): Promise<void> }> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  const received: string[] = [];
  socket.on('message', (message) => received.push(message.toString('latin1')));
  socket.bind(0, host);
  await once(socket, 'listening');
  open.push(() => socket.close());
  return {
    socket,
    received,
    async until(count) {
      while (received.length < count) await once(socket, 'message', { signal: AbortSignal.timeout(30_000) });
    },
  };
}

describe.each<[string, UdpTransport]>([
  ['one by one', nodeUdp],
  ...(udpHere.batches ? [['in batches', udpHere] as [string, UdpTransport]] : []),
])('a UDP listener that reads messages %s', (_how, udp) => {
  it('gives each sender its own answers, at once, later or not at all, however many arrive together', async () => {
    const { port, later } = await listen(udp);
    const senders = await Promise.all([client(), client(), client()]);
    const rounds = BATCH_SIZE;
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, { socket }] of senders.entries()) {
        for (const letter of ['q', 's', 'l']) socket.send(`${letter} ${index} ${round}`, port, '127.0.0.1');
      }
    }
    await Promise.all(senders.map((sender) => sender.until(rounds)));
    await expect.poll(() => later.length).toBe(senders.length * rounds);
    for (const [index, { received }] of senders.entries()) {
      expect(received).toEqual(Array.from({ length: rounds }, (_, round) => `a ${index} ${round}`));
    }
    for (const reply of later) reply();
    await Promise.all(senders.map((sender) => sender.until(2 * rounds)));
    for (const [index, { received }] of senders.entries()) {
      expect(received.slice(rounds)).toEqual(Array.from({ length: rounds }, (_, round) => `a ${index} ${round}`));
    }
  });

  it('tells clients apart by their addresses', async () => {
    const { port } = await listen(udp, { address: { host: '0.0.0.0', port: await freePort() } }, ['127.0.0.2/32']);
    const [stranger, known] = [await client('127.0.0.1'), await client('127.0.0.2')];
    for (let i = 0; i < 5; i += 1) {
      stranger.socket.send(`q stranger ${i}`, port, '127.0.0.1');
      known.socket.send(`q known ${i}`, port, '127.0.0.1');
    }
    await known.until(5);
    expect(known.received).toEqual(Array.from({ length: 5 }, (_, i) => `a known ${i}`));
    expect(stranger.received).toEqual([]);
  });

  it.runIf(hasIpv6)('serves only IPv6 on an IPv6 address', async () => {
    const { port } = await listen(udp, { address: { host: '::1', port: await freePort() } }, ['::1/128']);
    const sender = await client('::1');
    sender.socket.send('q six', port, '::1');
    sender.socket.send('l six later', port, '::1');
    await sender.until(1);
    expect(sender.received).toEqual(['a six']);
    // The same port of IPv4 is still to be had.
    await listen(udp, { address: { host: '127.0.0.1', port } });
  });

  it('keeps running after an empty message and one of the largest size', async () => {
    const { port } = await listen(udp);
    const { socket, received, until } = await client();
    socket.send(Buffer.alloc(0), port, '127.0.0.1');
    socket.send(Buffer.alloc(65_000, 's'), port, '127.0.0.1');
    socket.send('q still there', port, '127.0.0.1');
    await until(1);
    expect(received.at(-1)).toBe('a still there');
  });

  it('reports an unexpected error for one message, and answers all others', async () => {
    const faults: unknown[] = [];
    const { port } = await listen(udp, { onFault: (error) => faults.push(error) });
    const { socket, received, until } = await client();
    for (let i = 0; i < 2 * BATCH_SIZE; i += 1) socket.send(`${i % 2 === 0 ? 'q' : 'x'} ${i}`, port, '127.0.0.1');
    await until(BATCH_SIZE);
    expect(received).toEqual(Array.from({ length: BATCH_SIZE }, (_, i) => `a ${2 * i}`));
    await expect.poll(() => faults.length).toBe(BATCH_SIZE);
  });

  it.runIf(canForge)('ignores questions from port 0, to which nothing can be sent', async () => {
    const asked: string[] = [];
    const { port } = await listen(udp, {
      responder: {
        setRules: () => undefined,
        inFlight: 0,
        answer(_context, bytes, length) {
          asked.push(Buffer.from(bytes.subarray(0, length)).toString());
          return NO_ANSWER;
        },
      },
    });
    for (const [from, text] of [
      [0, 'from port 0'],
      [53, 'from port 53'],
    ] as const) {
      expect(await sendFromPort(from, port, text)).toBe(true);
    }
    await expect.poll(() => asked).toContain('from port 53');
    expect(asked).toEqual(['from port 53']);
  });

  it.runIf(canAbortSockets)(
    'keeps running after an error of its socket, which an administrator may cause',
    async () => {
      const { port } = await listen(udp);
      const { socket, received, until } = await client();
      for (const count of [1, 2, 3]) {
        await promisify(execFile)('ss', ['--kill', '--udp', '--all', `sport = :${port}`]);
        socket.send('q still there', port, '127.0.0.1');
        await until(count);
      }
      expect(received).toEqual(Array.from({ length: 3 }, () => 'a still there'));
    },
  );

  it('says why it cannot bind an address, and frees it when closed', async () => {
    const { listener, port } = await listen(udp);
    await expect(listen(udp, { address: { host: '127.0.0.1', port } })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(listen(udp, { address: { host: '192.0.2.1', port } })).rejects.toMatchObject({
      code: 'EADDRNOTAVAIL',
    });
    await listener.close();
    open.splice(0);
    await listen(udp, { address: { host: '127.0.0.1', port } });
  });

  it('shares an address with others where asked to', async () => {
    const address = { host: '127.0.0.1', port: await freePort() };
    await listen(udp, { address, shared: true });
    await listen(udp, { address, shared: true });
  });
});

describe.runIf(udpHere.batches)('while a thread is busy', () => {
  /** Answers what may be forwarded, and counts what may not. */
  async function forwarding() {
    const counts = { limited: 0 };
    const clients = createClientTable(['127.0.0.0/8'], { perSecond: null, inFlight: 1e9 }, () => 0);
    const responder: Responder = {
      setRules: () => undefined,
      inFlight: 0,
      answer({ client: asker, crowd }, bytes, length, out) {
        if (asker === null || !clients.mayForward(asker, crowd)) {
          counts.limited += 1;
          return NO_ANSWER;
        }
        out.set(bytes.subarray(0, length));
        return length;
      },
    };
    const { port } = await listen(udpHere, {
      address: { host: '0.0.0.0', port: await freePort() },
      responder,
      clients,
    });
    return { port, counts };
  }
  /** Into the kernel's buffer at once: nothing is read before the test waits. */
  const send = (from: Socket, port: number, what: string, count: number): void => {
    for (let i = 0; i < count; i += 1) from.send(`${what} ${i}`, port, '127.0.0.1');
  };

  it('one client that fills the buffer to the brim gets a share, and another all that it asks', async () => {
    const { port, counts } = await forwarding();
    const [busy, quiet] = [await client('127.0.0.2'), await client('127.0.0.3')];
    send(busy.socket, port, 'before', 100);
    send(quiet.socket, port, 'quiet', 8);
    // More than any buffer holds.
    send(busy.socket, port, 'after', 20_000);
    await quiet.until(8);
    expect(quiet.received).toEqual(Array.from({ length: 8 }, (_, i) => `quiet ${i}`));
    await expect.poll(() => counts.limited).toBeGreaterThan(0);
    // What does not fit into the buffer meanwhile is lost, so it asks again.
    const isAnswered = async (): Promise<boolean> => {
      send(busy.socket, port, 'once more', 1);
      return busy.received.includes('once more 0');
    };
    await expect.poll(isAnswered).toBe(true);
  });

  it('a burst for which there is room is answered', async () => {
    const { port, counts } = await forwarding();
    const busy = await client('127.0.0.2');
    send(busy.socket, port, 'burst', 200);
    await busy.until(200);
    expect(counts.limited).toBe(0);
  });
});

it.runIf(udpHere.batches)(
  'closes the descriptors that a dead thread left open, and none that it had closed',
  async () => {
    const opened = new Uint8Array(MAX_DESCRIPTORS);
    const libc = (await openLibc(opened, process.platform, process.arch)) ?? expect.unreachable();
    const sockets = new LinuxSockets(libc);
    const [address, other] = [
      { host: '127.0.0.1', port: await freePort() },
      { host: '127.0.0.1', port: await freePort() },
    ];
    sockets.bind(address, false, 65_536);
    sockets.close(sockets.bind(other, false, 65_536));
    // Takes the number that has become free.
    const file = await openFile('/dev/null');
    open.push(() => file.close());
    closeLeftOpen(opened);
    // Its port is free again.
    sockets.close(sockets.bind(address, false, 65_536));
    expect((await file.stat()).isCharacterDevice()).toBe(true);
    expect(opened.every((each) => each === 0)).toBe(true);
  },
);
