import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../../../support/dns-client.ts';
import { type DnsStub, startDnsStub } from '../../../support/dns-stub.ts';
import { startGateway, type TestGateway } from '../../../support/gateway.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

/** An address that the proxy may tunnel to: neither loopback nor the link's own. */
const outside = Object.values(networkInterfaces())
  .flat()
  .find((found) => found?.family === 'IPv6' && !found.internal && !found.address.startsWith('fe80'))?.address;

describe.runIf(hasIpv6)('a gateway on IPv6, with an IPv4 listener beside it', () => {
  let upstream: DnsStub;
  let gateway: TestGateway;
  beforeAll(async () => {
    upstream = await startDnsStub({ 'ghcr.io': '10.1.1.1', 'www.example.org': '10.1.1.2' }, '::1');
    gateway = await startGateway({
      upstreams: [upstream.address],
      config: {
        dns: { engine: ['[::1]:0', '127.0.0.1:0'], workload: ['[::1]:0'] },
        proxy: ['[::1]:0'],
        allowFrom: ['::1/128'],
        workers: 2,
      },
    });
    await gateway.program({ registries: [{ address: 'ghcr.io' }] });
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
  });

  it.each([false, true])('decides by the rule of each view (over TCP: %s)', async (tcp) => {
    const { engine, workload } = (await gateway.status()).listeners.dns;
    expect([engine[0], workload[0]]).toEqual([
      expect.stringMatching(/^\[::1\]:\d+$/),
      expect.stringMatching(/^\[::1\]:/),
    ]);
    const rcodes = async (server = ''): Promise<string[]> =>
      Promise.all(
        ['ghcr.io', 'www.example.org', 'quay.io'].map(async (name) => (await ask(server, name, { tcp })).rcode),
      );
    expect(await rcodes(engine[0])).toEqual(['NOERROR', 'NXDOMAIN', 'NXDOMAIN']);
    expect(await rcodes(workload[0])).toEqual(['NOERROR', 'NOERROR', 'NXDOMAIN']);
  });

  it('applies allowFrom to both address families', async () => {
    const { engine } = (await gateway.status()).listeners.dns;
    expect((await ask(engine[1] ?? '', 'ghcr.io')).rcode).toBe('REFUSED');
  });

  it('blocks at its proxy too', async () => {
    expect(await gateway.connect('gcr.io:443')).toMatchObject({
      status: 403,
      phrase: expect.stringContaining('gcr.io'),
    });
  });

  it.runIf(outside !== undefined)(
    'tunnels to an allowed address, however it is written, and to no other port',
    async () => {
      const echo = createServer((socket) => socket.on('error', () => socket.destroy()).pipe(socket));
      echo.listen(0, outside);
      await once(echo, 'listening');
      const { port } = echo.address() as AddressInfo;
      try {
        await gateway.program({
          revision: 2,
          registries: [{ address: 'ghcr.io' }, { address: `[${outside}]:${port}` }],
        });
        const { status, socket } = await gateway.connect(`[${outside?.toUpperCase().replace('::', ':0::')}]:${port}`);
        expect(status).toBe(200);
        socket.write('hello');
        expect(String((await once(socket, 'data'))[0])).toBe('hello');
        socket.destroy();
        expect((await gateway.connect(`[${outside}]:443`)).phrase).toContain(`${outside} is blocked by acme.`);
      } finally {
        echo.close();
      }
    },
  );
});
