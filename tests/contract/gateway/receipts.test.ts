import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, chown, cp, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { codeId, codeKey, isProofOf, normalizeCode } from '../../../main/platform/enrolment/enrolment-code.ts';
import { verifyReceipt } from '../../../shared/policy/verify-receipt.ts';
import { DIRECT_PROBE_SUFFIX, PROBE_SUFFIX } from '../../../shared/probe-names.ts';
import type { AttachmentAudit, AuditProbe } from '../../../shared/schemas/attachment.ts';
import { adminSocketOf } from '../../../shared/schemas/control-schema.ts';
import type { ReceiptClaims } from '../../../shared/schemas/receipt.ts';
import { CLI } from '../../support/command-line.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const isRoot = process.platform === 'linux' && process.geteuid?.() === 0;
const HUB = 'https://hub.acme.example';
const CODE = 'ABCDE-FGHJK-MNPQR-STVWX-YZ012';

const gateways: TestGateway[] = [];
afterEach(async () => {
  for (const gateway of gateways.splice(0)) await gateway.stop();
});

async function started(options: Parameters<typeof startGateway>[0] = {}): Promise<TestGateway> {
  const gateway = await startGateway(options);
  gateways.push(gateway);
  return gateway;
}

async function receiptOf(gateway: TestGateway, org = 'acme'): Promise<ReceiptClaims> {
  const { receipt } = await gateway.control.call('receipt', { aud: HUB, org, nonce: 'n0nce' });
  const verified = await verifyReceipt(receipt, { aud: HUB, org, now: Date.now() / 1000 });
  if (!verified.ok) throw new Error(JSON.stringify(verified.problem));
  return verified.value;
}

async function command(gateway: TestGateway, ...words: string[]): Promise<{ code: number; said: string }> {
  const all = [CLI, 'gateway', ...words, '--config', gateway.configFile];
  return promisify(execFile)(process.execPath, all).then(
    ({ stdout }) => ({ code: 0, said: stdout }),
    ({ code, stderr }) => ({ code, said: stderr }),
  );
}

/** As root's audit leaves its file. */
async function audited(gateway: TestGateway, probes: AuditProbe[]): Promise<void> {
  const folder = join(gateway.managedFolder, 'attachment');
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const audit: AttachmentAudit = {
    ...{ version: 1, at: Date.now(), findings: [], probes, probedGateway: null },
    engines: [
      {
        ...{ id: 'docker', name: 'Docker Engine', version: '20.10.24', running: true, hold: 'wall' },
        ...{ socket: 'unix:///run/docker.sock', command: null },
      },
    ],
  };
  await writeFile(join(folder, 'new'), JSON.stringify(audit), { mode: 0o644 });
  await rename(join(folder, 'new'), join(folder, 'audit.json'));
}

function probeOf(nonce: string, from: number): AuditProbe {
  return { hash: createHash('sha256').update(nonce).digest('hex'), from, until: Date.now() };
}

const newNonce = (): string => randomBytes(16).toString('hex');

