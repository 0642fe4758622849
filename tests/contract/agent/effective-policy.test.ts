import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestAgent, type TestAgent, type TestAgentOptions } from '../../support/agent.ts';
import { startProcess, waitFor } from '../../support/background-process.ts';
import { ACME_AND_GLOBEX } from '../../support/hub.ts';

describe('an agent', () => {
  let test: TestAgent | undefined;
  afterEach(async () => {
    await test?.stop();
    test = undefined;
  });

  async function start(options: TestAgentOptions = {}): Promise<TestAgent> {
    test = await startTestAgent(options);
    return test;
  }

  it('that is killed leaves the gateway refusing', async () => {
    const { gateway, config, stopAgent, signIn, until } = await start();
    await signIn('mia');
    await until('enforcing');
    const { generation } = await gateway.status();
    await stopAgent();
    const entry = join(import.meta.dirname, '../../support/agent-process.ts');
    await using child = await startProcess([process.execPath, entry, JSON.stringify(config)]);
    await waitFor('the agent to prove the filter', () => child.output().includes('"filter":"verified"'));
    await child.stop('SIGKILL');
    expect((await gateway.status()).generation).toBe(generation);
    expect((await gateway.query('gcr.io')).rcode).toBe('NXDOMAIN');
    expect((await gateway.connect('gcr.io:443')).status).toBe(403);
  });

  it('locks when the user belongs to none of the organizations, and says which would do', async () => {
    const { gateway, signIn, until } = await start({ hub: ACME_AND_GLOBEX });
    await signIn('gus');
    const { state } = await until(({ session }) => session?.kind === 'wrong-organization');
    expect(state.id).toBe('sign-in-required');
    expect((await gateway.status()).inForce).toMatchObject({ kind: 'deny', reason: 'sign-in-required' });
    expect((await gateway.query('registry-1.docker.io')).rcode).toBe('NXDOMAIN');
  });

  it('is locked by a malformed registry.json, with file and line, and goes on when it is mended', async () => {
    const { gateway, signIn, until } = await start();
    await signIn('mia');
    await until('enforcing');
    await gateway.writeManaged('registry.json', '{\n  "allowedOrgs": ["acme",]\n}');
    const { state, managed, caveats } = await until('locked');
    expect(state.cause).toBe('configuration-malformed');
    // A file that is there enforces sign-in, whatever is wrong with it.
    expect(caveats.find(({ code }) => code === 'sign-out')?.applies).toBe('no');
    expect(managed?.source).toBe(join(gateway.managedFolder, 'registry.json'));
    expect(managed?.problems[0]?.line).toBe(2);
    await waitFor('the gateway to read it too', async () => (await gateway.status()).inForce.kind === 'deny');
    await gateway.writeManaged('registry.json', '{"allowedOrgs":["acme"]}');
    await until('enforcing');
  });

  it('is locked by a misspelt organization, keeps the sign-in over a restart, and goes on once it is corrected', async () => {
    const { gateway, signIn, until, agent, stopAgent, startAgent, history } = await start();
    await signIn('mia');
    await until('enforcing');
    await gateway.writeManaged('registry.json', '{"allowedOrgs":["Acme"]}');
    // Whichever is noticed first: for a moment it may be locked because the policy is another organization's.
    const { state, managed } = await until((snapshot) => snapshot.state.cause === 'wrong-organization');
    expect(state).toMatchObject({ code: 'P-LOCKED', action: 'copy-for-administrator' });
    const { session } = await until((snapshot) => snapshot.session?.kind === 'wrong-organization');
    expect(session).toMatchObject({ kept: true, has: ['acme'] });
    expect(state.source).toBe(managed?.source);
    // The agent may lock it before it has read the file itself.
    await waitFor('the gateway to say so too', async () => {
      const { inForce, lock, managed } = await gateway.status();
      const isRead = managed.allowedOrgs.includes('Acme');
      return isRead && inForce.kind === 'deny' && inForce.reason === 'wrong-organization' && lock !== null;
    });
    const refused = await gateway.connect('registry-1.docker.io:443');
    expect(refused.status).toBe(403);
    expect(refused.phrase).toContain(
      'registry-1.docker.io is blocked: your account does not belong to Acme. Contact your administrator. [P-LOCKED wrong-organization]',
    );
    const explained = await agent.handlers['decide.explain']({ subject: 'ubuntu' });
    expect(explained.sentence).toBe('All pulls are blocked because your account does not belong to Acme.');
    expect((await agent.handlers['sync.now']({})).problem?.code).toBe('not-signed-in');

    await stopAgent();
    expect((await gateway.query('registry-1.docker.io')).rcode).toBe('NXDOMAIN');
    await startAgent();
    await test?.until((snapshot) => snapshot.state.cause === 'wrong-organization');
    const before = history.length;
    await gateway.writeManaged('registry.json', '{"allowedOrgs":["acme"]}');
    await test?.until('enforcing');
    expect((await gateway.query('registry-1.docker.io')).rcode).not.toBe('NXDOMAIN');
    expect(history.slice(before).filter(({ state: { id } }) => id === 'sign-in-required')).toEqual([]);
  });

  it('has no green without a policy key, and says what is missing', async () => {
    const { signIn, until } = await start({ settings: { policyKeys: undefined } });
    await signIn('mia');
    const { policy, state } = await until((snapshot) => snapshot.policy?.kind === 'rejected');
    expect(state).toMatchObject({ id: 'locked', cause: 'no-policy-key' });
    expect(policy).toMatchObject({ kind: 'rejected', problem: { code: 'no-policy-key' }, policy: null });
  });

  it('loses the policy with the membership', async () => {
    const running = await start();
    const { gateway, signIn, until, agent } = running;
    await signIn('mia');
    await until('enforcing');
    const refusal = {
      type: 'about:blank',
      title: 'Forbidden',
      status: 403,
      code: 'not-a-member',
      organization: 'acme',
    };
    running.intercept = async (url, request) => {
      if (url.pathname.startsWith('/v1/orgs/')) {
        return Response.json(refusal, { status: 403, headers: { 'content-type': 'application/problem+json' } });
      }
      if (url.pathname !== '/v1/me') return null;
      return Response.json({ ...(await (await fetch(url, request)).json()), organizations: [] });
    };
    const { problem } = await agent.handlers['sync.now']({});
    expect(problem).toMatchObject({ code: 'not-a-member', message: 'You are not a member of acme.' });
    await until(({ session }) => session?.kind === 'wrong-organization');
    await waitFor('the gateway to be locked', async () => (await gateway.status()).lock !== null);
    expect((await gateway.query('registry-1.docker.io')).rcode).toBe('NXDOMAIN');
  });

  it('restricts a volunteer on an unmanaged machine, says that the key is not pinned, and lets go at the sign-out', async () => {
    const { gateway, signIn, until, agent } = await start({ settings: null });
    const before = await until(({ state, filter }) => state.id === 'unmanaged' && filter?.kind === 'verified');
    expect(before.state).toMatchObject({ look: 'grey', protected: 'no' });
    await signIn('mia');
    const { health } = await until('enforcing');
    expect(health.map(({ code }) => code)).toContain('key-not-pinned');
    expect((await gateway.query('gcr.io')).rcode).toBe('NXDOMAIN');
    await agent.handlers['session.signOut']({});
    await until('unmanaged');
    expect((await gateway.status()).inForce).toEqual({ kind: 'open', reason: 'not-managed' });
  });
});
