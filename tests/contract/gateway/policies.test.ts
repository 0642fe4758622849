import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { type DnsStub, startDnsStub } from '../../support/dns-stub.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { createPolicySigner } from '../../support/policy-signer.ts';

/** The code of the problem that a call is refused with; fails if it succeeds. */
async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.code;
    throw error;
  }
  throw new Error('was not refused');
}

const now = (): number => Math.floor(Date.now() / 1000);

describe('a policy that is offered to a managed gateway', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
    await gateway.program({ revision: 7, registries: [{ address: 'ghcr.io' }] });
  });
  afterAll(() => gateway?.stop());

  const stranger = createPolicySigner(['acme'], 'test-1');
  const globex = createPolicySigner(['globex'], 'globex-1');

  it.each<[string, string, () => Promise<[string | Uint8Array, string | null]>]>([
    [
      'signed by another key',
      'policy-signature',
      async () => [await (await stranger).policy({ revision: 8 }), await gateway.signer.membership()],
    ],
    [
      'signed by a key that is not pinned',
      'policy-key-unknown',
      async () => [await (await globex).policy({ org: 'globex' }), await gateway.signer.membership()],
    ],
    [
      'without a signature',
      'policy-algorithm',
      async () => {
        const [, payload] = (await gateway.signer.policy({ revision: 8 })).split('.');
        const header = Buffer.from('{"alg":"none","kid":"test-1","typ":"registry-policy+jwt"}').toString('base64url');
        return [`${header}.${payload}.`, await gateway.signer.membership()];
      },
    ],
    [
      'of another organization',
      'policy-key-organization',
      async () => [await gateway.signer.policy({ org: 'globex', revision: 8 }), await gateway.signer.membership()],
    ],
    [
      'of a lower revision',
      'policy-rollback',
      async () => [await gateway.signer.policy({ revision: 6 }), await gateway.signer.membership()],
    ],
    [
      'of the same revision with other content',
      'policy-equivocation',
      async () => [
        await gateway.signer.policy({ revision: 7, registries: [{ address: 'evil.example' }] }),
        await gateway.signer.membership(),
      ],
    ],
    [
      'that has expired',
      'policy-expired',
      async () => [
        await gateway.signer.policy({ revision: 8, iat: now() - 20, exp: now() - 10 }),
        await gateway.signer.membership(),
      ],
    ],
    [
      'from the future',
      'policy-not-yet',
      async () => [
        await gateway.signer.policy({ revision: 8, iat: now() + 90_000, exp: now() + 99_000 }),
        await gateway.signer.membership(),
      ],
    ],
    [
      'that is ten megabytes of garbage',
      'policy-garbage',
      async () => [randomBytes(10 * 1024 * 1024), await gateway.signer.membership()],
    ],
    ['that is empty', 'policy-garbage', async () => ['', await gateway.signer.membership()]],
    [
      'that is a membership proof',
      'policy-header',
      async () => [await gateway.signer.membership(), await gateway.signer.membership()],
    ],
    [
      'without a membership proof',
      'membership-missing',
      async () => [await gateway.signer.policy({ revision: 8 }), null],
    ],
    [
      'with an expired membership proof',
      'membership-expired',
      async () => [
        await gateway.signer.policy({ revision: 8 }),
        await gateway.signer.membership({ iat: now() - 20, exp: now() - 10 }),
      ],
    ],
    [
      'with a membership proof from another issuer',
      'membership-issuer',
      async () => [
        await gateway.signer.policy({ revision: 8 }),
        await gateway.signer.membership({ iss: 'https://evil.example' }),
      ],
    ],
    [
      'with a policy in place of the membership proof',
      'membership-header',
      async () => [await gateway.signer.policy({ revision: 8 }), await gateway.signer.policy({ revision: 8 })],
    ],
  ])('%s is refused as %s, and the last good one stays', async (_what, code, offer) => {
    const before = await gateway.status();
    const [policy, membership] = await offer();
    if (typeof policy === 'string') {
      expect(await refusalOf(gateway.programTexts(policy, membership))).toBe(code);
      expect((await gateway.status()).lastRefusal?.code).toBe(code);
    }
    // The caller may not be able to read what it names: then the kind of fault is not told either.
    const told = code.replace(/-(garbage|header|algorithm|key-unknown|key-organization|signature)$/, '-unverified');
    expect(await refusalOf(gateway.programFiles(policy, membership))).toBe(told);
    const after = await gateway.status();
    expect(after.lastRefusal?.code).toBe(told);
    expect({ ...after, lastRefusal: null, counters: null }).toEqual({ ...before, lastRefusal: null, counters: null });
    expect((await gateway.control.call('explain', { host: 'ghcr.io', view: 'engine' })).allowed).toBe(true);
  });

  it.each<[string, (file: string) => Promise<string>]>([
    [
      'is a link',
      async (file) => {
        await symlink('/etc/passwd', file);
        return file;
      },
    ],
    [
      'is a folder',
      async (file) => {
        await mkdir(file);
        return file;
      },
    ],
    ['is not there', async (file) => file],
    ['is a device that never ends', async () => '/dev/zero'],
  ])('is refused where its file %s', async (what, make) => {
    const policyFile = await make(join(gateway.folder, what.replaceAll(' ', '-')));
    expect(await refusalOf(gateway.control.call('program', { policyFile, membershipFile: policyFile }))).toBe(
      'policy-unreadable',
    );
  });

  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = (change: object): string =>
    `${part({ alg: 'EdDSA', kid: 'secret-kid', typ: 'registry-policy+jwt', ...change })}.e30.AAAA`;

  it.each<[string, string]>([
    ['no document', 'root:$6$secret-hash:19000:0:99999:7:::'],
    ['a token of another type', header({ typ: 'secret-typ' })],
    ['a token of another algorithm', header({ alg: 'secret-alg' })],
    ['a token of another key', header({})],
    ['a token of our key without its signature', header({ kid: 'test-1', note: 'secret' })],
    ['a token with a header of another form', header({ crit: ['secret'] })],
    ['a token whose members are no texts', header({ kid: 7, alg: ['secret'] })],
    ['two parts', `${part({ alg: 'EdDSA', kid: 'test-1', typ: 'registry-policy+jwt' })}.secret`],
  ])('never has the content of its file told back, which the caller may not read: %s', async (what, content) => {
    const file = join(gateway.folder, `secret-${what.replaceAll(' ', '-')}`);
    await writeFile(file, content, { mode: 0o600 });
    const own = { keys: [{ ...gateway.signer.publicKey, kid: 'secret-kid' }] };
    const good = await gateway.signer.policy({ revision: 7, registries: [{ address: 'ghcr.io' }] });
    const answers: unknown[] = [];
    for (const offer of [
      { policyFile: file, membershipFile: file },
      { policyFile: file, membershipFile: file, firstUseKeys: own },
      { policyFile: '/nowhere', policy: good, membershipFile: file },
    ]) {
      const told = await gateway.control.call('program', offer).catch((error: ProblemError) => error.problem);
      answers.push(told, (await gateway.status()).lastRefusal);
    }
    expect(JSON.stringify([answers, await gateway.status()])).not.toMatch(/secret-(hash|typ|alg|kid)|"secret"/);
    // The same answer for all of them: which fault it is would be something of its content.
    const codes = answers.map((answer) => (answer as { code: string }).code);
    expect(codes).toEqual(
      ['policy', 'policy', 'policy', 'policy', 'membership', 'membership'].map((name) => `${name}-unverified`),
    );
    expect(gateway.log()).not.toMatch(/secret-(hash|typ|alg|kid)"/);
  });

  it('cannot bring its own key', async () => {
    const other = await stranger;
    const offer = gateway.programFiles(await other.policy({ revision: 8 }), await other.membership(), {
      keys: [other.publicKey],
    });
    expect(await refusalOf(offer)).toBe('policy-unverified');
  });

  it('leaves only the document in force on disk', async () => {
    const { policy } = await gateway.status();
    const documents = (await readdir(gateway.stateDir)).filter((name) => name.endsWith('.jws'));
    expect(documents).toEqual([`policy-${policy?.digest}.jws`]);
  });

  it('with the same content for longer renews, in the same generation', async () => {
    const { generation } = await gateway.status();
    const exp = now() + 400_000;
    const renewed = await gateway.program({ revision: 7, registries: [{ address: 'ghcr.io' }], exp });
    expect(renewed).toEqual({ generation, revision: 7, changed: false });
    expect((await gateway.status()).policy?.exp).toBe(exp);
  });

  it('with the same content for less long changes nothing', async () => {
    const { policy } = await gateway.status();
    await gateway.program({ revision: 7, registries: [{ address: 'ghcr.io' }], exp: now() + 1000 });
    expect((await gateway.status()).policy).toEqual(policy);
    const documents = (await readdir(gateway.stateDir)).filter((name) => name.endsWith('.jws'));
    expect(documents).toEqual([`policy-${policy?.digest}.jws`]);
  });

  it('of a higher revision comes into force, and its generation is one higher', async () => {
    const { generation } = await gateway.status();
    const next = await gateway.program({
      revision: 9,
      registries: [{ address: 'quay.io' }, { address: 'not an address' }],
    });
    expect(next).toEqual({ generation: generation + 1, revision: 9, changed: true });
    const status = await gateway.status();
    expect(status.policy).toMatchObject({ revision: 9, registries: 2, skipped: 1 });
    expect(status.lastRefusal).toBeNull();
    expect((await gateway.control.call('explain', { host: 'ghcr.io', view: 'engine' })).reason).toBe('not-in-policy');
  });
});

