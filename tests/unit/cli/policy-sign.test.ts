import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nextRevision, type SignOptions, signPolicyFile } from '../../../main/cli/policy-sign.ts';
import { openSigner, publicPolicyKey, signedPolicy } from '../../../main/cli/policy-signer.ts';
import { verifyPolicyFile } from '../../../main/cli/policy-verify.ts';
import { runCommand } from '../../../main/platform/process/run-command.ts';
import { contentDigest } from '../../../shared/policy/content-digest.ts';
import { verifyPolicy } from '../../../shared/policy/verify.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { registryAddress } from '../../../shared/rule-set/lines.ts';

const NOW = 1_800_000_000_000;
const DAY = 86_400_000;

let folder: string;
const path = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-policy-'));
  for (const [name, { privateKey, publicKey }] of [
    ['ed25519', generateKeyPairSync('ed25519')],
    ['p256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['rsa', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ] as const) {
    await writeFile(path(`${name}.pem`), privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
    await writeFile(path(`${name}.pub`), publicKey.export({ format: 'der', type: 'spki' }));
    await writeFile(path(`${name}.jwk`), JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid: `${name}-7` }));
  }
  await writeFile(path('list.yaml'), 'organization: acme\nregistries: [ghcr.io]\n');
  await writeFile(path('more.yaml'), 'registries: [ghcr.io, quay.io]\nmode: audit\ncontact: "#platform"\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const options = (change: Partial<SignOptions> = {}): SignOptions => ({
  ...{ list: path('list.yaml'), organization: 'acme', issuer: 'https://acme.example', valid: 7 * DAY },
  ...{ key: path('ed25519.pem'), out: path('out.jws') },
  ...change,
});
const codeOf = (running: Promise<unknown>) =>
  running.then(
    () => 'accepted',
    (error: unknown) => (error instanceof ProblemError ? error.problem.code : Promise.reject(error)),
  );
const claimsOf = async (key: string, file = path('out.jws'), now = NOW) => {
  const keys = { keys: [await publicPolicyKey(key, undefined, ['acme'])] };
  const verified = await verifyPolicy(await readFile(file), { keys, org: 'acme', now: now / 1000 });
  if (!verified.ok) throw new ProblemError(verified.problem);
  const { claims, lines } = verified.value;
  const registries = Array.from({ length: lines.count }, (_, index) => ({ address: registryAddress(lines, index) }));
  return { ...claims, registries };
};

