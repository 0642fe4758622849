import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminSocketOf } from '../../../shared/schemas/control-schema.ts';
import { CLI } from '../../support/command-line.ts';
import { type DnsStub, startDnsStub } from '../../support/dns-stub.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

let upstream: DnsStub;
let gateway: TestGateway;
beforeAll(async () => {
  upstream = await startDnsStub({ 'ghcr.io': '10.1.1.1', 'gcr.io': '10.1.1.2' });
  gateway = await startGateway({ upstreams: [upstream.address] });
});
afterAll(async () => {
  await gateway?.stop();
  await upstream?.close();
});

const rcode = async (host: string): Promise<string> => (await gateway.query(host)).rcode;

describe('a server that came back from a backup', () => {
  const reset = (org: string): Promise<{ code: number; said: string }> =>
    promisify(execFile)(process.execPath, [
      CLI,
      'gateway',
      'reset-revision',
      '--org',
      org,
      '--config',
      gateway.configFile,
    ]).then(
      ({ stdout }) => ({ code: 0, said: stdout }),
      ({ code, stderr }) => ({ code, said: stderr }),
    );

  it('is believed after an administrator has reset the revision, and not before', async () => {
    await gateway.program({ revision: 40, registries: [{ address: 'ghcr.io' }] });
    const older = { revision: 12, registries: [{ address: 'gcr.io' }] };
    await expect(gateway.program(older)).rejects.toMatchObject({ problem: { code: 'policy-rollback' } });
    expect(await reset('globex')).toMatchObject({
      code: 1,
      said: expect.stringContaining('never seen a policy of globex'),
    });
    expect(await reset('acme')).toMatchObject({
      code: 0,
      said: expect.stringContaining('Reset for acme: revision 40'),
    });
    expect(await rcode('ghcr.io')).toBe('NOERROR');
    await gateway.program(older);
    expect(await rcode('gcr.io')).toBe('NOERROR');
    expect(await rcode('ghcr.io')).toBe('NXDOMAIN');
    expect(gateway.log()).toMatch(/"org":"acme".*reset by an administrator/);
  });

  it('is a matter for the owner of the gateway alone, and not to be had on the control socket', async () => {
    expect((await stat(adminSocketOf(gateway.controlPath))).mode & 0o777).toBe(0o600);
    const call = gateway.control.call as unknown as (method: string, params: object) => Promise<unknown>;
    await expect(call('resetRevision', { org: 'acme' })).rejects.toThrow(/Method not found/);
  });
});

describe('a broken glass', () => {
  const settings = (breakGlass?: object): string =>
    JSON.stringify({ policyKeys: { keys: [gateway.signer.publicKey] }, ...(breakGlass ? { breakGlass } : {}) });
  const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
  const inForce = async (expected: object): Promise<void> => {
    await expect.poll(async () => (await gateway.status()).inForce).toMatchObject(expected);
  };

  it('lifts everything on a machine that is locked, says so, and outlives a restart', async () => {
    await gateway.control.call('lock', { reason: 'no-policy' });
    expect(await rcode('ghcr.io')).toBe('NXDOMAIN');
    await gateway.writeManaged(
      'portcullis.json',
      settings({ from: at(-1), until: at(2), reason: 'the server is gone' }),
    );
    await inForce({ kind: 'open', reason: 'break-glass' });
    expect(await rcode('ghcr.io')).toBe('NOERROR');
    expect(await gateway.control.call('explain', { host: 'gcr.io', view: 'engine' })).toMatchObject({
      allowed: true,
      reason: 'break-glass',
    });
    expect(gateway.log()).toMatch(/"reason":"the server is gone".*break-glass in force/);
    await gateway.halt('SIGKILL');
    await gateway.start();
    await inForce({ kind: 'open', reason: 'break-glass' });
  });

  it('ends with what is taken out of the file, and with its time', async () => {
    await gateway.writeManaged('portcullis.json', settings());
    await inForce({ kind: 'deny', reason: 'no-policy' });
    await gateway.writeManaged(
      'portcullis.json',
      settings({ from: at(-3), until: at(-1), reason: 'the server was gone' }),
    );
    await gateway.program({ revision: 13, registries: [{ address: 'gcr.io' }] });
    await inForce({ kind: 'policy', revision: 13 });
  });

  it('cannot be broken for longer than three days', async () => {
    await gateway.writeManaged('portcullis.json', settings({ from: at(-1), until: at(72), reason: 'forgotten' }));
    await inForce({ kind: 'deny', reason: 'managed-config-invalid' });
  });
});
