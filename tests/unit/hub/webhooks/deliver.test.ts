import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../../main/demo/outside/certificates.ts';
import { createDeliver, DELIVERY_MS, type Outcome } from '../../../../main/hub/webhooks/deliver.ts';
import { networksOf } from '../../../../main/platform/net/public-address.ts';
import { systemClock } from '../../../../main/platform/time/clock.ts';
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
async function receiver(answer: Answer): Promise<number> {
  const { certificate: cert, key } = authority.issue('hooks.example', '127.0.0.1');
  const server = createServer({ cert, key }, answer);
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
}
function deliver(url: string, options: Options = {}): Promise<Outcome> {
  const { resolve = async () => ['127.0.0.1'], allowed = ['127.0.0.1'], clock = systemClock } = options;
  const networks = networksOf(allowed);
  if (networks === null) throw new Error('no networks');
  const send = createDeliver({ clock, resolve, allowed: networks, ca: options.ca ?? [authority.certificate] });
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
