import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signPolicyFile } from '../../main/cli/policy-sign.ts';
import { publicPolicyKey } from '../../main/cli/policy-signer.ts';
import { runCommand } from '../../main/platform/process/run-command.ts';
import { verifyPolicy } from '../../shared/policy/verify.ts';
import { ProblemError } from '../../shared/problems/problem.ts';

/** Where Debian's softhsm2 has its module. */
const MODULE = '/usr/lib/softhsm/libsofthsm2.so';
const TOOL = `pkcs11-tool --module ${MODULE} --login --pin env:PORTCULLIS_TEST_PIN`;

/** A key that never leaves a hardware module, which SoftHSM plays. */
describe('a policy that a module signs', () => {
  let folder: string;
  const before = { ...process.env };
  const path = (name: string): string => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-hsm-'));
    await mkdir(path('tokens'));
    await writeFile(path('softhsm2.conf'), `directories.tokendir = ${path('tokens')}\n`);
    await writeFile(path('list.yaml'), 'registries: [ghcr.io]\n');
    Object.assign(process.env, { SOFTHSM2_CONF: path('softhsm2.conf'), PORTCULLIS_TEST_PIN: '1234' });
    await shell('softhsm2-util --init-token --free --label test --pin 1234 --so-pin 1234');
    await shell(`${TOOL} --keypairgen --key-type EC:edwards25519 --id 01`);
    await shell(`${TOOL} --keypairgen --key-type EC:prime256v1 --id 02`);
    for (const id of ['01', '02']) {
      await shell(`pkcs11-tool --module ${MODULE} --read-object --type pubkey --id ${id} -o ${path(`${id}.pub`)}`);
    }
  });
  afterAll(async () => {
    process.env = before;
    await rm(folder, { recursive: true, force: true });
  });

  async function shell(command: string): Promise<void> {
    const result = await runCommand(['/bin/sh', '-c', command]);
    if (result.kind !== 'exited' || result.code !== 0) throw new Error(`${command}: ${JSON.stringify(result)}`);
  }

  const ED25519 = `${TOOL} --sign --mechanism EDDSA --id 01`;
  // The module signs a hash that somebody else makes.
  const P256 = `openssl dgst -sha256 -binary | ${TOOL} --sign --mechanism ECDSA --id 02`;

  const sign = (signCommand: string, publicKey: string) =>
    signPolicyFile({
      ...{ list: path('list.yaml'), organization: 'acme', issuer: 'https://acme.example', valid: 86_400_000 },
      ...{ signCommand, publicKey: path(publicKey), out: path('acme.jws') },
    });

  it.each([
    ['Ed25519', ED25519, '01.pub', 'EdDSA'],
    ['P-256', P256, '02.pub', 'ES256'],
  ])('is verified as any other, with %s', async (_kind, command, publicKey, alg) => {
    await sign(command, publicKey);
    const document = await readFile(path('acme.jws'), 'latin1');
    expect(JSON.parse(Buffer.from(document.split('.')[0] ?? '', 'base64url').toString())).toMatchObject({ alg });
    const keys = { keys: [await publicPolicyKey(path(publicKey), undefined, ['acme'])] };
    const verified = await verifyPolicy(document, { keys, org: 'acme', now: Math.floor(Date.now() / 1000) });
    expect(verified).toMatchObject({ ok: true, value: { claims: { org: 'acme', revision: 1 } } });
  });

  it('is not written where the module signs with another key than the one that is pinned', async () => {
    await rm(path('acme.jws'), { force: true });
    await expect(sign(P256, '01.pub')).rejects.toThrow(ProblemError);
    await expect(readFile(path('acme.jws'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
