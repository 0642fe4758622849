import { once } from 'node:events';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../main/demo/outside/certificates.ts';
import { createGetJson, type OutboundParts } from '../../../main/gateway/policy/get-json.ts';
import { outsideAddress } from '../../support/gateway.ts';

/** An organization's sign-in server with a certificate of its own authority, reached directly or through a proxy. */
const ca = createAuthority();
const stranger = createAuthority();
const HOST = 'login.initech.test';
const before = getCACertificates('default');
const servers: Server[] = [];
const tunnels: string[] = [];
let address: string;
let secure: number;
let untrusted: number;
let plain: number;
let proxy: number;

async function listen(server: Server, host: string): Promise<number> {
  servers.push(server);
  server.listen(0, host);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  address = outsideAddress() ?? '';
  expect(address, 'an address of this machine that is not loopback').not.toBe('');
  const server = (authority: typeof ca): Server => {
    const { certificate, key } = authority.issue(HOST, address);
    return createHttpsServer({ cert: certificate, key }, (request, response) => {
      if (request.url === '/moved') response.writeHead(302, { location: '/keys' }).end();
      else if (request.url === '/long') response.end(JSON.stringify('x'.repeat(2000)));
      else if (request.url === '/page') response.end('<html>');
      else if (request.url === '/broken') {
        response.writeHead(200, { 'content-length': '100' }).write('{');
        response.socket?.destroySoon();
      } else response.end('{"keys":[]}');
    });
  };
  secure = await listen(server(ca), address);
  untrusted = await listen(server(stranger), address);
  plain = await listen(
    createHttpServer((_request, response) => response.end('{"keys":[]}')),
    '127.0.0.1',
  );
  const through = createHttpServer();
  through.on('connect', (request, socket) => {
    tunnels.push(request.url ?? '');
    if (request.headers['proxy-authorization'] !== 'Basic bWU6c2VjcmV0') {
      return socket.end('HTTP/1.1 407 No\r\nProxy-Authenticate: Basic\r\n\r\n');
    }
    const target = connect({ host: address, port: Number(request.url?.split(':').at(-1)) }, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    target.on('error', () => socket.destroy());
    socket.on('error', () => target.destroy());
  });
  proxy = await listen(through, '127.0.0.1');
  setDefaultCACertificates([...before, ca.certificate]);
});
afterAll(() => {
  setDefaultCACertificates(before);
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

/** What it gets, or why nothing. */
function got(url: string, change: Partial<OutboundParts> = {}): Promise<unknown> {
  const lookUp = async () => [{ address, family: 4 as const }];
  const getJson = createGetJson({ lookUp, ownListeners: () => [], upstreamProxy: null, ...change });
  return getJson(new URL(url), 1000, AbortSignal.timeout(60_000)).catch((error: Error) => error.message);
}

describe('a document that the gateway gets itself', () => {
  it('comes over TLS from a server that the machine trusts, and from no other', async () => {
    expect(await got(`https://${HOST}:${secure}/keys`)).toEqual({ keys: [] });
    expect(await got(`https://${HOST}:${untrusted}/keys`)).toMatch(/certificate/i);
    expect(await got(`https://other.initech.test:${secure}/keys`)).toMatch(/altnames/i);
  });

  it('comes through the upstream proxy where there is one, which resolves the name', async () => {
    const upstreamProxy = { host: 'proxy.test', port: proxy, except: [], authorization: 'Basic bWU6c2VjcmV0' };
    const lookUp = async (host: string) =>
      host === 'proxy.test' ? [{ address: '127.0.0.1', family: 4 as const }] : [];
    expect(await got(`https://${HOST}:${secure}/keys`, { upstreamProxy, lookUp })).toEqual({ keys: [] });
    expect(await got(`https://${HOST}:${untrusted}/keys`, { upstreamProxy, lookUp })).toMatch(/certificate/i);
    // An address has to be in the certificate as well, and it is not the proxy's that counts.
    expect(await got(`https://${address}:${secure}/keys`, { upstreamProxy, lookUp })).toEqual({ keys: [] });
    expect(await got(`https://203.0.113.7:${secure}/keys`, { upstreamProxy, lookUp })).toMatch(/altnames/i);
    expect(tunnels).toEqual([
      `${HOST}:${secure}`,
      `${HOST}:${untrusted}`,
      `${address}:${secure}`,
      `203.0.113.7:${secure}`,
    ]);
    const without = { ...upstreamProxy, authorization: null };
    expect(await got(`https://${HOST}:${secure}/keys`, { upstreamProxy: without, lookUp })).toMatch(/407/);
  });

  it.each(['127.0.0.1', '169.254.169.254', '::1', '0.0.0.0', 'fd00:ec2::254'])(
    'never comes from %s',
    async (forbidden) => {
      const lookUp = async () => [
        { address: forbidden, family: forbidden.includes(':') ? (6 as const) : (4 as const) },
      ];
      expect(await got(`https://${HOST}:${secure}/keys`, { lookUp })).toMatch(/no usable address/);
      const literal = forbidden.includes(':') ? `[${forbidden}]` : forbidden;
      expect(await got(`https://${literal}:${secure}/keys`)).toMatch(/no address for this/);
    },
  );

  it('never comes from the gateway itself', async () => {
    const ownListeners = () => [{ host: address, port: secure }];
    expect(await got(`https://${HOST}:${secure}/keys`, { ownListeners })).toMatch(/no usable address/);
  });

  it('is none where it is somewhere else, too long, no JSON or not whole', async () => {
    expect(await got(`https://${HOST}:${secure}/moved`)).toBe('HTTP 302');
    expect(await got(`https://${HOST}:${secure}/long`)).toMatch(/more than 1000 bytes/);
    expect(await got(`https://${HOST}:${secure}/page`)).toMatch(/not JSON/);
    expect(await got(`https://${HOST}:${secure}/broken`)).toMatch(/broke off|aborted|hang up/);
  });

  it('comes without TLS from this machine only', async () => {
    expect(await got(`http://127.0.0.1:${plain}/keys`)).toEqual({ keys: [] });
    expect(await got(`http://${HOST}:${plain}/keys`)).not.toEqual({ keys: [] });
  });
});
