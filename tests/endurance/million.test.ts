import { expect, it } from 'vitest';
import { startGateway } from '../support/gateway.ts';
import { memory } from '../support/process-figures.ts';
import { ALWAYS_ALLOWED, startSteadyQuestions } from './steady-questions.ts';

const ADDRESSES = 1_000_000;
/** MiB. The document and what it is compiled with are let go of; what remains is the table, some 100 bytes for each address. */
const MOST_AT_REST = 700;
/** The same while a policy is verified: the document several times over, and the table before beside the table after. */
const MOST_AT_PEAK = 2_000;

it('a policy of a million addresses takes effect, and the next one, without a question lost or memory kept', async () => {
  using questions = await startSteadyQuestions();
  const gateway = await startGateway({ upstreams: [questions.upstream], config: { workers: 2 } });
  try {
    await gateway.program({ revision: 1, registries: [{ address: ALWAYS_ALLOWED }] });
    const [server = ''] = (await gateway.status()).listeners.dns.engine;
    questions.ask(server);
    const membership = await gateway.signer.membership();
    for (const revision of [2, 3]) {
      const registries = Array.from({ length: ADDRESSES }, (_, index) => ({
        address: `h${index}.list${revision}.example`,
        nickname: `Registry ${index}`,
      }));
      const document = await gateway.signer.policy({
        revision,
        registries: [...registries.slice(1), { address: ALWAYS_ALLOWED }],
      });
      const before = await questions.answered();
      await gateway.programFiles(document, membership);
      expect(await questions.answered()).toBeGreaterThan(before);
      expect((await gateway.status()).policy).toMatchObject({ revision, registries: ADDRESSES, hosts: ADDRESSES });
      expect((await gateway.query(`h999999.list${revision}.example`)).rcode).toBe('NOERROR');
      expect((await gateway.query(`h999999.list${revision - 1}.example`)).rcode).toBe('NXDOMAIN');
    }
    expect(await questions.finish()).toEqual([]);
    if (process.platform === 'linux') {
      await expect.poll(() => memory(gateway.pid).now).toBeLessThan(MOST_AT_REST);
      expect(memory(gateway.pid).peak).toBeLessThan(MOST_AT_PEAK);
    }
  } finally {
    await gateway.stop();
  }
});

const ONE_OF_MANY = 250_000;
/** MiB: two lists that wait for a collection, and what V8 and malloc keep for the next one. Thirteen lists would be more than 400. */
const MOST_LEFT_BEHIND = 250;

it.runIf(process.platform === 'linux')('large lists that replace each other leave no memory behind', async () => {
  const gateway = await startGateway({ config: { workers: 2 } });
  try {
    const membership = await gateway.signer.membership();
    const replace = async (revision: number): Promise<void> => {
      const registries = Array.from({ length: ONE_OF_MANY }, (_, index) => ({
        address: `h${index}.list${revision}.example`,
        nickname: `Registry ${index}`,
      }));
      await gateway.programFiles(await gateway.signer.policy({ revision, registries }), membership);
    };
    await replace(1);
    const first = memory(gateway.pid).now;
    for (let revision = 2; revision <= 14; revision += 1) await replace(revision);
    await expect.poll(() => memory(gateway.pid).now - first, { timeout: 30_000 }).toBeLessThan(MOST_LEFT_BEHIND);
  } finally {
    await gateway.stop();
  }
});
