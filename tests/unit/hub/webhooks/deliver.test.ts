import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../../main/demo/outside/certificates.ts';
import { createDeliver, DELIVERY_MS, LOOK_UP_MS, type Outcome } from '../../../../main/hub/webhooks/deliver.ts';
import { networksOf } from '../../../../main/platform/net/public-address.ts';
import { systemClock } from '../../../../main/platform/time/clock.ts';
import { type CompanyProxy, type ProxyRule, startCompanyProxy } from '../../../support/company-proxy.ts';
import { manualClock } from '../../../support/manual-clock.ts';

const authority = createAuthority();
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
function receiver(answer: Answer): Promise<number> {
  const { certificate: cert, key } = authority.issue('hooks.example', '127.0.0.1');
  return listening(createServer({ cert, key }, answer));
}

async function listening(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

interface Options {
  resolve?: (host: string) => Promise<readonly string[]>;
  allowed?: readonly string[];
  clock?: Parameters<typeof createDeliver>[0]['clock'];
  ca?: string[];
  proxy?: string;
  /** Nothing is known of any name if not given: only the proxy resolves them. */
  known?: Parameters<typeof createDeliver>[0]['known'];
}
function deliver(url: string, options: Options = {}): Promise<Outcome> {
  const { resolve = async () => ['127.0.0.1'], allowed = ['127.0.0.1'], clock = systemClock } = options;
  const networks = networksOf(allowed);
  if (networks === null) throw new Error('no networks');
  const send = createDeliver({
    ...{ clock, resolve, allowed: networks, ca: options.ca ?? [authority.certificate] },
    known: options.known ?? (() => []),
    proxyFor: () => (options.proxy === undefined ? null : new URL(options.proxy)),
  });
  return send({ url, headers: { 'webhook-id': 'msg_1' }, body: '{"type":"test"}' });
}

const code = ({ problem }: Outcome) => problem?.code ?? null;

describe('a delivery', () => {
  it('is a POST of JSON to the receiver, by its name', async () => {
    const seen: unknown[] = [];
    const port = await receiver(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      seen.push(request.method, request.url, request.headers.host, request.headers['webhook-id'], body);
      response.writeHead(204).end();
    });
    expect(await deliver(`https://hooks.example:${port}/a?b=c`)).toEqual({ status: 204, problem: null });
    expect(seen).toEqual(['POST', '/a?b=c', `hooks.example:${port}`, 'msg_1', '{"type":"test"}']);
  });

  it('follows no redirect, and tells nothing of an answer but its status', async () => {
    const asked: string[] = [];
    const port = await receiver((request, response) => {
      asked.push(request.url ?? '');
      if (request.url === '/moved') response.writeHead(307, { location: '/secret' }).end();
      else response.writeHead(500).end('the secret of an internal server');
    });
    const moved = await deliver(`https://hooks.example:${port}/moved`);
    expect([moved.status, code(moved)]).toEqual([307, 'webhook-redirected']);
    expect(asked).toEqual(['/moved']);
    const failed = await deliver(`https://hooks.example:${port}/x`);
    expect(failed).toMatchObject({ status: 500, problem: { code: 'webhook-answered' } });
    expect(JSON.stringify(failed)).not.toContain('secret');
  });

  it('goes to no private, link-local or metadata address, whatever name or spelling leads there', async () => {
    for (const [host, ...addresses] of [
      ['loopback.example', '127.0.0.1'],
      ['metadata.example', '169.254.169.254'],
      ['private.example', '10.0.0.1'],
      ['mapped.example', '::ffff:127.0.0.1'],
      ['nat64.example', '64:ff9b::7f00:1'],
      // One of two: which is taken must not depend on luck.
      ['both.example', '93.184.216.34', '192.168.0.1'],
      ['127.0.0.1'],
      ['0x7f.1'],
      ['2130706433'],
      ['0177.0.0.1'],
      ['[::1]'],
      ['[::ffff:127.0.0.1]'],
      ['[::ffff:7f00:1]'],
      ['[fd00:ec2::254]'],
    ]) {
      const outcome = await deliver(`https://${host}/`, { allowed: [], resolve: async () => addresses });
      expect([host, code(outcome), outcome.status]).toEqual([host, 'webhook-address-not-public', null]);
    }
  });

  it('goes to the address that was checked, though the name leads elsewhere a moment later', async () => {
    const port = await receiver((_request, response) => response.writeHead(204).end());
    const answers = [['127.0.0.1'], ['169.254.169.254']];
    const asked: string[] = [];
    const resolve = async (host: string) => {
      asked.push(host);
      return answers[asked.length - 1] ?? ['169.254.169.254'];
    };
    expect((await deliver(`https://hooks.example:${port}/`, { resolve })).status).toBe(204);
    expect(asked).toEqual(['hooks.example']);
    // The other way round: it is checked anew each time.
    expect(code(await deliver(`https://hooks.example:${port}/`, { resolve, allowed: ['127.0.0.1'] }))).toBe(
      'webhook-address-not-public',
    );
  });

  it('takes no certificate of another name, and none of an authority nobody trusts', async () => {
    const port = await receiver((_request, response) => response.writeHead(204).end());
    const other = await deliver(`https://other.example:${port}/`);
    expect([other.status, code(other), other.problem?.cause]).toEqual([
      null,
      'webhook-unreachable',
      'ERR_TLS_CERT_ALTNAME_INVALID',
    ]);
    expect(code(await deliver(`https://hooks.example:${port}/`, { ca: [] }))).toBe('webhook-unreachable');
  });

  it('ends where a receiver, or the name, takes too long', async () => {
    const clock = manualClock();
    const port = await receiver(() => clock.advance(DELIVERY_MS));
    const slow = await deliver(`https://hooks.example:${port}/`, { clock });
    expect([slow.status, code(slow)]).toEqual([null, 'webhook-too-slow']);
    const resolve = () => {
      clock.advance(DELIVERY_MS);
      return new Promise<string[]>(() => undefined);
    };
    expect(code(await deliver(`https://hooks.example:${port}/`, { clock, resolve }))).toBe('webhook-too-slow');
  });

  it('says that a name could not be resolved', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' }));
    expect(await deliver('https://hooks.example/', { resolve })).toMatchObject({
      status: null,
      problem: { code: 'webhook-unreachable', cause: 'ENOTFOUND' },
    });
  });
});

