import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CLI } from '../../support/command-line.ts';
import { type CompanyNetwork, startCompanyNetwork } from '../../support/company-network.ts';
import { startCompanyProxy } from '../../support/company-proxy.ts';

let company: CompanyNetwork;
let proxy: CompanyNetwork['proxy'];
let caFile: string;
let local: Server;
let plain: number;

beforeAll(async () => {
  company = await startCompanyNetwork();
  ({ proxy, caFile } = company);
  local = createServer((_request, response) => response.end('"reached"'));
  local.listen(0, '127.0.0.1');
  await once(local, 'listening');
  plain = (local.address() as AddressInfo).port;
});
afterAll(async () => {
  await company?.[Symbol.asyncDispose]();
  local?.close();
  local?.closeAllConnections();
});
beforeEach(() => {
  proxy.tunnels.length = 0;
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
    const answer = await ask(`${company.url}/`, { [name]: proxy.url, NODE_EXTRA_CA_CERTS: caFile });
    expect(answer).toBe('reached');
    expect(proxy.tunnels).toEqual([company.target]);
  });

  it('trust the extra authority and, without it, say that the connection is not trusted', async () => {
    const answer = await ask(`${company.url}/`, { HTTPS_PROXY: proxy.url });
    expect(answer).toMatchObject({ code: 'server-not-trusted' });
  });

  it('go straight where NO_PROXY says so', async () => {
    const answer = await ask(`${company.url}/`, {
      HTTPS_PROXY: proxy.url,
      NO_PROXY: '*.initech.test',
      NODE_EXTRA_CA_CERTS: caFile,
    });
    // Nobody but the proxy knows the name.
    expect(answer).toMatchObject({ code: 'offline' });
    expect(proxy.tunnels).toEqual([]);
  });

  it('go straight where NO_PROXY is everything', async () => {
    const answer = await ask(`${company.url}/`, { HTTPS_PROXY: proxy.url, NO_PROXY: '*' });
    expect(answer).toMatchObject({ code: 'offline' });
    expect(proxy.tunnels).toEqual([]);
  });

  it.each([
    ['a scheme', (address: string) => address.replace('http://', '')],
    ['lower case', (address: string) => address.replace('http://', 'HTTP://')],
  ])('go through a proxy whose address is without %s, as Go and curl read it', async (_what, written) => {
    const answer = await ask(`${company.url}/`, {
      HTTPS_PROXY: written(proxy.url),
      NODE_EXTRA_CA_CERTS: caFile,
    });
    expect(answer).toBe('reached');
    expect(proxy.tunnels).toEqual([company.target]);
  });

  it.each([
    ['initech.test', false],
    ['.initech.test', false],
    ['other.test', true],
    ['hub.initech.test:1', true],
    ['10.0.0.0/8, initech.test', false],
  ])('read NO_PROXY=%s as Go does', async (list, proxied) => {
    await ask(`${company.url}/`, { HTTPS_PROXY: proxy.url, NO_PROXY: list, NODE_EXTRA_CA_CERTS: caFile });
    expect(proxy.tunnels).toHaveLength(proxied ? 1 : 0);
  });

  it('go through the proxy to an address that is in no block of NO_PROXY', async () => {
    // Only the proxy is asked: it is what leads nowhere.
    await ask('https://192.0.2.7:9443/', { HTTPS_PROXY: proxy.url, NO_PROXY: '198.51.100.0/24' });
    expect(proxy.tunnels).toEqual(['192.0.2.7:9443']);
  });

  it('trust the certificates of the system, with nothing else set', async () => {
    const answer = await ask(`${company.url}/`, company.env);
    expect(answer).toBe('reached');
  });

  it.each(['127.0.0.1', 'localhost'])('never go through a proxy to %s', async (host) => {
    const answer = await ask(`http://${host}:${plain}/`, { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url });
    expect(answer).toBe('reached');
    expect(proxy.tunnels).toEqual([]);
  });

  it.each(['http://user:hunter2@[', 'http://user:hunter2%@proxy.example:3128', 'http://user%4:0hunter2@proxy.example'])(
    'are not made with a proxy that is no address, which is said without repeating it: %s',
    async (written) => {
      const answer = await ask(`http://127.0.0.1:${plain}/`, { HTTPS_PROXY: written });
      expect(answer).toMatchObject({ code: 'proxy-invalid' });
      expect(JSON.stringify(answer)).not.toContain('hunter2');
    },
  );

  it.each([
    ['hub:p%40ss', 'hub:p@ss'],
    ['hub', 'hub:'],
  ])('bring the proxy what its address says: %s', async (written, said) => {
    const seen: (string | undefined)[] = [];
    const guarded = await startCompanyProxy((_target, authorization) => {
      seen.push(authorization);
      return { status: 407 };
    });
    try {
      const answer = await ask(`${company.url}/`, { HTTPS_PROXY: guarded.url.replace('//', `//${written}@`) });
      expect(answer).toMatchObject({ code: 'server-unreachable', cause: 'the proxy answered 407' });
      expect(seen).toEqual([`Basic ${Buffer.from(said).toString('base64')}`]);
    } finally {
      await guarded.stop();
    }
  });

  it('name the proxy that is away as what cannot be reached', async () => {
    const answer = await ask(`${company.url}/`, { HTTPS_PROXY: 'http://127.0.0.1:1' });
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
  const hub = () => company.url;
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
    const { code, stderr } = await run(args(), company.env);
    expect(proxy.tunnels.length, stderr).toBeGreaterThan(0);
    expect(proxy.tunnels[0]).toBe(company.target);
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
