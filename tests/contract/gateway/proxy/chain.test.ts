import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSocketAddress } from '../../../../main/platform/net/socket-address.ts';
import { type DnsStub, startDnsStub } from '../../../support/dns-stub.ts';
import { outsideAddress, startGateway, type TestGateway } from '../../../support/gateway.ts';

const here = outsideAddress();
const servers: Server[] = [];

async function listening(server: Server, host = '127.0.0.1'): Promise<number> {
  servers.push(server);
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function echoServer(): Server {
  return createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.pipe(socket);
  });
}

async function say(socket: Socket, text: string): Promise<string> {
  let heard = '';
  socket.write(text);
  while (heard.length < text.length) heard += String((await once(socket, 'data'))[0]);
  return heard;
}

afterAll(() => {
  for (const server of servers) server.close();
});

describe('a gateway behind another proxy', () => {
  /** The heads of the requests that the other proxy got. */
  const heads: string[] = [];
  let names: DnsStub;
  let gateway: TestGateway;

  beforeAll(async () => {
    const echo = await listening(echoServer());
    // Knows where every host is: at the echo. It greets in the same segment as its answer, as a server does that speaks first.
    const proxy = createServer((client) => {
      client.on('error', () => client.destroy());
      client.once('data', (bytes) => {
        const head = bytes.toString('latin1');
        heads.push(head);
        if (head.includes('closed.acme.example')) client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
        else if (head.includes('mute.acme.example')) client.end();
        else if (head.startsWith('GET'))
          client.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nplain');
        else {
          const onward = connect(echo, '127.0.0.1');
          onward.on('error', () => onward.destroy());
          client.write('HTTP/1.1 200 OK\r\nX-Any: y\r\n\r\nwelcome!');
          client.pipe(onward).pipe(client);
        }
      });
    });
    const port = await listening(proxy);
    names = await startDnsStub({ 'proxy.corp.example': '127.0.0.1' });
    gateway = await startGateway({
      upstreams: [names.address],
      config: { upstreamProxy: { address: `proxy.corp.example:${port}`, except: ['corp.example'] } },
    });
    await gateway.program({
      registries: [
        { address: '*.acme.example' },
        { address: 'http.acme.example:80' },
        { address: 'direct.corp.example' },
      ],
    });
  });
  afterAll(async () => {
    await gateway?.stop();
    await names?.close();
  });

  it('asks it for the tunnel, by the name it was asked for, and passes on what comes with the answer', async () => {
    const { status, socket } = await gateway.connect('registry.acme.example:443', ['Via: 1.1 engine']);
    expect(status).toBe(200);
    expect(await say(socket, 'welcome!')).toContain('welcome!');
    socket.destroy();
    expect(heads.at(-1)).toMatch(
      /^CONNECT registry\.acme\.example:443 HTTP\/1\.1\r\nHost: registry\.acme\.example:443\r\nVia: 1\.1 engine, 1\.1 portcullis-[0-9a-f]+\r\n\r\n$/,
    );
    expect(names.asked.map(({ name }) => name)).not.toContain('registry.acme.example');
  });

  it('asks it in absolute form for what is not TLS', async () => {
    const [proxy = ''] = (await gateway.status()).listeners.proxy;
    const socket = connect(parseSocketAddress(proxy));
    socket.write('GET http://http.acme.example/v2/?a=b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    let said = '';
    for await (const chunk of socket) said += chunk;
    expect(said).toMatch(/^HTTP\/1\.1 200 [\s\S]*plain$/);
    expect(heads.at(-1)).toMatch(
      /^GET http:\/\/http\.acme\.example\/v2\/\?a=b HTTP\/1\.1\r\nHost: http\.acme\.example\r\n/,
    );
  });

  it('decides before it asks', async () => {
    const asked = heads.length;
    expect((await gateway.connect('gcr.io:443')).status).toBe(403);
    // By these names the other proxy would know itself.
    for (const host of ['localhost', 'any.localhost']) expect((await gateway.connect(`${host}:443`)).status).toBe(403);
    expect(heads.length).toBe(asked);
  });

  it.each([
    [
      'refuses',
      'closed.acme.example:443',
      'closed.acme.example is allowed, but could not be reached: the upstream proxy answered 403.',
    ],
    [
      'says nothing',
      'mute.acme.example:443',
      'mute.acme.example is allowed, but could not be reached: the upstream proxy did not answer.',
    ],
  ])('says so where the other proxy %s', async (_what, target, phrase) => {
    expect(await gateway.connect(target)).toMatchObject({ status: 502, phrase });
  });

  it('connects directly to the domains that are excepted', async () => {
    const asked = heads.length;
    expect(await gateway.connect('direct.corp.example:443')).toMatchObject({
      status: 502,
      phrase: 'direct.corp.example is allowed, but DNS has no address for it. Check your network or VPN.',
    });
    expect(heads.length).toBe(asked);
  });
});

describe('a gateway behind a proxy that wants a password', () => {
  const PASSWORD = 'correct:horse battery';
  const TOKEN = Buffer.from(`gateway:${PASSWORD}`).toString('base64');
  const BASIC = 'Proxy-Authenticate: Basic realm="corp"';
  /** What it answers to who has not signed in. */
  let challenge = BASIC;
  /** The heads that the other proxy got. */
  const heads: string[] = [];
  let folder: string;
  let names: DnsStub;
  let port: number;
  let gateway: TestGateway;

  async function start(password: string): Promise<TestGateway> {
    const credentials = join(folder, 'proxy-credentials');
    await rm(credentials, { force: true });
    await writeFile(credentials, `gateway:${password}\n`, { mode: 0o600 });
    return startGateway({
      upstreams: [names.address],
      config: { upstreamProxy: { address: `proxy.corp.example:${port}`, credentials, except: ['corp.example'] } },
    });
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-credentials-'));
    const proxy = createServer((client) => {
      client.on('error', () => client.destroy());
      client.once('data', (bytes) => {
        const head = bytes.toString('latin1');
        heads.push(head);
        if (!head.includes(`\r\nProxy-Authorization: Basic ${TOKEN}\r\n`)) {
          client.end(`HTTP/1.1 407 Proxy Authentication Required\r\n${challenge}\r\nContent-Length: 0\r\n\r\n`);
        } else if (head.startsWith('CONNECT')) client.end('HTTP/1.1 200 OK\r\n\r\nwelcome!');
        else client.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nplain');
      });
    });
    port = await listening(proxy);
    names = await startDnsStub({ 'proxy.corp.example': '127.0.0.1' });
    gateway = await start(PASSWORD);
    await gateway.program({ registries: [{ address: '*.acme.example' }, { address: 'http.acme.example:80' }] });
  });
  afterAll(async () => {
    await gateway?.stop();
    await names?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** What a plain request through the gateway is answered. */
  async function plainly(through: TestGateway, method = 'GET'): Promise<string> {
    const [proxy = ''] = (await through.status()).listeners.proxy;
    const socket = connect(parseSocketAddress(proxy));
    const mine = `Proxy-Authorization: Basic ${Buffer.from('mia:mine').toString('base64')}`;
    socket.write(`${method} http://http.acme.example/v2/ HTTP/1.1\r\nHost: x\r\n${mine}\r\nConnection: close\r\n\r\n`);
    let said = '';
    for await (const chunk of socket) said += chunk;
    return said;
  }

  it("gives it, for tunnels and for what is not TLS, and never the engine's own", async () => {
    const { status, socket } = await gateway.connect('registry.acme.example:443', [
      'Proxy-Authorization: Basic bWluZQ==',
    ]);
    socket.destroy();
    expect(status).toBe(200);
    expect(await plainly(gateway)).toMatch(/^HTTP\/1\.1 200 [\s\S]*plain$/);
    expect(heads).toHaveLength(2);
    for (const head of heads)
      expect(head.match(/^proxy-authorization:.*$/gim)).toEqual([`Proxy-Authorization: Basic ${TOKEN}`]);
  });

  it('does not forward TRACE, which would return what the other proxy was sent', async () => {
    const asked = heads.length;
    expect(await plainly(gateway, 'TRACE')).toMatch(/^HTTP\/1\.1 501 /);
    expect(heads.length).toBe(asked);
  });

  it('says which ways to sign in it offers, where none of them is supported', async () => {
    challenge = 'Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM';
    const other = await start('wrong');
    try {
      await other.program({ registries: [{ address: '*.acme.example' }, { address: 'http.acme.example:80' }] });
      const why = 'the upstream proxy wants Negotiate or NTLM, this gateway supports Basic only (407).';
      expect((await other.connect('registry.acme.example:443')).phrase).toContain(why);
      expect(await plainly(other)).toContain(why);
    } finally {
      challenge = BASIC;
      await other.stop();
    }
  });

  it('keeps it secret: it is in no log, no status, no argument and no environment', async () => {
    const other = await start('wrong');
    const { pid } = gateway;
    try {
      await other.program({ registries: [{ address: '*.acme.example' }, { address: 'http.acme.example:80' }] });
      const phrase = (host: string): string =>
        `${host} is allowed, but could not be reached: the upstream proxy did not accept the credentials of this gateway (407).`;
      expect(await other.connect('registry.acme.example:443')).toMatchObject({
        status: 502,
        phrase: phrase('registry.acme.example'),
      });
      const plain = await plainly(other);
      expect(plain).toContain(`HTTP/1.1 502 ${phrase('http.acme.example')}`);
      // An engine would ask its user for a password.
      expect(plain).not.toMatch(/proxy-authenticate/i);
      const process =
        platform() === 'linux'
          ? (await readFile(`/proc/${pid}/cmdline`, 'latin1')) + (await readFile(`/proc/${pid}/environ`, 'latin1'))
          : '';
      const told = [gateway.log(), other.log(), JSON.stringify(await gateway.status()), process, plain].join('\n');
      for (const secret of [PASSWORD, TOKEN, 'gateway:wrong', Buffer.from('gateway:wrong').toString('base64')]) {
        expect(told).not.toContain(secret);
      }
    } finally {
      await other.stop();
    }
  });

  it.each([
    ['is not there', async (file: string) => rm(file), /does not exist/],
    ['others can read', async (file: string) => chmod(file, 0o640), /has mode 640/],
    ['is a link', async (file: string) => rm(file).then(() => symlink('/etc/hostname', file)), /is a link/],
    ['holds no password', async (file: string) => writeFile(file, 'geheim'), /not one line of user:password/],
    ['holds two lines', async (file: string) => writeFile(file, 'a:geheim\nHost: b'), /not one line of user:password/],
  ])(
    'does not start with a file of credentials that %s, and does not say what is in it',
    async (_what, spoil, cause) => {
      const started = await start('geheim');
      try {
        await started.halt();
        await spoil(join(folder, 'proxy-credentials'));
        const failure = await started.start().then(
          () => 'started',
          (error) => String(error),
        );
        expect(failure).toMatch(cause);
        expect(failure).toContain('chmod 600');
        expect(failure).not.toContain('geheim');
      } finally {
        await started.stop();
      }
    },
  );
});

describe.runIf(here !== null && process.platform === 'linux')('thousands of tunnels', () => {
  it('that are idle cost little memory, and go with the policy', async () => {
    const host = here ?? '';
    const port = await listening(echoServer(), host);
    const gateway = await startGateway({ registry: null });
    const residentMegabytes = async (): Promise<number> =>
      (Number((await readFile(`/proc/${gateway.pid}/statm`, 'latin1')).split(' ')[1]) * 4096) / 2 ** 20;
    const sockets: Socket[] = [];
    try {
      const open = async (): Promise<void> => {
        const { status, socket } = await gateway.connect(`${host}:${port}`);
        expect(status).toBe(200);
        expect(await say(socket, 'a')).toBe('a');
        sockets.push(socket);
      };
      for (let i = 0; i < 100; i += 1) await open();
      const before = await residentMegabytes();
      for (let i = 0; i < 2000; i += 20) await Promise.all(Array.from({ length: 20 }, open));
      expect((await gateway.status()).counters.proxy.open).toBe(2100);
      // Two sockets and a small buffer each.
      expect((await residentMegabytes()) - before).toBeLessThan(150);
      expect(await say(sockets[0] as Socket, 'still here')).toBe('still here');
      await gateway.control.call('lock', { reason: 'no-policy' });
      await expect.poll(() => sockets.filter((socket) => !socket.destroyed).length).toBe(0);
      expect((await gateway.status()).counters.proxy.open).toBe(0);
    } finally {
      for (const socket of sockets) socket.destroy();
      await gateway.stop();
    }
  });

  it('do not stay open for a client that says nothing', async () => {
    const host = here ?? '';
    const port = await listening(echoServer(), host);
    const gateway = await startGateway({ registry: null });
    try {
      const { socket } = await gateway.connect(`${host}:${port}`);
      socket.on('error', () => undefined);
      socket.resume();
      await once(socket, 'close');
      expect((await gateway.status()).counters.proxy.open).toBe(0);
    } finally {
      await gateway.stop();
    }
  });
});