describe('a receipt', () => {
  it('says what is in force, in a gateway that a user runs in a folder: which is not the system’s', async () => {
    const gateway = await started();
    expect(await receiptOf(gateway)).toMatchObject({
      ...{ org: 'acme', revision: null, effective: { kind: 'deny', reason: 'sign-in-required' } },
      ...{ place: 'trial', uid: process.geteuid?.(), attachment: null, probes: [] },
    });
    await gateway.program({ revision: 7 });
    const status = await gateway.status();
    expect(await receiptOf(gateway)).toMatchObject({
      ...{ iss: status.identity?.jkt, machine: status.identity?.machineId, generation: status.generation },
      ...{ revision: 7, policyIssuer: status.policy?.iss, effective: { kind: 'policy', reason: null } },
    });
    expect(await receiptOf(gateway, 'globex')).toMatchObject({ org: 'globex', revision: null, policyIssuer: null });
  });

  it.runIf(isRoot)('says whose account the gateway has, once it has dropped its privileges', async () => {
    const gateway = await started({ config: { user: 'nobody' } });
    expect(await receiptOf(gateway)).toMatchObject({ uid: 65_534, account: 'user' });
    const { identity } = await gateway.status();
    await gateway.halt();
    await gateway.start();
    expect((await gateway.status()).identity).toEqual(identity);
    expect((await stat(join(gateway.stateDir, 'identity.json'))).mode & 0o777).toBe(0o600);
  });

  it('has the same key after a kill, and none where the key was damaged, with the wall as it was', async () => {
    const gateway = await started();
    await gateway.program({ revision: 7 });
    const { identity } = await gateway.status();
    await gateway.halt('SIGKILL');
    await gateway.start();
    expect((await gateway.status()).identity).toEqual(identity);
    await gateway.halt();
    await writeFile(join(gateway.stateDir, 'identity.json'), '{');
    await gateway.start();
    const status = await gateway.status();
    expect(status).toMatchObject({
      ...{ identity: null, problems: [{ code: 'identity-damaged' }] },
      inForce: { kind: 'policy', revision: 7 },
    });
    await expect(gateway.control.call('receipt', { aud: HUB, org: 'acme', nonce: 'n' })).rejects.toMatchObject({
      problem: { code: 'receipt-no-identity' },
    });
    expect(await command(gateway, 'identity')).toMatchObject({
      ...{ code: 1, said: expect.stringContaining('cannot prove what it enforces') },
    });
    expect(await readFile(join(gateway.stateDir, 'identity.json'), 'utf8')).toBe('{');
  });

  it('of a key that was copied on the same machine names the same machine: the hub sees one', async () => {
    const [gateway, copy] = [await started(), await started()];
    await copy.halt();
    await cp(join(gateway.stateDir, 'identity.json'), join(copy.stateDir, 'identity.json'), { force: true });
    await copy.start();
    const [first, second] = [await receiptOf(gateway), await receiptOf(copy)];
    expect([second.iss, second.machine]).toEqual([first.iss, first.machine]);
  });

  it('counts no probe that a user started, by whatever name, and those of root’s audit', async () => {
    const gateway = await started();
    const mine = newNonce();
    await gateway.query(`n${mine}.${PROBE_SUFFIX}`);
    const proxied = await gateway.connect(`n${newNonce()}.${PROBE_SUFFIX}:443`);
    proxied.socket.destroy();
    await audited(gateway, [probeOf(newNonce(), Date.now() - 1000)]);
    await expect
      .poll(async () => (await receiptOf(gateway)).attachment, { interval: 2_000, timeout: 60_000 })
      .toMatchObject({
        kind: 'audited',
      });
    expect((await receiptOf(gateway)).probes).toEqual([]);
    // Read in the file, and sent: what stands there is no nonce.
    await gateway.query(`n${probeOf(mine, 0).hash.slice(0, 32)}.${PROBE_SUFFIX}`);

    const from = Date.now();
    const [dns, proxy] = [newNonce(), newNonce()];
    await gateway.query(`n${dns}.${DIRECT_PROBE_SUFFIX}`);
    (await gateway.connect(`n${proxy}.${PROBE_SUFFIX}:443`)).socket.destroy();
    await audited(gateway, [probeOf(dns, from), probeOf(proxy, from)]);
    const control = await gateway.openControl();
    const probes = async () => {
      const { receipt } = await control.call('receipt', { aud: HUB, org: 'acme', nonce: 'n' });
      return JSON.parse(Buffer.from(receipt.split('.')[1] ?? '', 'base64url').toString('utf8')).probes;
    };
    await expect.poll(probes, { interval: 3_000, timeout: 60_000 }).toEqual([
      { wall: 'dns', view: 'engine', at: expect.any(Number) },
      { wall: 'proxy', view: 'engine', at: expect.any(Number) },
    ]);
    control.close();
  });

  it('is not signed for whoever floods the socket, and still is for others, while DNS answers', async () => {
    const gateway = await started();
    const [flooding, other] = [await gateway.openControl(), await gateway.openControl()];
    const ask = (control: typeof other) => control.call('receipt', { aud: HUB, org: 'acme', nonce: 'n' });
    const results = await Promise.allSettled(Array.from({ length: 500 }, () => ask(flooding)));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.length).toBeGreaterThan(480);
    expect(refused[0]).toMatchObject({ reason: { problem: { code: 'receipt-too-often' } } });
    await expect(ask(other)).resolves.toMatchObject({ receipt: expect.any(String) });
    expect((await gateway.query('gcr.io')).rcode).toBe('NXDOMAIN');
    flooding.close();
    other.close();
  });

  it('lists no hosts unless the administrator wants them reported', async () => {
    const gateway = await started();
    await gateway.query('gcr.io');
    expect((await gateway.control.call('hosts', {})).hosts).toEqual([]);
    const keys = { policyKeys: { keys: [gateway.signer.publicKey] } };
    await gateway.writeManaged('portcullis.json', JSON.stringify({ ...keys, reporting: 'hosts' }));
    const hosts = async () => {
      await gateway.query('gcr.io');
      return (await gateway.control.call('hosts', {})).hosts;
    };
    await expect.poll(hosts, { timeout: 20_000 }).toMatchObject([{ host: 'gcr.io' }]);
    const [use] = await hosts();
    expect(use).toMatchObject({ host: 'gcr.io', blocked: use?.count });
    await gateway.query('quay.io', { view: 'workload' });
    (await gateway.connect('quay.example:5000')).socket.destroy();
    await expect
      .poll(async () => (await hosts()).map(({ host }) => host), { timeout: 20_000 })
      .toContain('quay.example:5000');
    expect((await hosts()).map(({ host }) => host)).not.toContain('quay.io');
  });
});

