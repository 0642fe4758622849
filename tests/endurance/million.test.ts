import * as packet from 'dns-packet';
import { expect, it } from 'vitest';
import { exchangeUdp, question } from '../support/dns-client.ts';
import { startDnsStub } from '../support/dns-stub.ts';
import { startGateway } from '../support/gateway.ts';
import { memory } from '../support/process-figures.ts';

const ADDRESSES = 1_000_000;
const CLIENTS = 8;
/** MiB. The document and what it is compiled with are let go of; what remains is the table, some 100 bytes for each address. */
const MOST_AT_REST = 700;
/** The same while a policy is judged: the document several times over, and the table before beside the table after. */
const MOST_AT_PEAK = 2_000;

it('a policy of a million addresses comes into force, and the next one, without a question lost or memory kept', async () => {
  const upstream = await startDnsStub(({ name, type }) =>
    type === 'A' ? [{ type, name, ttl: 60, data: '10.0.0.1' }] : [],
  );
  const gateway = await startGateway({ upstreams: [upstream.address], config: { workers: 2 } });
  try {
    await gateway.program({ revision: 1, registries: [{ address: 'always.example' }] });
    const [server = ''] = (await gateway.status()).listeners.dns.engine;
    const wrong: string[] = [];
    let asked = 0;
    let done = false;
    const client = async (): Promise<void> => {
      while (!done) {
        for (const [name, expected] of [
          ['always.example', 'NOERROR'],
          [`n${asked}.never.example`, 'NXDOMAIN'],
        ] as const) {
          const answer = await exchangeUdp(server, question(name), 30_000);
          asked += 1;
          const { rcode } = (answer === null ? {} : packet.decode(answer)) as { rcode?: string };
          if (rcode !== expected) wrong.push(`${name}: ${rcode ?? 'no answer'}`);
        }
      }
    };
    const clients = Array.from({ length: CLIENTS }, client);
    const membership = await gateway.signer.membership();
    for (const revision of [2, 3]) {
      const registries = Array.from({ length: ADDRESSES }, (_, index) => ({
        address: `h${index}.list${revision}.example`,
        nickname: `Registry ${index}`,
      }));
      const document = await gateway.signer.policy({
        revision,
        registries: [...registries.slice(1), { address: 'always.example' }],
      });
      const before = asked;
      await gateway.programFiles(document, membership);
      expect(asked).toBeGreaterThan(before);
      expect((await gateway.status()).policy).toMatchObject({ revision, registries: ADDRESSES, hosts: ADDRESSES });
      expect((await gateway.query(`h999999.list${revision}.example`)).rcode).toBe('NOERROR');
      expect((await gateway.query(`h999999.list${revision - 1}.example`)).rcode).toBe('NXDOMAIN');
    }
    done = true;
    await Promise.all(clients);
    expect(wrong).toEqual([]);
    if (process.platform === 'linux') {
      await expect.poll(() => memory(gateway.pid).now, { timeout: 60_000 }).toBeLessThan(MOST_AT_REST);
      expect(memory(gateway.pid).peak).toBeLessThan(MOST_AT_PEAK);
    }
  } finally {
    await gateway.stop();
    await upstream.close();
  }
});