describe('what is in force', () => {
  let upstream: DnsStub;
  beforeAll(async () => {
    upstream = await startDnsStub({ 'ghcr.io': '10.1.1.1', 'quay.io': '10.1.1.2' });
  });
  afterAll(() => upstream?.close());

  const withGateway = async (
    options: Parameters<typeof startGateway>[0],
    run: (gateway: TestGateway) => Promise<void>,
  ): Promise<void> => {
    const gateway = await startGateway({ upstreams: [upstream.address], ...options });
    try {
      await run(gateway);
    } finally {
      await gateway.stop();
    }
  };

  it('is the same, in the same generation, after a kill', () =>
    withGateway({}, async (gateway) => {
      await gateway.program({ revision: 3, registries: [{ address: 'ghcr.io' }] });
      const before = await gateway.status();
      await gateway.halt('SIGKILL');
      await gateway.start();
      const after = await gateway.status();
      expect(after.generation).toBe(before.generation);
      expect(after.inForce).toEqual(before.inForce);
      expect(after.policy).toEqual(before.policy);
      expect(after.membership).toEqual(before.membership);
      expect((await gateway.query('ghcr.io')).rcode).toBe('NOERROR');
      expect((await gateway.query('quay.io')).rcode).toBe('NXDOMAIN');
      expect(await refusalOf(gateway.program({ revision: 2 }))).toBe('policy-rollback');
    }));

  it('is a lock, also after a kill, until a policy verifies again', () =>
    withGateway({}, async (gateway) => {
      await gateway.program({ registries: [{ address: 'ghcr.io' }] });
      const { generation } = await gateway.control.call('lock', { reason: 'sign-in-required' });
      await gateway.halt('SIGKILL');
      await gateway.start();
      expect(await gateway.status()).toMatchObject({
        generation,
        lock: { reason: 'sign-in-required' },
        inForce: { kind: 'deny', reason: 'sign-in-required' },
      });
      expect((await gateway.query('ghcr.io')).rcode).toBe('NXDOMAIN');
      await gateway.program({ registries: [{ address: 'ghcr.io' }] });
      expect((await gateway.query('ghcr.io')).rcode).toBe('NOERROR');
      expect((await gateway.status()).lock).toBeNull();
    }));

  it('is not released on a managed machine', () =>
    withGateway({}, async (gateway) => {
      await gateway.program({});
      const before = await gateway.status();
      expect(await refusalOf(gateway.control.call('release', {}))).toBe('release-refused');
      expect((await gateway.status()).inForce).toEqual(before.inForce);
    }));

  it('is nothing on an unmanaged machine, then what a volunteer brought with its keys, then nothing again', () =>
    withGateway({ registry: null, settings: null }, async (gateway) => {
      expect(await gateway.status()).toMatchObject({ inForce: { kind: 'open' }, keysPinned: false });
      expect((await gateway.query('quay.io')).rcode).toBe('NOERROR');
      const keys = { keys: [gateway.signer.publicKey] };
      await gateway.programFiles(await gateway.signer.policy({ registries: [{ address: 'ghcr.io' }] }), null, keys);
      expect((await gateway.query('quay.io')).rcode).toBe('NXDOMAIN');
      await gateway.halt('SIGKILL');
      await gateway.start();
      expect((await gateway.status()).inForce).toEqual({ kind: 'policy', org: 'acme', revision: 1 });
      await gateway.control.call('release', {});
      expect((await gateway.query('quay.io')).rcode).toBe('NOERROR');
      expect((await gateway.status()).policy).toBeNull();
    }));

  it('changes with the managed configuration, without a message', () =>
    withGateway({ registry: null, settings: null }, async (gateway) => {
      const keys = { keys: [gateway.signer.publicKey] };
      await gateway.programFiles(await gateway.signer.policy({ registries: [{ address: 'ghcr.io' }] }), null, keys);
      const inForce = async (): Promise<unknown> => (await gateway.status()).inForce;

      await gateway.writeManaged('registry.json', '{"allowedOrgs":["acme"]');
      await expect.poll(inForce).toMatchObject({ kind: 'deny', reason: 'managed-config-invalid' });
      await gateway.writeManaged('registry.json', '{"allowedOrgs":["acme"]}');
      await expect.poll(inForce).toMatchObject({ kind: 'deny', reason: 'no-policy-key' });
      // The volunteer's key is pinned now, but nobody has proven a membership.
      await gateway.writeManaged('portcullis.json', JSON.stringify({ policyKeys: keys }));
      await expect.poll(inForce).toMatchObject({ kind: 'deny', reason: 'sign-in-required' });
      await gateway.program({ registries: [{ address: 'ghcr.io' }] });
      expect(await inForce()).toMatchObject({ kind: 'policy', org: 'acme' });
      // A key that is withdrawn takes its policy with it.
      const other = await createPolicySigner(['acme'], 'test-2');
      await gateway.writeManaged('portcullis.json', JSON.stringify({ policyKeys: { keys: [other.publicKey] } }));
      await expect.poll(inForce).toMatchObject({ kind: 'deny', reason: 'policy-invalid' });
    }));

  it('is a denial when the policy expires, without a message', () =>
    withGateway({}, async (gateway) => {
      const events: string[] = [];
      gateway.control.on('generation', ({ inForce }) =>
        events.push(inForce.kind === 'deny' ? inForce.reason : inForce.kind),
      );
      await gateway.control.call('subscribe', {});
      await gateway.program({ registries: [{ address: 'ghcr.io' }], exp: now() + 8 });
      await expect.poll(() => events.at(-1)).toBe('policy-expired');
      const refusal = await gateway.connect('ghcr.io:443');
      expect(refusal.phrase).toBe(
        'ghcr.io is blocked: the policy of acme has expired. Open Portcullis and choose Sync now. [P-LOCKED policy-expired]',
      );
    }));

  it('is a denial with a cause of its own when only the proof of membership expires', () =>
    withGateway({}, async (gateway) => {
      const { signer } = gateway;
      const policy = await signer.policy({ registries: [{ address: 'ghcr.io' }] });
      await gateway.programFiles(policy, await signer.membership({ org: 'acme', exp: now() + 8 }));
      await expect
        .poll(async () => (await gateway.status()).inForce, { timeout: 30_000 })
        .toMatchObject({ kind: 'deny', reason: 'no-membership' });
      const refusal = await gateway.connect('ghcr.io:443');
      expect(refusal.phrase).toBe(
        'ghcr.io is blocked: there is no valid proof of your membership in acme. Open Portcullis and choose Sync now. [P-LOCKED no-membership]',
      );
      // A newer proof is enough.
      await gateway.programFiles(policy, await signer.membership({ org: 'acme' }));
      expect((await gateway.status()).inForce.kind).toBe('policy');
    }));

  it.each<[string, (gateway: TestGateway) => Promise<void>]>([
    [
      'cut off',
      async ({ stateDir }) =>
        writeFile(join(stateDir, 'state.json'), (await readFile(join(stateDir, 'state.json'))).subarray(0, 40)),
    ],
    ['empty', async ({ stateDir }) => writeFile(join(stateDir, 'state.json'), '')],
    [
      'a folder',
      async ({ stateDir }) => {
        await rm(join(stateDir, 'state.json'));
        await mkdir(join(stateDir, 'state.json'));
      },
    ],
  ])(
    'is a denial, with a word on it, where the state on disk is %s; also for a volunteer and after another restart',
    async (_what, damage) => {
      await withGateway({ registry: null, settings: null }, async (gateway) => {
        await gateway.programFiles(await gateway.signer.policy(), null, { keys: [gateway.signer.publicKey] });
        const { generation } = await gateway.status();
        await gateway.halt();
        await damage(gateway);
        await gateway.start();
        const damaged = await gateway.status();
        expect(damaged).toMatchObject({ inForce: { kind: 'deny', reason: 'policy-invalid' } });
        expect(damaged.problems[0]).toMatchObject({ code: 'state-damaged', next: expect.stringMatching(/\w/) });
        expect(damaged.generation).toBeGreaterThan(generation);
        await gateway.halt('SIGKILL');
        await gateway.start();
        expect(await gateway.status()).toMatchObject({ inForce: { kind: 'deny', reason: 'policy-invalid' } });
      });
    },
  );

  it('is a denial where the stored policy was changed on disk, until it is programmed again', () =>
    withGateway({}, async (gateway) => {
      await gateway.program({ registries: [{ address: 'ghcr.io' }] });
      const { policy } = await gateway.status();
      await gateway.halt();
      const file = join(gateway.stateDir, `policy-${policy?.digest}.jws`);
      const bytes = await readFile(file);
      bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 1;
      await writeFile(file, bytes);
      await gateway.start();
      expect(await gateway.status()).toMatchObject({
        inForce: { kind: 'deny', reason: 'policy-invalid' },
        problems: [{ code: 'policy-signature' }],
      });
      await gateway.program({ registries: [{ address: 'ghcr.io' }] });
      expect(await gateway.status()).toMatchObject({ inForce: { kind: 'policy' }, problems: [] });
    }));
});
