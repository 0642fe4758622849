import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../../main/demo/outside/certificates.ts';
import { parseSocketAddress } from '../../../../main/platform/net/socket-address.ts';
import { clientHello, helloRetry, serverName } from '../../../support/client-hello.ts';
import { type DnsStub, startDnsStub } from '../../../support/dns-stub.ts';
import { outsideAddress, readProxyAnswer, startGateway, type TestGateway } from '../../../support/gateway.ts';

/** The proxy tunnels to no loopback address, so what is allowed has to live on another one of this machine. */
const outside = outsideAddress();
if (outside === null)
  process.stderr.write('gateway-proxy: no address but loopback, so allowed tunnels are not tested\n');
const here = outside ?? '127.0.0.1';

async function listening(server: Server): Promise<number> {
  server.listen(0, here);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Everything a socket says until its end. */
async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Resolves when `poured` has come to a standstill: the buffers on the way are full. */
async function standstill(poured: () => number): Promise<void> {
  let before = -1;
  const standsStill = (): boolean => {
    const still = poured() > 0 && poured() === before;
    before = poured();
    return still;
  };
  await expect.poll(standsStill, { interval: 300 }).toBe(true);
}
/** Writes for as long as the socket takes it; says how much it took. */
function pourInto(socket: Socket): () => number {
  let poured = 0;
  const block = Buffer.alloc(256 * 1024);
  const pour = (): void => {
    while (!socket.destroyed && socket.write(block)) poured += block.length;
  };
  socket.on('error', () => undefined);
  socket.on('drain', pour);
  pour();
  return () => poured;
}

/** The TLS alert. */
const ACCESS_DENIED = Buffer.from([21, 3, 3, 0, 2, 2, 49]);

describe('the registry proxy', () => {
  const ca = createAuthority();
  const servers: Server[] = [];
  let upstream: DnsStub;
  let gateway: TestGateway;
  let proxy: { host: string; port: number };
  /** Says back what it hears, and ends when its client does. */
  let echo: number;
  /** Says goodbye to the first word, and hears what is still said. */
  let curt: number;
  let afterwards = '';
  /** Says more than anybody reads, and how much was taken of it; and one that never reads. */
  let flood: number;
  const floods: (() => number)[] = [];
  let deaf: number;
  let deafEnd: Socket | undefined;
  /** TLS, says who the client asked for. */
  let secure: number;
  /** The same, and wants a key share of a curve that clients do not send at first. */
  let picky: number;
  /** Asks for a second hello, whatever it hears. */
  let retry: number;
  let heard: Buffer = Buffer.alloc(0);
  /** Plain HTTP, says what it was asked. */
  let plain: number;
  let asked: IncomingMessage[] = [];
  let policy: { address: string }[] = [];

  beforeAll(async () => {
    upstream = await startDnsStub({
      'registry.acme.example': here,
      'other.acme.example': here,
      'loopback.acme.example': '127.0.0.1',
      'metadata.acme.example': '169.254.169.254',
      'nowhere.acme.example': '0.0.0.0',
    });
    const echoServer = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => socket.destroy());
      socket.pipe(socket);
    });
    const curtServer = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (chunk) => {
        afterwards += chunk;
        if (!socket.writableEnded) socket.end('goodbye');
      });
    });
    const floodServer = createServer((socket) => floods.push(pourInto(socket)));
    const deafServer = createServer((socket) => {
      deafEnd = socket.on('error', () => socket.destroy()).pause();
    });
    const { certificate: cert, key } = ca.issue('registry.acme.example', 'other.acme.example');
    const secureServer = createTlsServer({ cert, key }, (socket) => {
      socket.on('error', () => socket.destroy());
      socket.end(`hello from ${socket.servername}`);
    });
    const pickyServer = createTlsServer({ cert, key, ecdhCurve: 'P-521', minVersion: 'TLSv1.3' }, (socket) => {
      socket.on('error', () => socket.destroy());
      socket.end(`hello from ${socket.servername}`);
    });
    const retryServer = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('data', () => socket.write(helloRetry()));
      socket.on('data', (chunk) => {
        heard = Buffer.concat([heard, chunk]);
      });
    });
    const plainServer = createHttpServer((request, response) => {
      asked.push(request);
      request.resume();
      request.on('end', () => response.writeHead(200, { 'x-from': 'registry' }).end(`you asked for ${request.url}`));
    });
    servers.push(echoServer, curtServer, floodServer, deafServer, secureServer, pickyServer, retryServer, plainServer);
    echo = await listening(echoServer);
    curt = await listening(curtServer);
    flood = await listening(floodServer);
    deaf = await listening(deafServer);
    secure = await listening(secureServer);
    picky = await listening(pickyServer);
    retry = await listening(retryServer);
    plain = await listening(plainServer);
    gateway = await startGateway({
      upstreams: [upstream.address],
      config: { allowFrom: ['127.0.0.0/8'], dns: { engine: ['127.0.0.1:0'] } },
    });
    const hosts = ['registry', 'other', 'loopback', 'metadata', 'nowhere', 'missing'].map(
      (name) => `${name}.acme.example`,
    );
    policy = hosts.flatMap((host) =>
      [echo, curt, flood, deaf, secure, picky, retry, plain].map((port) => ({ address: `${host}:${port}` })),
    );
    policy.push({ address: 'registry.acme.example' }, { address: `127.0.0.1:${echo}` });
    await gateway.program({ revision: 7, contact: 'platform@acme.example', registries: policy });
    proxy = parseSocketAddress((await gateway.status()).listeners.proxy[0] ?? '');
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
    for (const server of servers) server.close();
  });

  /** Sends raw bytes to the proxy; resolves with all it says. */
  async function send(...parts: (string | Buffer)[]): Promise<string> {
    const socket = connect(proxy);
    for (const part of parts) socket.write(part);
    return (await readAll(socket)).toString('latin1');
  }

  /** A TLS conversation through a tunnel for `target`, asking for `servername`. */
  async function converse(target: string, servername: string | undefined): Promise<string> {
    const { status, socket } = await gateway.connect(target);
    expect(status).toBe(200);
    const tls: TLSSocket = connectTls({
      socket,
      ca: ca.certificate,
      ...(servername === undefined ? {} : { servername }),
      checkServerIdentity: () => undefined,
    });
    return (await readAll(tls)).toString();
  }

  describe('refuses', () => {
    it('a host that is not allowed, with a sentence that names it, the organization and what to do', async () => {
      const answer = await gateway.connect('GCR.io:443');
      expect(answer.status).toBe(403);
      expect(answer.phrase).toBe('gcr.io is blocked by acme. To request access, contact platform@acme.example.');
      expect(JSON.parse(answer.body)).toEqual({ errors: [{ code: 'UNSUPPORTED', message: answer.phrase }] });
    });

    it('another port of an allowed host, and names the port', async () => {
      const answer = await gateway.connect('other.acme.example:22');
      expect(answer.phrase).toContain('other.acme.example:22 is blocked by acme.');
      const plain = await send('GET http://registry.acme.example/ HTTP/1.1\r\nHost: registry.acme.example\r\n\r\n');
      expect(plain).toContain('registry.acme.example:80 is blocked by acme.');
      expect((await gateway.connect('[2606:50c0::1]:5000')).phrase).toContain('[2606:50c0::1]:5000 is blocked');
    });

    it('a plain request to a host that is not allowed, in the same words', async () => {
      const answer = await send('GET http://gcr.io/v2/ HTTP/1.1\r\nHost: gcr.io\r\n\r\n');
      expect(answer).toMatch(/^HTTP\/1\.1 403 gcr\.io is blocked by acme\./);
      expect(answer).toContain('"code":"UNSUPPORTED"');
    });

    it.each(['140.82.121.33:443', '[2606:50c0::1]:443', '[::ffff:140.82.121.33]:443'])(
      'the IP literal %s, which nobody listed',
      async (target) => {
        expect((await gateway.connect(target)).status).toBe(403);
      },
    );

    it.each(['loopback', 'metadata', 'nowhere'])('an allowed name that resolves to %s', async (name) => {
      const answer = await gateway.connect(`${name}.acme.example:${echo}`);
      expect(answer.status).toBe(403);
      expect(answer.phrase).toContain("it leads back to the gateway's own machine");
    });

    it.each(['127.0.0.1', '127.8.9.10', '[::1]', '[::ffff:127.0.0.1]', 'localhost'])(
      'the loopback of its own machine, which is not that of who asks, as %s, listed or not',
      async (host) => {
        for (const port of [echo, 443]) {
          const answer = await gateway.connect(`${host}:${port}`);
          expect(answer.status).toBe(403);
          expect(answer.phrase).toContain("it leads back to the gateway's own machine");
        }
      },
    );

    it('a request that has come through itself before', async () => {
      const via = /^via: (.*)$/im.exec(await throughPlain('/first'))?.[1] ?? '';
      expect(via).toMatch(/^1\.1 portcullis-/);
      expect((await gateway.connect('registry.acme.example:443', [`Via: 1.0 elsewhere, ${via}`])).status).toBe(508);
    });

    it.each([
      ['no port', 'CONNECT registry.acme.example HTTP/1.1\r\n\r\n'],
      ['port 0', 'CONNECT registry.acme.example:0 HTTP/1.1\r\n\r\n'],
      ['user information', 'CONNECT mia@registry.acme.example:443 HTTP/1.1\r\n\r\n'],
      ['a path', 'GET /v2/ HTTP/1.1\r\nHost: registry.acme.example\r\n\r\n'],
      ['https in the clear', 'GET https://registry.acme.example/ HTTP/1.1\r\nHost: registry.acme.example\r\n\r\n'],
      ['what is not HTTP', 'hello\r\n\r\n'],
      [
        'two lengths',
        'POST http://registry.acme.example/ HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      ],
    ])('%s as malformed', async (_what, request) => {
      const before = (await gateway.status()).counters.proxy.malformed;
      expect(await send(request)).toMatch(/^HTTP\/1\.1 400 /);
      expect((await gateway.status()).counters.proxy.malformed).toBe(before + 1);
    });

    it('headers that do not end', async () => {
      expect(await send('GET http://gcr.io/ HTTP/1.1\r\n', `X: ${'x'.repeat(20_000)}\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
    });

    it('to put what it was sent onto a terminal', async () => {
      const answer = await send('GET http://gcr.io/v2/ HTTP/1.1\r\nHost: \u001b[31mgcr.io\r\n\r\n');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is what is tested
      expect(answer).not.toMatch(/[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]/);
    });

    it.each([
      '127.1',
      '0x7f.1',
      '2130706433',
      '0177.0.0.1',
      'a..example',
      `${'a'.repeat(64)}.example`,
      '*',
      'b\u00fccher.example',
    ])('%s, which is no host, though somebody on the way might take it for one', async (host) => {
      expect((await gateway.connect(`${host}:443`)).status).toBe(400);
    });

    it('a host that looks like another one, told by the dots within', async () => {
      expect((await gateway.connect('registry.acme.example.evil.example:443')).status).toBe(403);
      expect((await gateway.connect('evilregistry.acme.example:443')).status).toBe(403);
    });
  });

  /** A plain request through the proxy; resolves with the headers that the server saw, one per line. */
  async function throughPlain(path: string, headers: string[] = [], body = ''): Promise<string> {
    asked = [];
    const lines = [`Host: registry.acme.example:${plain}`, 'Connection: close', ...headers].join('\r\n');
    const answer = await send(
      `${body ? 'POST' : 'GET'} http://registry.acme.example:${plain}${path} HTTP/1.1\r\n${lines}\r\n\r\n${body}`,
    );
    expect(answer).toContain(`you asked for ${path}`);
    const { rawHeaders } = asked[0] as IncomingMessage;
    return rawHeaders.map((part, index) => (index % 2 === 0 ? `\n${part}: ` : part)).join('');
  }

  describe.skipIf(outside === null)('lets through', () => {
    it('a TLS conversation with the host that the tunnel is for', async () => {
      const said = await converse(`Registry.acme.example:${secure}`, 'registry.acme.example');
      expect(said).toBe('hello from registry.acme.example');
    });

    it('no conversation with another host than the one the tunnel is for, though both are allowed', async () => {
      await expect(converse(`registry.acme.example:${secure}`, 'other.acme.example')).rejects.toThrow(/access denied/i);
      await expect(converse(`registry.acme.example:${secure}`, 'gcr.io')).rejects.toThrow(/access denied/i);
    });

    it('no conversation that hides which host it is with', async () => {
      await expect(converse(`registry.acme.example:${secure}`, undefined)).rejects.toThrow(/access denied/i);
    });

    it('a ClientHello that comes byte by byte', async () => {
      const { socket } = await gateway.connect(`registry.acme.example:${secure}`);
      const [helloBytes] = await firstWords('registry.acme.example');
      for (const byte of helloBytes) {
        socket.write(Buffer.from([byte]));
        await new Promise(setImmediate);
      }
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer[0]).toBe(22);
      socket.destroy();
    });

    it('a ClientHello cut into records, and still reads its server name', async () => {
      const [helloBytes] = await firstWords('gcr.io');
      const { socket } = await gateway.connect(`registry.acme.example:${secure}`);
      const handshake = helloBytes.subarray(5);
      for (let at = 0; at < handshake.length; at += 50) {
        const part = handshake.subarray(at, at + 50);
        socket.write(Buffer.concat([Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part]));
      }
      expect(await readAll(socket)).toEqual(ACCESS_DENIED);
    });

    it('no hello behind an alert, which some servers pass over', async () => {
      const { socket } = await gateway.connect(`registry.acme.example:${secure}`);
      socket.write(Buffer.concat([Buffer.from([21, 3, 1, 0, 2, 1, 0]), clientHello([serverName('gcr.io')])]));
      expect(await readAll(socket)).toEqual(ACCESS_DENIED);
    });

    it('a conversation in which the server asks for a second hello, to its end', async () => {
      const { status, socket } = await gateway.connect(`registry.acme.example:${picky}`);
      expect(status).toBe(200);
      // A key share for the first curve, of which the server wants the second.
      const options = { socket, ca: ca.certificate, servername: 'registry.acme.example', ecdhCurve: 'X25519:P-521' };
      const tls: TLSSocket = connectTls({ ...options, checkServerIdentity: () => undefined });
      expect((await readAll(tls)).toString()).toBe('hello from registry.acme.example');
    });

    it.each(['after the server has asked for it', 'before it has'])(
      'no second hello with another name, sent %s',
      async (when) => {
        const first = clientHello([serverName('registry.acme.example')]);
        const foreign = clientHello([serverName('gcr.io')]);
        heard = Buffer.alloc(0);
        const { socket } = await gateway.connect(`registry.acme.example:${retry}`);
        socket.write(when.startsWith('before') ? Buffer.concat([first, foreign]) : first);
        const said: Buffer[] = [];
        socket.on('data', (chunk: Buffer) => said.push(chunk));
        if (!when.startsWith('before')) {
          await expect.poll(() => Buffer.concat(said).length).toBeGreaterThan(0);
          socket.write(foreign);
        }
        await once(socket, 'close');
        expect(Buffer.concat(said).subarray(-ACCESS_DENIED.length)).toEqual(ACCESS_DENIED);
        expect(heard).toEqual(first);
      },
    );

    it('the same name in both, and whatever comes behind', async () => {
      const hello = clientHello([serverName('registry.acme.example')]);
      const behind = Buffer.from([23, 3, 3, 0, 3, 1, 2, 3]);
      heard = Buffer.alloc(0);
      const { socket } = await gateway.connect(`registry.acme.example:${retry}`);
      socket.write(Buffer.concat([hello, hello, behind]));
      await expect.poll(() => heard).toEqual(Buffer.concat([hello, hello, behind]));
      socket.destroy();
    });

    it('a hundred megabytes both ways, whole', async () => {
      const { socket } = await gateway.connect(`registry.acme.example:${echo}`);
      const block = randomBytes(1024 * 1024);
      // Else one run in two hundred begins like a conversation of TLS, and is closed as a malformed one.
      block[0] = 0;
      const twice = Buffer.concat([block, block]);
      let received = 0;
      let wrong = 0;
      const finished = new Promise<void>((resolve) => socket.on('end', resolve));
      socket.on('data', (chunk: Buffer) => {
        const at = received % block.length;
        if (!chunk.equals(twice.subarray(at, at + chunk.length))) wrong += 1;
        received += chunk.length;
      });
      for (let sent = 0; sent < 100; sent += 1) if (!socket.write(block)) await once(socket, 'drain');
      socket.end();
      await finished;
      expect({ received, wrong }).toEqual({ received: 100 * block.length, wrong: 0 });
    });

    it('what comes after one side has ended', async () => {
      const { socket } = await gateway.connect(`registry.acme.example:${echo}`);
      socket.end('last words');
      expect((await readAll(socket)).toString()).toBe('last words');
    });

    it('what a client says after its server has ended', async () => {
      const { socket } = await gateway.connect(`registry.acme.example:${curt}`);
      socket.allowHalfOpen = true;
      let said = '';
      socket.on('data', (chunk) => {
        said += chunk;
      });
      socket.write('well, ');
      await once(socket, 'end');
      expect(said).toBe('goodbye');
      socket.write('wait, ');
      socket.end('one more thing');
      await expect.poll(() => afterwards).toBe('well, wait, one more thing');
    });

    it('what a client says before its tunnel is open', async () => {
      const asked = Promise.withResolvers<void>();
      const open = Promise.withResolvers<void>();
      const slow = await startDnsStub(async ({ name, type }) => {
        asked.resolve();
        await open.promise;
        return type === 'A' ? [{ type: 'A', name, ttl: 60, data: here }] : [];
      });
      const other = await startGateway({ registry: null, upstreams: [slow.address] });
      try {
        const socket = connect(parseSocketAddress((await other.status()).listeners.proxy[0] ?? ''));
        socket.write(`CONNECT early.acme.example:${echo} HTTP/1.1\r\n\r\nfirst, `);
        await asked.promise;
        socket.end('second');
        // What the kernel has of it by now is read before the gateway hears from its resolver.
        await other.status();
        open.resolve();
        expect((await readAll(socket)).toString()).toBe('HTTP/1.1 200 Connection established\r\n\r\nfirst, second');
      } finally {
        await other.stop();
        await slow.close();
      }
    });

    it('a server no faster than its client reads', async () => {
      const { socket } = await gateway.connect(`registry.acme.example:${flood}`);
      socket.pause();
      await standstill(() => floods.at(-1)?.() ?? 0);
      expect(floods.at(-1)?.()).toBeLessThan(64 * 1024 * 1024);
      socket.destroy();
    });

    it('a client no faster than its server reads', async () => {
      const { socket } = await gateway.connect(`registry.acme.example:${deaf}`);
      const poured = pourInto(socket);
      await standstill(poured);
      expect(poured()).toBeLessThan(64 * 1024 * 1024);
      // A client that is not read from is not heard to go either.
      const closed = new Promise((gone) => socket.on('close', gone));
      deafEnd?.destroy();
      await closed;
    });

    it('a plain request, by the host of its URL and not by what Host says', async () => {
      const headers = await throughPlain('/v2/?n=1', [
        'Proxy-Connection: keep-alive',
        'X-Secret: yes',
        'Connection: X-Secret',
      ]);
      expect(headers).toContain(`\nHost: registry.acme.example:${plain}`);
      expect(headers).not.toMatch(/x-secret|proxy-connection/i);
      asked = [];
      await send(`GET http://registry.acme.example:${plain}/x HTTP/1.1\r\nHost: gcr.io\r\nConnection: close\r\n\r\n`);
      expect(asked[0]?.headers.host).toBe(`registry.acme.example:${plain}`);
    });

    it('a plain request with a body', async () => {
      const headers = await throughPlain('/upload', ['Content-Length: 5'], 'hello');
      expect(headers).toContain('\nContent-Length: 5');
    });

    it('nothing to a port where nobody listens, and says so', async () => {
      const closed = createServer();
      const port = await listening(closed);
      closed.close();
      await gateway.program({ revision: 9, registries: [...policy, { address: `registry.acme.example:${port}` }] });
      const answer = await gateway.connect(`registry.acme.example:${port}`);
      expect(answer.status).toBe(502);
      expect(answer.phrase).toBe('registry.acme.example is allowed, but could not be reached: ECONNREFUSED.');
      const unknown = await gateway.connect(`missing.acme.example:${echo}`);
      expect(unknown.phrase).toBe(
        'missing.acme.example is allowed, but DNS has no address for it. Check your network or VPN.',
      );
    });

    it('no handshake that is begun and does not go on', async () => {
      const { socket } = await gateway.connect(`registry.acme.example:${secure}`);
      socket.on('error', () => undefined);
      // Byte by byte, each of which is a sign of life: it is the whole hello that has its time.
      socket.write(Buffer.from([22]));
      const drip = setInterval(() => socket.write(Buffer.from([3])), 1_000);
      socket.resume();
      await once(socket, 'close');
      clearInterval(drip);
    });

    it('an open tunnel only as long as a policy allows it', async () => {
      const stays = await gateway.connect(`registry.acme.example:${echo}`);
      const goes = await gateway.connect(`other.acme.example:${echo}`);
      stays.socket.write('a');
      goes.socket.write('a');
      await Promise.all([once(stays.socket, 'data'), once(goes.socket, 'data')]);
      expect((await gateway.status()).counters.proxy.open).toBe(2);
      const gone = once(goes.socket, 'close');
      await gateway.program({
        revision: 10,
        registries: policy.filter(({ address }) => !address.startsWith('other.')),
      });
      await gone;
      stays.socket.write('b');
      await once(stays.socket, 'data');
      const locked = once(stays.socket, 'close');
      await gateway.control.call('lock', { reason: 'sign-in-required' });
      await locked;
      await expect.poll(async () => (await gateway.status()).counters.proxy.open).toBe(0);
    });
  });

  it('answers known clients only', async () => {
    const other = await startGateway({ registry: null, config: { allowFrom: ['10.200.0.0/24'] } });
    try {
      const address = parseSocketAddress((await other.status()).listeners.proxy[0] ?? '');
      const socket = connect(address);
      socket.on('error', () => undefined);
      socket.write('CONNECT gcr.io:443 HTTP/1.1\r\n\r\n');
      await new Promise((resolve) => socket.on('close', resolve));
      expect(socket.bytesRead).toBe(0);
    } finally {
      await other.stop();
    }
  });

  it.each([
    ['', here],
    [', also where it listens on every address', '0.0.0.0'],
  ])('never tunnels to its own listeners%s', async (_where, listen) => {
    const self = await startGateway({
      registry: null,
      config: { proxy: [`${listen}:0`], allowFrom: [`${here}/32`, '127.0.0.0/8'] },
    });
    try {
      const { port } = parseSocketAddress((await self.status()).listeners.proxy[0] ?? '');
      const socket = connect({ host: here, port });
      socket.write(`CONNECT ${here}:${port} HTTP/1.1\r\n\r\n`);
      expect((await readProxyAnswer(socket)).status).toBe(403);
    } finally {
      await self.stop();
    }
  });

  it('closes a connection that sends no request', async () => {
    const socket = connect(proxy);
    socket.on('error', () => undefined);
    socket.write('CONNECT gcr.io:443 HTTP/1.1\r\nX-Slow:');
    expect((await readAll(socket)).toString()).toMatch(/^HTTP\/1\.1 408 /);
  });
});

/** What a TLS client that asks for `servername` sends first. */
async function firstWords(servername: string): Promise<[Buffer]> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const client = connectTls({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, servername });
  client.on('error', () => undefined);
  const [socket] = await accepted;
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return [bytes];
}
