import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../main/demo/outside/certificates.ts';
import { CLI } from '../../support/command-line.ts';

/** A company's network: a server with a certificate of its own authority, reached by name through a proxy only. */
const ca = createAuthority();
const HOST = 'hub.initech.test';
const servers: Server[] = [];
const tunnels: string[] = [];
let folder: string;
let caFile: string;
let secure: number;
let plain: number;
let proxy: string;

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-outbound-'));
  caFile = join(folder, 'ca.pem');
  await writeFile(caFile, ca.certificate);
  const { certificate, key } = ca.issue(HOST, '127.0.0.1');
  const answer = (_request: unknown, response: { end: (text: string) => void }): void => response.end('"reached"');
  secure = await listen(createHttpsServer({ cert: certificate, key }, answer));
  plain = await listen(createHttpServer(answer));
  const through = createHttpServer((_request, response) => response.writeHead(500).end());
  through.on('connect', (request, socket) => {
    tunnels.push(request.url ?? '');
    // It is the proxy that knows where the name leads.
    const target = connect({ host: '127.0.0.1', port: Number(request.url?.split(':').at(-1)) }, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    target.on('error', () => socket.destroy());
    socket.on('error', () => target.destroy());
  });
  proxy = `http://127.0.0.1:${await listen(through)}`;
});
afterAll(async () => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  tunnels.length = 0;
});

