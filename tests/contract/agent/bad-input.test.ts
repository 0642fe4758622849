import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PolicyClaims } from '../../../shared/policy/schema.ts';
import { startTestAgent, type TestAgent } from '../../support/agent.ts';
import { createPolicySigner, type PolicySigner } from '../../support/policy-signer.ts';

const ALLOWED = 'registry.acme.example';

describe('a server that answers with a policy it should not', () => {
  let test: TestAgent;
  let signer: PolicySigner;
  let good: Partial<PolicyClaims>;
  beforeAll(async () => {
    signer = await createPolicySigner(['acme', 'globex'], 'second');
    test = await startTestAgent({ moreKeys: [signer.publicKey] });
    good = { iss: test.hub.url, revision: 7, registries: [{ address: ALLOWED }] };
    answerPolicy(await signer.policy(good));
    await test.signIn('mia');
    await test.until('enforcing');
  });
  afterAll(() => test?.stop());
  afterEach(async () => {
    answerPolicy(await signer.policy({ ...good, exp: Math.floor(Date.now() / 1000) + 200_000 }));
    await test.agent.handlers['sync.now']({});
    await test.until('enforcing');
  });

  function answerPolicy(body: string, type = 'application/jose', status = 200): void {
    test.intercept = async (url) =>
      url.pathname.endsWith('/registry-access')
        ? new Response(body, { status, headers: { 'content-type': type } })
        : null;
  }

  /** The answer is refused for this reason, and what was in force stays: in the agent and in the gateway. */
  async function expectRefused(document: string, code: string): Promise<void> {
    const before = await test.gateway.status();
    answerPolicy(document);
    const { outcome, problem } = await test.agent.handlers['sync.now']({});
    expect(outcome).toBe('failed');
    expect(problem?.code).toBe(code);
    const { state, policy } = await test.until(({ policy }) => policy?.kind === 'rejected');
    expect(policy).toMatchObject({ kind: 'rejected', problem: { code }, policy: { revision: 7 } });
    expect(state).toMatchObject({ id: 'enforcing-stale', protected: 'yes' });
    const after = await test.gateway.status();
    expect(after.generation).toBe(before.generation);
    expect(after.policy).toEqual(before.policy);
    expect(await test.agent.handlers['decide.explain']({ subject: ALLOWED })).toMatchObject({ allowed: true });
    expect(await test.agent.handlers['decide.explain']({ subject: 'gcr.io' })).toMatchObject({ allowed: false });
  }

  it('is not believed when the signature is another key’s', async () => {
    const forger = await createPolicySigner(['acme'], 'second');
    await expectRefused(await forger.policy({ ...good, revision: 8 }), 'policy-signature');
  });

  it('is not believed when there is no signature', async () => {
    const [, payload] = (await signer.policy({ ...good, revision: 8 })).split('.');
    const header = Buffer.from(JSON.stringify({ alg: 'none', kid: 'second', typ: 'registry-policy+jwt' }));
    await expectRefused(`${header.toString('base64url')}.${payload}.`, 'policy-algorithm');
  });

  it('is not believed when the policy is another organization’s', async () => {
    await expectRefused(await signer.policy({ ...good, org: 'globex', revision: 8 }), 'policy-organization');
  });

  it('is not believed when the revision is lower', async () => {
    await expectRefused(await signer.policy({ ...good, revision: 6 }), 'policy-rollback');
  });

  it('is not believed when the same revision says something else', async () => {
    const registries = [{ address: 'gcr.io' }];
    await expectRefused(await signer.policy({ ...good, registries }), 'policy-equivocation');
  });

  it('is not believed when it sends 10 MB of garbage', async () => {
    await expectRefused('garbage '.repeat(1_310_720), 'policy-garbage');
  });

  it('is told from a network that wants a sign-in of its own', async () => {
    answerPolicy('<!doctype html><title>Welcome to Café Wi-Fi</title>', 'text/html; charset=utf-8');
    const { problem } = await test.agent.handlers['sync.now']({});
    expect(problem?.code).toBe('captive-portal');
    const { state } = await test.until(({ policy }) => policy?.kind === 'stale');
    expect(state).toMatchObject({ id: 'enforcing-stale', protected: 'yes' });
  });

  it('is not believed by the gateway either, when the agent’s file was changed behind its back', async () => {
    const before = await test.gateway.status();
    const refused = test.gateway.programFiles(
      await signer.policy({ ...good, revision: 3 }),
      await signer.membership({ iss: test.hub.url }),
    );
    await expect(refused).rejects.toMatchObject({ problem: { code: 'policy-rollback' } });
    expect((await test.gateway.status()).policy).toEqual(before.policy);
  });
});

describe('a server that was put back to an older state', () => {
  let test: TestAgent;
  let signer: PolicySigner;
  beforeAll(async () => {
    signer = await createPolicySigner(['acme'], 'second');
    test = await startTestAgent({ moreKeys: [signer.publicKey] });
  });
  afterAll(() => test?.stop());

  it('is found out by the gateway, which has seen a newer policy, and the panel says so', async () => {
    const newer = await signer.policy({ iss: test.hub.url, revision: 9 });
    await test.gateway.programFiles(newer, await signer.membership({ iss: test.hub.url }));
    await test.agent.handlers['session.signOut']({});
    await test.until(({ state }) => state.id === 'sign-in-required' && state.protected === 'yes');
    await test.signIn('mia');
    const { state, policy, gateway } = await test.until('locked');
    expect(state.cause).toBe('policy-rejected');
    expect(policy).toMatchObject({ kind: 'rejected', problem: { code: 'policy-rollback' }, policy: null });
    expect(gateway.problem?.code).toBe('policy-rollback');
    expect((await test.gateway.query('registry-1.docker.io')).rcode).toBe('NXDOMAIN');
  });
});

describe('a cache that somebody wrote into', () => {
  let test: TestAgent;
  beforeAll(async () => {
    test = await startTestAgent({});
    await test.signIn('mia');
    await test.until('enforcing');
  });
  afterAll(() => test?.stop());

  it('is not believed: the gateway goes on with its own, and the next sync mends it', async () => {
    await test.stopAgent();
    const forger = await createPolicySigner(['acme'], 'hub');
    const file = join(test.stateDir, 'policy', 'policy.jws');
    await writeFile(
      file,
      await forger.policy({ iss: test.hub.url, revision: 99, registries: [{ address: 'gcr.io' }] }),
    );
    await test.hub.halt('SIGKILL');
    const before = await test.gateway.status();
    await test.startAgent();
    const { policy } = await test.until((snapshot) => snapshot.state.id === 'enforcing-stale');
    expect(policy).toMatchObject({
      kind: 'rejected',
      problem: { code: 'policy-key-unknown' },
      policy: { revision: 1 },
    });
    expect((await test.gateway.status()).policy).toEqual(before.policy);
    await test.hub.start();
    await test.agent.handlers['sync.now']({});
    await test.until('enforcing');
  });
});
