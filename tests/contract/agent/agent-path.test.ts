import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestAgent, type TestAgent } from '../../support/agent.ts';
import { type DnsStub, startDnsStub } from '../../support/dns-stub.ts';

const ALLOWED = 'registry.acme.example';
const OTHER = 'registry.other.example';
const UNHEARD = 'refused-unheard.example';

/** One developer's day, in the order it happens: each step stands on the one before. */
describe('from a machine that requires sign-in to a refused pull, and back', () => {
  let upstream: DnsStub;
  let test: TestAgent;
  beforeAll(async () => {
    upstream = await startDnsStub({ [ALLOWED]: '192.0.2.1', [OTHER]: '192.0.2.2' });
    test = await startTestAgent({
      hub: {
        organizations: [
          {
            name: 'acme',
            settings: { enabled: true, mode: 'enforce', registries: [{ address: ALLOWED }], contact: '#platform' },
          },
        ],
      },
      gateway: { upstreams: [upstream.address] },
    });
  });
  afterAll(async () => {
    await test?.stop();
    await upstream?.close();
  });

  const rcode = async (host: string): Promise<string> => (await test.gateway.query(host)).rcode;

  it('requires sign-in, and refuses everything meanwhile', async () => {
    const { state, managed } = await test.until(
      ({ state }) => state.id === 'sign-in-required' && state.protected === 'yes',
    );
    expect(state).toMatchObject({ code: 'P-SIGN-IN', traffic: 'deny', action: 'sign-in' });
    expect(managed?.allowedOrgs).toEqual(['acme']);
    expect(await rcode(ALLOWED)).toBe('NXDOMAIN');
    expect((await test.gateway.connect(`${ALLOWED}:443`)).phrase).toContain('is blocked until you sign in to acme.');
    const explained = await test.agent.handlers['decide.explain']({ subject: `${ALLOWED}/app` });
    expect(explained).toMatchObject({ allowed: false, next: 'Sign in as a member of acme.' });
  });

  it('enforces the list once a member has signed in, and can tell of it', async () => {
    await test.signIn('mia');
    const { state, session, policy, sync, walls, filter } = await test.until(
      // A second sync may be under way that early; its end plans the next.
      ({ state, sync }) => state.id === 'enforcing' && !sync.running,
    );
    expect(state).toMatchObject({ look: 'green', protected: 'yes', decidedBy: 'organization', source: test.hub.url });
    expect(session).toMatchObject({ kind: 'signed-in', org: 'acme', user: { name: 'Mia' } });
    expect(policy).toMatchObject({ kind: 'fresh', policy: { org: 'acme', revision: 1, registries: 1 } });
    expect(sync.lastContact).not.toBeNull();
    expect(sync.next).toBeGreaterThan(sync.lastContact ?? Number.MAX_SAFE_INTEGER);
    const { generation } = await test.gateway.status();
    expect(filter).toMatchObject({ kind: 'verified', generation });
    expect(walls).toMatchObject({ dns: { kind: 'proven', generation }, proxy: { kind: 'proven', generation } });
    expect(await rcode(ALLOWED)).toBe('NOERROR');
    expect(await rcode(OTHER)).toBe('NXDOMAIN');
    const page = await test.agent.handlers['registries.list']({ query: '', cursor: null, limit: 50, offset: 0 });
    expect(page).toMatchObject({ total: 1, next: null, stale: false, items: [{ address: ALLOWED }] });
  });

  it('explains a refusal with the organization and whom to ask', async () => {
    const explained = await test.agent.handlers['decide.explain']({ subject: `${OTHER}/team/app:1` });
    expect(explained).toMatchObject({
      kind: 'image',
      allowed: false,
      sentence: `${OTHER} is blocked by acme.`,
      next: `To request access to ${OTHER}, contact #platform.`,
      generation: (await test.gateway.status()).generation,
    });
  });

  it('tells of a refusal when it happens, and counts it', async () => {
    const told = new Promise<string>((resolve) => {
      test.agent.onDenial(({ host }) => {
        if (host === 'nobody.example') resolve(host);
      });
    });
    await test.gateway.query('nobody.example');
    await told;
    const page = await test.agent.handlers['denials.list']({ query: 'nobody', cursor: null, limit: 10, offset: 0 });
    expect(page.items).toMatchObject([
      { host: 'nobody.example', walls: ['dns'], reason: 'not-in-policy', refused: true },
    ]);
    const { deniedToday } = await test.until((snapshot) => snapshot.deniedToday > 0);
    expect(deniedToday).toBeGreaterThan(0);
  });

  it("applies the owner's change without anybody signing out", async () => {
    await test.hub.putSettings('acme', { registries: [{ address: ALLOWED }, { address: OTHER }] });
    await test.until(
      ({ state, policy }) => state.id === 'enforcing' && policy?.kind === 'fresh' && policy.policy.revision === 2,
    );
    expect(await rcode(OTHER)).toBe('NOERROR');
    await test.hub.putSettings('acme', { registries: [{ address: ALLOWED }] });
    await test.until(
      ({ state, policy }) => state.id === 'enforcing' && policy?.kind === 'fresh' && policy.policy.revision === 3,
    );
    expect(await rcode(OTHER)).toBe('NXDOMAIN');
  });

  it('shows no green while the gateway is away, and finds it as it left it', async () => {
    const { generation } = await test.gateway.status();
    const from = test.history.length;
    await test.gateway.halt('SIGKILL');
    const { state, filter } = await test.until('locked');
    expect(state).toMatchObject({ cause: 'gateway-failed', look: 'amber' });
    expect(filter).toMatchObject({ kind: 'failed', mode: 'denying', problem: { code: 'gateway-away' } });
    const explained = await test.agent.handlers['decide.explain']({ subject: OTHER });
    expect(explained).toMatchObject({
      allowed: false,
      hosts: [{ engine: { reason: 'not-in-policy' } }],
      generation: null,
    });
    await test.gateway.start();
    await test.until('enforcing');
    expect((await test.gateway.status()).generation).toBe(generation);
    const looks = test.history.slice(from).map((snapshot) => snapshot.state.look);
    // However many snapshots there are, green is lost once and found once.
    const found = looks.indexOf(
      'green',
      looks.findIndex((look) => look !== 'green'),
    );
    expect(new Set(looks.slice(found))).toEqual(new Set(['green']));
  });

  it('shows no green while the gateway hangs, with its socket open, and says so of a check', async () => {
    process.kill(test.gateway.pid, 'SIGSTOP');
    try {
      const { filter, state } = await test.until('locked');
      expect(state).toMatchObject({ cause: 'gateway-failed', look: 'amber' });
      expect(filter).toMatchObject({ problem: { code: 'gateway-away', cause: 'no answer within 2 s' } });
      expect(await test.agent.handlers['enforcement.check']({})).toMatchObject({
        verified: false,
        problem: { code: 'gateway-away' },
      });
    } finally {
      process.kill(test.gateway.pid, 'SIGCONT');
    }
    await test.until('enforcing');
  });

  it('goes on with what it had when the hub is down at the start, and says how old it is', async () => {
    await test.stopAgent();
    // Refused while no agent is there to hear of it.
    await rcode(UNHEARD);
    await expect
      .poll(async () => (await test.gateway.control.call('denials', {})).hosts.map(({ host }) => host))
      .toContain(UNHEARD);
    await test.hub.halt('SIGKILL');
    await test.startAgent();
    const { session, policy, sync, state } = await test.until(
      (snapshot) => snapshot.policy?.kind === 'stale' && snapshot.state.id === 'enforcing-stale',
    );
    expect(state).toMatchObject({ id: 'enforcing-stale', look: 'green', protected: 'yes' });
    expect(session?.kind).toBe('offline');
    expect(policy).toMatchObject({ policy: { revision: 3 }, problem: { code: 'server-unreachable' } });
    expect(sync.lastContact).not.toBeNull();
    expect(state.action).toBe('sync');
    expect(await rcode(ALLOWED)).toBe('NOERROR');
    const refused = () => test.agent.handlers['denials.list']({ query: '', cursor: null, limit: 50, offset: 0 });
    await expect.poll(async () => (await refused()).items.map(({ host }) => host)).toContain(UNHEARD);
    await test.hub.start();
    const { outcome } = await test.agent.handlers['sync.now']({});
    expect(outcome).not.toBe('failed');
    await test.until('enforcing');
  });

  it('refuses everything after a sign-out, also after a restart of all parts', async () => {
    await test.agent.handlers['session.signOut']({});
    expect((await test.gateway.status()).lock?.reason).toBe('sign-in-required');
    expect(await rcode(ALLOWED)).toBe('NXDOMAIN');
    await test.stopAgent();
    await Promise.all([test.gateway.halt('SIGKILL'), test.hub.halt()]);
    await Promise.all([test.gateway.start(), test.hub.start()]);
    expect(await rcode(ALLOWED)).toBe('NXDOMAIN');
    await test.startAgent();
    await test.until(({ state }) => state.id === 'sign-in-required' && state.protected === 'yes');
    expect(await rcode(ALLOWED)).toBe('NXDOMAIN');
  });

  it('lets the member in again', async () => {
    await test.signIn('mia');
    await test.until('enforcing');
    expect(await rcode(ALLOWED)).toBe('NOERROR');
    const { items } = await test.agent.handlers['transitions.list']({ query: '', cursor: null, limit: 200, offset: 0 });
    expect(items.map(({ to }) => to)).toEqual(
      expect.arrayContaining(['sign-in-required', 'enforcing', 'locked', 'enforcing-stale']),
    );
  });
});