async function ask(url: string, env: NodeJS.ProcessEnv): Promise<unknown> {
  const child = spawn(process.execPath, ['tests/support/outbound-fetch.ts', url], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  await once(child, 'close');
  return JSON.parse(text);
}

describe("the agent's requests", () => {
  it.each(['HTTPS_PROXY', 'https_proxy'])('go through %s', async (name) => {
    const answer = await ask(`https://${HOST}:${secure}/`, { [name]: proxy, NODE_EXTRA_CA_CERTS: caFile });
    expect(answer).toBe('reached');
    expect(tunnels).toEqual([`${HOST}:${secure}`]);
  });

  it('trust the extra authority and, without it, say that the connection is not trusted', async () => {
    const answer = await ask(`https://${HOST}:${secure}/`, { HTTPS_PROXY: proxy });
    expect(answer).toMatchObject({ code: 'server-not-trusted' });
  });

  it('go straight where NO_PROXY says so', async () => {
    const answer = await ask(`https://${HOST}:${secure}/`, {
      HTTPS_PROXY: proxy,
      NO_PROXY: '*.initech.test',
      NODE_EXTRA_CA_CERTS: caFile,
    });
    // Nobody but the proxy knows the name.
    expect(answer).toMatchObject({ code: 'offline' });
    expect(tunnels).toEqual([]);
  });

  it('go straight where NO_PROXY is everything', async () => {
    const answer = await ask(`https://${HOST}:${secure}/`, { HTTPS_PROXY: proxy, NO_PROXY: '*' });
    expect(answer).toMatchObject({ code: 'offline' });
    expect(tunnels).toEqual([]);
  });

  it.each([
    ['a scheme', (address: string) => address.replace('http://', '')],
    ['lower case', (address: string) => address.replace('http://', 'HTTP://')],
  ])('go through a proxy whose address is without %s, as Go and curl read it', async (_what, written) => {
    const answer = await ask(`https://${HOST}:${secure}/`, {
      HTTPS_PROXY: written(proxy),
      NODE_EXTRA_CA_CERTS: caFile,
    });
    expect(answer).toBe('reached');
    expect(tunnels).toEqual([`${HOST}:${secure}`]);
  });

  it.each([
    ['initech.test', false],
    ['.initech.test', false],
    ['other.test', true],
    [`${HOST}:1`, true],
    ['10.0.0.0/8, initech.test', false],
  ])('read NO_PROXY=%s as Go does', async (list, proxied) => {
    await ask(`https://${HOST}:${secure}/`, { HTTPS_PROXY: proxy, NO_PROXY: list, NODE_EXTRA_CA_CERTS: caFile });
    expect(tunnels).toHaveLength(proxied ? 1 : 0);
  });

  it('go through the proxy to an address that is in no block of NO_PROXY', async () => {
    // Only the proxy is asked: it is what leads nowhere.
    await ask('https://192.0.2.7:9443/', { HTTPS_PROXY: proxy, NO_PROXY: '198.51.100.0/24' });
    expect(tunnels).toEqual(['192.0.2.7:9443']);
  });

  it('trust the certificates of the system, with nothing else set', async () => {
    const answer = await ask(`https://${HOST}:${secure}/`, { HTTPS_PROXY: proxy, SSL_CERT_FILE: caFile });
    expect(answer).toBe('reached');
  });

  it.each(['127.0.0.1', 'localhost'])('never go through a proxy to %s', async (host) => {
    const answer = await ask(`http://${host}:${plain}/`, { HTTP_PROXY: proxy, HTTPS_PROXY: proxy });
    expect(answer).toBe('reached');
    expect(tunnels).toEqual([]);
  });

  it('are not made with a proxy that is no address, which is said without repeating it', async () => {
    const answer = await ask(`http://127.0.0.1:${plain}/`, { HTTPS_PROXY: 'http://user:hunter2@[' });
    expect(answer).toMatchObject({ code: 'proxy-invalid' });
    expect(JSON.stringify(answer)).not.toContain('hunter2');
  });

  it('name the proxy that is away as what cannot be reached', async () => {
    const answer = await ask(`https://${HOST}:${secure}/`, { HTTPS_PROXY: 'http://127.0.0.1:1' });
    expect(answer).toMatchObject({ code: 'server-unreachable' });
  });
});

/** The commands that ask a server, in the same network. */
describe('the command line', () => {
  async function run(args: string[], env: NodeJS.ProcessEnv): Promise<{ code: unknown; stderr: string }> {
    const child = spawn(process.execPath, [CLI, ...args], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
    });
    const [code] = await once(child, 'close');
    return { code, stderr };
  }
  const hub = () => `https://${HOST}:${secure}`;
  const commands: [string, () => string[]][] = [
    [
      'managed-config create --pin',
      () => [
        'managed-config',
        'create',
        '--org',
        'acme',
        '--format',
        'portcullis-json',
        '--hub',
        hub(),
        '--pin',
        '--out',
        '-',
      ],
    ],
    ...['show', 'allow quay.io', 'disallow quay.io', 'set --mode audit', 'activity', 'rotate-key', 'sign-in'].map(
      (command): [string, () => string[]] => [
        `hub ${command}`,
        () => ['hub', ...command.split(' '), '--hub', hub(), '--org', 'acme'],
      ],
    ),
  ];

  it.each(commands)('asks through the proxy and trusts the system’s certificates: %s', async (_name, args) => {
    const { code, stderr } = await run(args(), { HTTPS_PROXY: proxy, SSL_CERT_FILE: caFile });
    expect(tunnels.length, stderr).toBeGreaterThan(0);
    expect(tunnels[0]).toBe(`${HOST}:${secure}`);
    // The server there is no hub: it was reached, and said something else.
    expect([code, stderr]).toEqual([1, expect.not.stringMatching(/offline|not-reached|not-trusted|unreachable/)]);
  });

  it('says that a proxy’s address is not valid, and goes on without', async () => {
    const args = ['hub', 'show', '--hub', `http://127.0.0.1:${plain}`, '--org', 'acme'];
    const { stderr } = await run(args, { HTTPS_PROXY: 'http://user:hunter2@[' });
    expect(stderr).toMatch(/^portcullis: The proxy address in HTTPS_PROXY is not valid.*\[proxy-invalid\]\n/);
    expect(stderr).not.toContain('hunter2');
  });
});
