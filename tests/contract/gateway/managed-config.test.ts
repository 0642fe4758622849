import { afterEach, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

let gateway: TestGateway | undefined;
afterEach(async () => {
  await gateway?.stop();
  gateway = undefined;
});

/** Waits for what is in force, however long a busy machine takes. */
const inForce = (gateway: TestGateway, wanted: object) =>
  expect.poll(async () => (await gateway.status()).inForce).toMatchObject(wanted);

describe('a gateway without an agent', () => {
  it('locks the engine when registry.json is put in place, and frees it when it is taken away', async () => {
    gateway = await startGateway({ registry: null, settings: null });
    await inForce(gateway, { kind: 'open', reason: 'not-managed' });

    await gateway.writeManaged('registry.json', '{"allowedOrgs":["acme"]}');
    await inForce(gateway, { kind: 'deny', reason: 'no-policy-key', organizations: ['acme'] });
    expect((await gateway.query('gcr.io')).rcode).toBe('NXDOMAIN');
    expect((await gateway.connect('gcr.io:443')).status).toBe(403);

    await gateway.writeManaged('portcullis.json', JSON.stringify({ policyKeys: { keys: [gateway.signer.publicKey] } }));
    await inForce(gateway, { kind: 'deny', reason: 'sign-in-required', organizations: ['acme'] });

    await gateway.writeManaged('portcullis.json', '{"policyKeys":{"keys":[]}}');
    await inForce(gateway, { kind: 'deny', reason: 'managed-config-invalid' });
    expect((await gateway.status()).managed).toMatchObject({
      verdict: 'malformed',
      trial: true,
      problems: [{ code: 'setting-empty', line: 1, column: 23 }],
    });

    await gateway.writeManaged('portcullis.json', null);
    await gateway.writeManaged('registry.json', null);
    expect((await gateway.status()).inForce).toMatchObject({ kind: 'deny' });
    await inForce(gateway, { kind: 'open', reason: 'not-managed' });
  });
});
