import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask } from '../support/dns-client.ts';
import { type DnsStub, startDnsStub } from '../support/dns-stub.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

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

  it.each([false, true])('judges each view by its own rule (over TCP: %s)', async (tcp) => {
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

  it('holds to allowFrom across the families', async () => {
    const { engine } = (await gateway.status()).listeners.dns;
    expect((await ask(engine[1] ?? '', 'ghcr.io')).rcode).toBe('REFUSED');
  });

  it('refuses at its proxy too', async () => {
    expect(await gateway.connect('gcr.io:443')).toMatchObject({
      status: 403,
      phrase: expect.stringContaining('gcr.io'),
    });
  });
});
