import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSocketAddress } from '../../../../main/platform/net/socket-address.ts';
import { type DnsStub, startDnsStub } from '../../../support/dns-stub.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';

/** In everything that the other proxy says, and in nothing that the gateway passes on before a tunnel is open. */
const MARK = 'EVIL\u001b[31m<script>';
const OPEN = 'HTTP/1.1 200 OK\r\n\r\n';

type Answer = (client: Socket) => void;
const ending =
  (text: string): Answer =>
  (client) =>
    void client.end(Buffer.from(text, 'latin1'));

/** What the other proxy says to CONNECT; none of it opens a tunnel. */
const answers: [string, Answer][] = [
  ['nothing, and ends', ending('')],
  ['nothing, and breaks off', (client) => client.resetAndDestroy()],
  ['garbage', ending(`\0\u0001\u0002${MARK}\r\n\r\n`)],
  ['a banner of SSH', ending(`SSH-2.0-${MARK}\r\n\r\n`)],
  ['an alert of TLS', ending('\u0015\u0003\u0001\u0000\u0002\u0002\u0028')],
  ['an empty line first', ending(`\r\n\r\n${OPEN}`)],
  ['another version', ending(`HTTP/2 200 OK\r\nX-Any: ${MARK}\r\n\r\n`)],
  ['another protocol', ending(`ICY 200 OK\r\nX-Any: ${MARK}\r\n\r\n`)],
  ['another protocol in HTTP’s place', ending(`XHTTP/1.1 200 OK\r\nX-Any: ${MARK}\r\n\r\n`)],
  ['a status of four digits', ending(`HTTP/1.1 2000 OK\r\nX-Any: ${MARK}\r\n\r\n`)],
  ['a status of two digits', ending(`HTTP/1.1 20 OK\r\nX-Any: ${MARK}\r\n\r\n`)],
  ['a status that is no number', ending(`HTTP/1.1 2x0 OK\r\nX-Any: ${MARK}\r\n\r\n`)],
  ['lines that end with LF only', ending(`HTTP/1.1 200 OK\nX-Any: ${MARK}\n\n`)],
  ['half a head', ending('HTTP/1.1 200 OK\r\nX-Any: y\r\n')],
  ['half a head, byte by byte', byteByByte('HTTP/1.1 200 OK\r\nX-Any: y\r')],
  ['a status that is only on its way', ending(`HTTP/1.1 100 Continue\r\n\r\n${OPEN}`)],
  ['ten thousand of those', ending(`HTTP/1.1 103 Early Hints\r\nX-Any: ${MARK}\r\n\r\n`.repeat(10_000))],
  ['a switch of protocols', ending(`HTTP/1.1 101 Switching\r\nUpgrade: ${MARK}\r\n\r\n`)],
  ['a redirect', ending(`HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/${MARK}\r\n\r\n`)],
  ['a phrase with terminal codes', ending(`HTTP/1.1 503 ${MARK}\r\n\r\n`)],
  ['a body with a page', ending(`HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n\r\n${MARK.repeat(1000)}`)],
  ['a challenge with terminal codes', ending(`HTTP/1.1 407 No\r\nProxy-Authenticate: ${MARK} Basic\r\n\r\n`)],
  ['a challenge for a secret', ending(`HTTP/1.1 407 No\r\nProxy-Authenticate: Bearer realm="${MARK}"\r\n\r\n`)],
  ['15 KiB of challenges', ending(`HTTP/1.1 407 No\r\n${'Proxy-Authenticate: a\r\n'.repeat(680)}\r\n`)],
  ['a head without an end', ending(`HTTP/1.1 200 OK\r\nX-Any: ${'x'.repeat(64 * 1024)}`)],
  ['a megabyte without a line', ending(`${MARK}${'x'.repeat(2 ** 20)}`)],
];

function byteByByte(text: string): Answer {
  return async (client) => {
    client.setNoDelay(true);
    for (const byte of Buffer.from(text, 'latin1')) {
      await new Promise<void>((resolve) => client.write(Buffer.from([byte]), () => resolve()));
    }
    client.end();
  };
}

describe('another proxy that answers a request for a tunnel with', () => {
  const here = new AsyncDisposableStack();
  let answer: Answer = ending('');
  let names: DnsStub;
  let gateway: TestGateway;
  let connections = 0;

  beforeAll(async () => {
    const proxy = createServer((client) => {
      connections += 1;
      client.on('error', () => client.destroy());
      client.once('data', () => answer(client));
    });
    here.defer(() => void proxy.close());
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    names = await startDnsStub({ 'proxy.corp.example': '127.0.0.1' });
    here.defer(() => names.close());
    const address = `proxy.corp.example:${(proxy.address() as AddressInfo).port}`;
    gateway = await startGateway({ upstreams: [names.address], config: { upstreamProxy: { address } } });
    here.defer(() => gateway.stop());
    await gateway.program({ registries: [{ address: '*.acme.example' }] });
  });
  afterAll(() => here.disposeAsync());

  /** All that a client gets for its CONNECT, until the gateway closes. */
  async function said(target: string): Promise<string> {
    const [listener = ''] = (await gateway.status()).listeners.proxy;
    const socket = connect(parseSocketAddress(listener));
    socket.on('error', () => socket.destroy());
    socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
    let text = '';
    for await (const chunk of socket) text += chunk;
    return text;
  }

  it.each(answers)('%s opens none, and none of its words are passed on', async (_what, evil) => {
    answer = evil;
    const before = connections;
    const text = await said('registry.acme.example:443');
    expect(text).toMatch(/^HTTP\/1\.1 502 registry\.acme\.example is allowed, but could not be reached: /);
    for (const word of ['EVIL', '\u001b', '<script>', '200 OK']) expect(text).not.toContain(word);
    expect(text).not.toMatch(/^(location|proxy-authenticate|upgrade):/im);
    // It was asked once, and nobody else was.
    expect(connections).toBe(before + 1);
    expect(gateway.log()).not.toContain('EVIL');
    expect(await gateway.status()).toMatchObject({ pid: gateway.pid, counters: { proxy: { open: 0 } } });
  });

  it('what it says after an open tunnel is the tunnel’s, and the next request is decided anew', async () => {
    const more = `${OPEN}HTTP/1.1 200 OK\r\n\r\n${MARK}`;
    answer = ending(more);
    const { status, socket } = await gateway.connect('registry.acme.example:443');
    expect(status).toBe(200);
    socket.destroy();
    const before = connections;
    expect(await said('gcr.io:443')).toMatch(/^HTTP\/1\.1 403 /);
    expect(connections).toBe(before);
  });
});
