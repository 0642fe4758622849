import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHelloReader, MAX_CLIENT_HELLO, readClientHello } from '../../../../main/gateway/proxy/client-hello.ts';
import { clientHello as hello, serverName } from '../../../support/client-hello.ts';
import recorded from './fixtures/client-hellos.json' with { type: 'json' };

/** What Node's TLS client says first. */
async function firstWords(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connect({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, ...options });
  client.on('error', () => undefined);
  const [socket] = await accepted;
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return bytes;
}

/** The same handshake in records of `size` bytes. */
function inRecords(bytes: Buffer, size: number): Buffer {
  const handshake = bytes.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < handshake.length; at += size) {
    const part = handshake.subarray(at, at + size);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}

/** Two hellos in one record, of which only the first would be read. */
function twoInOneRecord(): Buffer {
  const both = ['a.example', 'b.example'].map((name) => hello([serverName(name)]).subarray(5));
  const handshake = Buffer.concat(both);
  return Buffer.concat([Buffer.from([22, 3, 1, handshake.length >> 8, handshake.length & 255]), handshake]);
}

describe('the server name of a ClientHello', () => {
  it.each(recorded)('of $client', ({ hex, serverName: expected }) => {
    expect(readClientHello(Buffer.from(hex, 'hex'))).toMatchObject({ kind: 'hello', serverName: expected });
  });

  it('of Node, with and without one, in TLS 1.2 and 1.3', async () => {
    for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const named = await firstWords({ servername: 'registry.acme.example', maxVersion });
      expect(readClientHello(named)).toMatchObject({ kind: 'hello', serverName: 'registry.acme.example' });
      expect(readClientHello(await firstWords({ servername: '', maxVersion }))).toMatchObject({
        kind: 'hello',
        serverName: null,
      });
    }
  });

  it('is found however the hello is cut into records', async () => {
    const bytes = await firstWords({ servername: 'registry.acme.example' });
    for (const size of [1, 2, 3, 4, 5, 50, 500]) {
      expect(readClientHello(inRecords(bytes, size))).toMatchObject({
        kind: 'hello',
        serverName: 'registry.acme.example',
      });
    }
  });

  it('is the outer one where another may be encrypted beside it', () => {
    const encrypted: [number, number[]] = [0xfe0d, [0, 0, 1, 0, 1, 7, 0, 0, 0, 4, 1, 2, 3, 4]];
    expect(readClientHello(hello([encrypted, serverName('outer.example')]))).toMatchObject({
      kind: 'hello',
      serverName: 'outer.example',
    });
    expect(readClientHello(hello([encrypted]))).toMatchObject({ kind: 'hello', serverName: null });
  });

  it('is awaited while segments are missing, and what it waits for grows', async () => {
    const bytes = inRecords(await firstWords({ servername: 'registry.acme.example' }), 100);
    for (let length = 0; length < bytes.length; length += 1) {
      const seen = readClientHello(bytes.subarray(0, length));
      expect(seen.kind).toBe('incomplete');
      if (seen.kind === 'incomplete') {
        expect(seen.atLeast).toBeGreaterThan(length);
        expect(seen.atLeast).toBeLessThanOrEqual(bytes.length);
      }
    }
  });

  it('is read to the end of its records, and no further', () => {
    const bytes = hello([serverName('a.example')]);
    const more = Buffer.concat([bytes, hello([serverName('b.example')])]);
    expect(readClientHello(more)).toEqual({ kind: 'hello', serverName: 'a.example', end: bytes.length });
  });

  it('is read in time that grows with its length, in records of one byte each', () => {
    const bytes = inRecords(hello([serverName('a.example'), [21, new Array(5_000).fill(0)]]), 1);
    let looked = 0;
    const reader = createHelloReader();
    const counted = (byte: number): Uint8Array =>
      new Proxy(Uint8Array.of(byte), {
        get(target, key) {
          if (key === '0') looked += 1;
          const value: unknown = Reflect.get(target, key, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    const answers = [...bytes].map((byte) => reader.read(counted(byte)).kind);
    expect(answers.at(-1)).toBe('hello');
    expect(new Set(answers.slice(0, -1))).toEqual(new Set(['incomplete']));
    expect(looked).toBeLessThanOrEqual(2 * bytes.length);
  });

  it('is not looked for in what is no TLS', () => {
    expect(readClientHello(Buffer.from('SSH-2.0-x\r\n'))).toEqual({ kind: 'not-tls' });
    expect(readClientHello(Buffer.from('GET / HTTP/1.1\r\n'))).toEqual({ kind: 'not-tls' });
  });

  it.each<[string, Buffer]>([
    ['two server name extensions', hello([serverName('a.example'), serverName('b.example')])],
    ['two names in one extension', hello([serverName('a.example', 'b.example')])],
    ['an empty name', hello([serverName('')])],
    ['a name with a zero byte', hello([serverName('a.example\0.evil')])],
    ['a name that is no ASCII', hello([serverName('a\u00e9')])],
    ['a name longer than its extension', hello([[0, [0, 5, 0, 0, 9, 97, 98]]])],
    [
      'an extension longer than the hello',
      Buffer.from(
        hello([serverName('a.example')])
          .toString('hex')
          .replace('0000000e', '000000ff'),
        'hex',
      ),
    ],
    ['another handshake message', Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
    ['an empty record', Buffer.from([22, 3, 1, 0, 0])],
    // Go's server passes over a warning, and answers the hello behind it.
    ['an alert before it', Buffer.concat([Buffer.from([21, 3, 1, 0, 2, 1, 0]), hello([serverName('a.example')])])],
    ['a change_cipher_spec before it', Buffer.from([20, 3, 3, 0, 1, 1])],
    ['application data before it', Buffer.from([23, 3, 3, 0, 1, 1])],
    ['a heartbeat before it', Buffer.from([24, 3, 3])],
    ['an alert of an odd version before it', Buffer.from([21, 0x0f, 0xff])],
    ['a second message in its record', twoInOneRecord()],
    // Its server would be the one that the address has by default, whichever the tunnel is for.
    ['the form of SSL 2.0', Buffer.from([0x80, 0x1f, 1, 3, 3, 0, 6, 0, 0, 0, 16, 0, 0xc0, 0x2f, 0, 0, 0x9c])],
    ['a record of another protocol version', Buffer.from([22, 2, 0, 0, 4, 1, 0, 0, 0])],
    ['a record that is too long', Buffer.from([22, 3, 1, 0x41, 0])],
    ['a hello that is too long', Buffer.from([22, 3, 1, 0, 4, 1, 1, 0, 0])],
    [
      'an alert within the hello',
      Buffer.concat([
        inRecords(hello([serverName('a.example')]), 10).subarray(0, 15),
        Buffer.from([21, 3, 3, 0, 2, 1, 0]),
      ]),
    ],
  ])('with %s is malformed', (_what, bytes) => {
    expect(readClientHello(bytes)).toEqual({ kind: 'malformed' });
  });

  it('is asked for within bounds, whatever comes', () => {
    const likely = fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 8 })).map(([at, noise]) => {
      const bytes = hello([serverName('a.example'), [16, [0, 3, 2, 104, 50]]]);
      bytes.set(noise.subarray(0, bytes.length - (at % bytes.length)), at % bytes.length);
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), likely), (bytes) => {
        const seen = readClientHello(bytes);
        if (seen.kind === 'incomplete') expect(seen.atLeast).toBeLessThanOrEqual(MAX_CLIENT_HELLO);
      }),
      { numRuns: 3000 },
    );
  });
});