describe('policy sign', () => {
  it.each(['ed25519.pem', 'p256.pem', 'ed25519.jwk'])('signs a list with %s as machines verify it', async (key) => {
    await signPolicyFile(options({ key: path(key) }), NOW);
    expect(await claimsOf(path(key))).toMatchObject({
      ...{ iss: 'https://acme.example', org: 'acme', revision: 1, enabled: true, mode: 'enforce' },
      ...{ iat: NOW / 1000, exp: (NOW + 7 * DAY) / 1000, registries: [{ address: 'ghcr.io' }] },
    });
    expect((await stat(path('out.jws'))).mode & 0o777).toBe(0o644);
  });

  it('continues what is published: the same content is renewed, other content is the next revision', async () => {
    const published = path('out.jws');
    await signPolicyFile(options(), NOW);
    await signPolicyFile(options({ published }), NOW + DAY);
    expect(await claimsOf(path('ed25519.pem'), published, NOW + DAY)).toMatchObject({
      revision: 1,
      iat: (NOW + DAY) / 1000,
    });
    await signPolicyFile(options({ published, list: path('more.yaml') }), NOW + DAY);
    expect(await claimsOf(path('ed25519.pem'), published, NOW + DAY)).toMatchObject({ revision: 2, mode: 'audit' });
    // Also where it has expired meanwhile.
    await signPolicyFile(options({ published }), NOW + 100 * DAY);
    expect(await claimsOf(path('ed25519.pem'), published, NOW + 100 * DAY)).toMatchObject({ revision: 3 });
  });

  it('refuses a lower revision, and the same with other content, and writes nothing then', async () => {
    await signPolicyFile(options({ revision: 5 }), NOW);
    const before = await readFile(path('out.jws'), 'utf8');
    const published = path('out.jws');
    const other = { published, list: path('more.yaml') };
    expect(await codeOf(signPolicyFile(options({ ...other, revision: 4 }), NOW))).toBe('policy-rollback');
    expect(await codeOf(signPolicyFile(options({ ...other, revision: 5 }), NOW))).toBe('policy-equivocation');
    expect(
      await codeOf(signPolicyFile(options({ published, issuer: 'https://other.example', revision: 5 }), NOW)),
    ).toBe('policy-equivocation');
    expect(await readFile(path('out.jws'), 'utf8')).toBe(before);
    expect(await codeOf(signPolicyFile(options({ ...other, revision: 9 }), NOW))).toBe('accepted');
  });

  it('refuses what is published by a key that it does not know, unless that one is named', async () => {
    await signPolicyFile(options({ key: path('p256.pem') }), NOW);
    const published = path('out.jws');
    expect(await codeOf(signPolicyFile(options({ published }), NOW))).toBe('policy-key-unknown');
    const keys = path('keys.json');
    await writeFile(
      keys,
      JSON.stringify({ policyKeys: { keys: [await publicPolicyKey(path('p256.pub'), undefined, ['acme'])] } }),
    );
    expect(await codeOf(signPolicyFile(options({ published, keys }), NOW))).toBe('accepted');
  });

  it.each([
    ['another organization’s list', { organization: 'globex' }, 'list-file-other-organization'],
    ['a key of another kind', { key: 'rsa.pem' }, 'signing-key-unusable'],
    ['no key at all', { key: 'list.yaml' }, 'signing-key-unusable'],
    ['a published file that is not there', { published: 'nothing' }, 'policy-unreadable'],
  ])('refuses %s', async (_what, change, code) => {
    const at = Object.fromEntries(
      Object.entries(change).map(([name, value]) => [name, name === 'organization' ? value : path(value)]),
    );
    expect(await codeOf(signPolicyFile(options(at), NOW))).toBe(code);
  });

  it('takes a signature from a command, however that writes it', async () => {
    const script = path('sign.mjs');
    await writeFile(
      script,
      `import { createPrivateKey, sign } from 'node:crypto'; import { readFileSync } from 'node:fs';
      const [file, how] = process.argv.slice(2); const key = createPrivateKey(readFileSync(file));
      const input = readFileSync(0); const raw = file.includes('p256')
        ? sign('sha256', input, how === 'der' ? key : { key, dsaEncoding: 'ieee-p1363' }) : sign(null, input, key);
      process.stdout.write(how === 'base64' ? raw.toString('base64') + '\\n' : how === 'hex' ? raw.toString('hex') : raw);`,
    );
    for (const [name, how] of [
      ['ed25519', 'raw'],
      ['ed25519', 'base64'],
      ['ed25519', 'hex'],
      ['p256', 'raw'],
      ['p256', 'der'],
    ] as const) {
      const signCommand = `'${process.execPath}' '${script}' '${path(`${name}.pem`)}' ${how}`;
      await signPolicyFile(options({ key: undefined, signCommand, publicKey: path(`${name}.pub`) }), NOW);
      expect(await claimsOf(path(`${name}.pub`)), `${name} ${how}`).toMatchObject({ revision: 1 });
    }
  });

  it.each([
    ['fails', 'echo "no token" >&2; exit 3', 'no token'],
    ['answers something else', 'echo hello', 'no signature'],
    ['is by another key', 'cat >/dev/null; head -c 64 /dev/zero', 'no signature'],
  ])('writes nothing where the command %s', async (_what, signCommand, cause) => {
    await rm(path('out.jws'), { force: true });
    const failing = signPolicyFile(options({ key: undefined, signCommand, publicKey: path('ed25519.pub') }), NOW);
    await expect(failing).rejects.toMatchObject({
      problem: { code: 'sign-command-failed', cause: expect.stringContaining(cause) },
    });
    await expect(stat(path('out.jws'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('has one revision for each content, whatever was published before', async () => {
    const content = { iss: 'https://acme.example', org: 'acme', registries: [] };
    const mark = { ...{ iss: '', org: 'acme', iat: 0, exp: 1 }, revision: 7 };
    const same = { ...mark, contentDigest: await contentDigest({ ...content, revision: 7 }) };
    expect(await nextRevision(content, same, undefined)).toBe(7);
    expect(await nextRevision({ ...content, enabled: false }, same, undefined)).toBe(8);
    expect(await nextRevision(content, null, undefined)).toBe(1);
  });
});

describe('policy verify', () => {
  const now = Date.now();
  const verify = async (change: Record<string, unknown> = {}) => {
    const keys = path('verify-keys.json');
    await writeFile(keys, JSON.stringify({ keys: [await publicPolicyKey(path('ed25519.pub'), undefined, ['acme'])] }));
    return codeOf(verifyPolicyFile(path('out.jws'), { keys, json: true, ...change }, now + DAY)).catch(
      (error: { exitCode?: number }) => error.exitCode,
    );
  };

  it('tells apart what is valid, what ends too soon and what is not', async () => {
    await signPolicyFile(options(), now);
    expect(await verify()).toBe('accepted');
    expect(await verify({ organization: 'acme', issuer: 'https://acme.example', minRemaining: 5 * DAY })).toBe(
      'accepted',
    );
    expect(await verify({ minRemaining: 6 * DAY + 2000 })).toBe(7);
    expect(await verify({ organization: 'globex' })).toBe('policy-key-organization');
    expect(await verify({ issuer: 'https://other.example' })).toBe('policy-issuer');
    await signPolicyFile(options({ valid: DAY }), now);
    expect(await verify()).toBe('policy-expired');
    await signPolicyFile(options({ key: path('p256.pem') }), now);
    expect(await verify()).toBe('policy-key-unknown');
    expect(await verify({ keys: path('list.yaml') })).toBe('policy-keys-unreadable');
  });
});

describe('a signer', () => {
  it('signs what was signed before to the same letter, where the algorithm allows it', async () => {
    const signer = await openSigner({ key: path('ed25519.pem') }, ['acme'], runCommand);
    const [one, other] = [await signedPolicy({ a: 1 }, signer), await signedPolicy({ a: 1 }, signer)];
    expect(one).toBe(other);
    const input = Buffer.from('x');
    expect(await signer.sign(input)).toEqual(sign(null, input, await readFile(path('ed25519.pem'), 'utf8')));
  });
});