describe('portcullis gateway identity', () => {
  it('prints what device management collects', async () => {
    const gateway = await started();
    const { identity } = await gateway.status();
    const { code, said } = await command(gateway, 'identity', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(said)).toEqual({ ...identity, shortId: identity?.jkt.slice(0, 12) });
    expect((await command(gateway, 'identity')).said).toBe(`${identity?.jkt}\n`);
    expect((await command(gateway, 'status')).said).toMatch(
      new RegExp(`^Identifier +${identity?.jkt.slice(0, 12)}$`, 'm'),
    );
  });
});

describe.runIf(isRoot)('portcullis gateway enrol', () => {
  it('hands over a code once, removes its file, and every receipt then proves that it is known', async () => {
    const gateway = await started();
    const file = join(gateway.folder, 'enrolment-code');
    const enrol = () => command(gateway, 'enrol', '--code-file', file);
    await writeFile(file, `${CODE}\n`, { mode: 0o600 });
    await chown(file, 65_534, 65_534);
    expect(await enrol()).toMatchObject({ code: 1, said: expect.stringContaining(file) });
    await chown(file, 0, 0);
    await chmod(file, 0o644);
    expect(await enrol()).toMatchObject({
      code: 1,
      said: expect.stringContaining('could have read the enrolment code'),
    });
    expect((await receiptOf(gateway)).enrolment).toBeUndefined();
    await chmod(file, 0o600);
    expect(await enrol()).toMatchObject({ code: 0 });
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await enrol()).toMatchObject({ code: 1, said: expect.stringContaining('There is no enrolment code') });
    const { iss, enrolment } = await receiptOf(gateway);
    const code = normalizeCode(CODE) ?? '';
    expect(enrolment?.id).toBe(codeId(code));
    expect(isProofOf(codeKey(code), { jkt: iss, aud: HUB, org: 'acme' }, enrolment?.proof ?? '')).toBe(true);
    expect(gateway.log()).not.toContain(code);
    await writeFile(file, 'no code\n', { mode: 0o600 });
    expect(await enrol()).toMatchObject({ code: 1, said: expect.stringContaining('not an enrolment code') });
    expect((await stat(file)).size).toBeGreaterThan(0);
  });

  it('is for root alone: the socket of everybody has no such call', async () => {
    const gateway = await started();
    expect((await stat(adminSocketOf(gateway.controlPath))).mode & 0o777).toBe(0o600);
    await expect(
      (gateway.control as { call: (m: string, p: object) => unknown }).call('enrol', { code: CODE }),
    ).rejects.toThrow();
  });
});