describe('a delivery through a proxy', () => {
  const proxies: CompanyProxy[] = [];
  afterEach(async () => {
    for (const proxy of proxies.splice(0)) await proxy.stop();
  });
  async function company(...options: Parameters<typeof startCompanyProxy>): Promise<CompanyProxy> {
    const proxy = await startCompanyProxy(...options);
    proxies.push(proxy);
    return proxy;
  }
  const answering = () => receiver((_request, response) => response.writeHead(204).end());

  it('reaches a receiver whose name only the proxy knows, and trusts nobody but the receiver itself', async () => {
    const seen: unknown[] = [];
    const port = await receiver((request, response) => {
      seen.push(request.method, request.url, request.headers.host, request.headers['proxy-authorization']);
      response.writeHead(204).end();
    });
    const proxy = await company();
    const options = { allowed: [], proxy: proxy.url };
    expect(await deliver(`https://hooks.example:${port}/a`, options)).toEqual({ status: 204, problem: null });
    expect(seen).toEqual(['POST', '/a', `hooks.example:${port}`, undefined]);
    expect(proxy.tunnels).toEqual([`hooks.example:${port}`]);
    const other = await deliver(`https://other.example:${port}/`, options);
    expect([code(other), other.problem?.cause]).toEqual(['webhook-unreachable', 'ERR_TLS_CERT_ALTNAME_INVALID']);
  });

  it('goes to an address only where the certificate is for it', async () => {
    const { certificate: cert, key } = authority.issue('203.0.113.7');
    const right = await listening(createServer({ cert, key }, (_request, response) => response.writeHead(204).end()));
    // For the proxy's own address, and for a name.
    const wrong = await answering();
    const target = { port: right };
    const proxy = await company(() => target.port);
    const options = { allowed: ['203.0.113.7'], proxy: proxy.url };
    expect(await deliver('https://203.0.113.7/', options)).toEqual({ status: 204, problem: null });
    target.port = wrong;
    const other = await deliver('https://203.0.113.7/', options);
    expect([code(other), other.problem?.cause]).toEqual(['webhook-unreachable', 'ERR_TLS_CERT_ALTNAME_INVALID']);
  });

  it('gives a proxy that is reached by TLS its password only where the certificate is the proxy’s', async () => {
    const port = await answering();
    const asked: (string | undefined)[] = [];
    const rule: ProxyRule = (_target, authorization) => {
      asked.push(authorization);
      return port;
    };
    const trusted = getCACertificates('default');
    await using cleanup = new AsyncDisposableStack();
    cleanup.defer(() => setDefaultCACertificates(trusted));
    setDefaultCACertificates([...trusted, authority.certificate]);
    const honest = await company(rule, authority.issue('127.0.0.1'));
    const at = (proxy: CompanyProxy) => proxy.url.replace('//', '//hub:secret@');
    expect(await deliver('https://hooks.example/', { proxy: at(honest) })).toEqual({ status: 204, problem: null });
    expect(asked).toEqual([`Basic ${Buffer.from('hub:secret').toString('base64')}`]);
    const impostor = await company(rule, authority.issue('hooks.example'));
    expect(await deliver('https://hooks.example/', { proxy: at(impostor) })).toMatchObject({
      problem: { code: 'webhook-proxy-failed', cause: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
    expect(asked).toHaveLength(1);
  });

  it('is not asked of the proxy where the address is known not to be public, or the name never is', async () => {
    const proxy = await company();
    for (const [host, ...addresses] of [
      ['private.example', '10.0.0.1'],
      ['both.example', '93.184.216.34', '192.168.0.1'],
      ['169.254.169.254'],
      ['2130706433'],
      ['[::1]'],
      ['intranet'],
      ['x.localhost'],
      ['metadata.google.internal.'],
      ['Printer.LOCAL'],
      ['nas.home.arpa'],
    ]) {
      const outcome = await deliver(`https://${host}/`, {
        ...{ allowed: [], proxy: proxy.url, known: () => [Promise.resolve(addresses)] },
      });
      expect([host, code(outcome)]).toEqual([host, 'webhook-address-not-public']);
    }
    expect(proxy.tunnels).toEqual([]);
    // The operator's word counts, here too.
    const port = await answering();
    const inside = { allowed: ['10.0.0.0/8'], proxy: proxy.url, known: () => [Promise.resolve(['10.0.0.1'])] };
    expect(code(await deliver(`https://chat.internal:${port}/`, inside))).toBe('webhook-unreachable');
    expect(proxy.tunnels).toEqual([`chat.internal:${port}`]);
  });

  it('does not wait for a resolver that does not know the outside', async () => {
    const clock = manualClock();
    const port = await answering();
    const proxy = await company();
    const known = () => {
      clock.advance(LOOK_UP_MS);
      return [new Promise<string[]>(() => undefined)];
    };
    const options = { clock, known, allowed: [], proxy: proxy.url };
    expect(await deliver(`https://hooks.example:${port}/`, options)).toEqual({ status: 204, problem: null });
  });

  it('is judged by what is known, though a part of the answer fails or never comes', async () => {
    const clock = manualClock();
    const proxy = await company();
    const known = () => {
      setImmediate(() => clock.advance(LOOK_UP_MS));
      return [Promise.resolve(['10.0.0.1']), Promise.reject(new Error('no')), new Promise<string[]>(() => undefined)];
    };
    const outcome = await deliver('https://hooks.example/', { clock, known, allowed: [], proxy: proxy.url });
    expect(code(outcome)).toBe('webhook-address-not-public');
    expect(proxy.tunnels).toEqual([]);
  });

  it('brings the proxy its password, and the receiver does not see it', async () => {
    const seen: unknown[] = [];
    const port = await receiver((request, response) => {
      seen.push(request.headers['proxy-authorization']);
      response.writeHead(204).end();
    });
    const expected = `Basic ${Buffer.from('hub:p@ss').toString('base64')}`;
    const proxy = await company((_target, authorization) => (authorization === expected ? port : { status: 407 }));
    const at = (credentials: string) => proxy.url.replace('//', `//${credentials}@`);
    expect((await deliver('https://hooks.example/', { proxy: at('hub:p%40ss') })).status).toBe(204);
    expect(seen).toEqual([undefined]);
    const wrong = await deliver('https://hooks.example/', { proxy: at('hub:hunter2') });
    expect(wrong).toMatchObject({ status: null, problem: { code: 'webhook-proxy-failed', cause: 'HTTP 407' } });
    expect(JSON.stringify(wrong)).not.toContain('hunter2');
  });

  it('says that the proxy forbids it or is away, and not what there is behind it', async () => {
    const answers = { status: 403 };
    const proxy = await company(() => answers);
    const outcome = async (url: string) => {
      const { status, problem } = await deliver('https://hooks.example/', { proxy: url });
      return [status, problem?.code, problem?.cause];
    };
    expect(await outcome(proxy.url)).toEqual([null, 'webhook-proxy-failed', 'HTTP 403']);
    answers.status = 502;
    expect(await outcome(proxy.url)).toEqual([null, 'webhook-proxy-failed', undefined]);
    // Nobody listens on port 1.
    expect(await outcome('http://127.0.0.1:1')).toEqual([null, 'webhook-proxy-failed', 'ECONNREFUSED']);
  });

  it('ends where the proxy does not answer', async () => {
    const clock = manualClock();
    const proxy = await company(() => {
      clock.advance(DELIVERY_MS);
      return null;
    });
    const slow = await deliver('https://hooks.example/', { clock, proxy: proxy.url });
    expect([slow.status, code(slow)]).toEqual([null, 'webhook-too-slow']);
  });
});
