import { randomFillSync } from 'node:crypto';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { createRandomNumbers } from '../../../../main/gateway/dns/random-numbers.ts';
import { createUdpPool } from '../../../../main/gateway/dns/udp-pool.ts';
import type { UpstreamChannel } from '../../../../main/gateway/dns/upstream-channel.ts';
import { nodeUdp } from '../../../../main/gateway/native/node-udp.ts';
import { openUdpTransport } from '../../../../main/gateway/native/open-udp-transport.ts';
import type { UdpTransport } from '../../../../main/gateway/native/udp-transport.ts';
import { freePort } from '../../../support/free-port.ts';

const udpHere = await openUdpTransport();

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** An upstream that says what `answer` makes of each question, if anything. */
async function upstream(
  answer: (question: Buffer, from: RemoteInfo, socket: Socket) => Buffer | null,
): Promise<{ host: string; port: number }> {
  const socket = createSocket('udp4');
  socket.on('message', (question, from) => {
    const bytes = answer(question, from, socket);
    if (bytes !== null) socket.send(bytes, from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  open.push(() => socket.close());
  return { host: '127.0.0.1', port: socket.address().port };
}

/** The question with the bits of an answer. */
function answered(question: Buffer): Buffer {
  const bytes = Buffer.from(question);
  bytes[2] = (bytes[2] ?? 0) | 0x80;
  return bytes;
}

const LOOKUP = {
  // a.example A IN
  question: Buffer.from('0161076578616d706c650000010001', 'hex'),
  flags: 0x100,
  hasOpt: false,
  dnssecOk: false,
};

describe.each<[string, UdpTransport]>([
  ['of Node', nodeUdp],
  ...(udpHere.batches ? [['of Linux', udpHere] as [string, UdpTransport]] : []),
])('questions to an upstream over the sockets %s', (_how, udp) => {
  const pool = (to: { host: string; port: number }, now?: () => number): UpstreamChannel => {
    const made = createUdpPool(
      to,
      createRandomNumbers((bytes) => randomFillSync(bytes)),
      udp,
      now,
    );
    open.push(() => made.close());
    return made;
  };
  const ask = (of: UpstreamChannel): Promise<{ answer: Buffer | null; error: string; atOnce: boolean }> =>
    new Promise((resolve) => {
      let returned = false;
      of.ask(
        LOOKUP,
        (answer, error) => resolve({ answer, error, atOnce: !returned }),
        () => undefined,
      );
      returned = true;
    });

  it('get their answers, from many ports, also after each has been replaced', async () => {
    const ports = new Set<number>();
    const to = await upstream((question, from) => {
      ports.add(from.port);
      return answered(question);
    });
    const of = pool(to);
    for (let round = 0; round < 300; round += 1) {
      const all = await Promise.all(Array.from({ length: 64 }, () => ask(of)));
      expect(all.filter(({ answer }) => answer !== null).length).toBe(64);
    }
    // 19,200 questions, 1,024 to a port.
    expect(ports.size).toBeGreaterThan(20);
  });

  it('use a port for a second at most, even for few questions', async () => {
    const ports = new Set<number>();
    const to = await upstream((question, from) => {
      ports.add(from.port);
      return answered(question);
    });
    let now = 0;
    const of = pool(to, () => now);
    for (let round = 0; round < 60; round += 1) {
      now = round * 1_000;
      expect((await ask(of)).answer).not.toBeNull();
    }
    // The kernel may give out a number again.
    expect(ports.size).toBeGreaterThan(40);
  });

  it('take no answer from another port, with another id, or to another question', async () => {
    let forged = 0;
    const forger = createSocket('udp4');
    open.push(() => forger.close());
    const to = await upstream((question, from, socket) => {
      const other = answered(question);
      other[13] = 0x62;
      const otherId = answered(question);
      otherId[0] = (otherId[0] ?? 0) ^ 1;
      const sent = (): void => {
        forged += 1;
        if (forged === 3) socket.send(answered(question), from.port, from.address);
      };
      // What is forged has arrived before what is true is sent.
      forger.send(answered(question), from.port, from.address, sent);
      socket.send(other, from.port, from.address, sent);
      socket.send(otherId, from.port, from.address, sent);
      return null;
    });
    const { answer } = await ask(pool(to));
    expect(forged).toBe(3);
    expect(answer?.[13]).toBe(0x61);
  });

  it('fail at once, but not before the call returns, where nobody listens', async () => {
    const of = pool({ host: '127.0.0.1', port: await freePort() });
    expect(await ask(of)).toEqual({ answer: null, error: 'ECONNREFUSED', atOnce: false });
    expect(await ask(of)).toEqual({ answer: null, error: 'ECONNREFUSED', atOnce: false });
  });

  it('fail, but not before the call returns, where sending is not permitted', async () => {
    // To everybody, which a socket may not that was not told so.
    const of = pool({ host: '255.255.255.255', port: 53 });
    expect(await ask(of)).toEqual({ answer: null, error: 'EACCES', atOnce: false });
  });

  it('fail when there is no answer in time, and ignore a later one', async () => {
    const late: (() => void)[] = [];
    const to = await upstream((question, from, socket) => {
      late.push(() => socket.send(answered(question), from.port, from.address));
      return late.length > 1 ? answered(question) : null;
    });
    const of = pool(to);
    expect(await ask(of)).toMatchObject({ answer: null, error: expect.stringContaining('no answer in') });
    late[0]?.();
    expect((await ask(of)).answer).not.toBeNull();
  });

  it('fail when the pool is closed', async () => {
    const of = pool(await upstream(() => null));
    const asked = ask(of);
    of.close();
    expect(await asked).toMatchObject({ answer: null, error: 'closed' });
  });
});
