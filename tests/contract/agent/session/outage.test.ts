import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as oidc from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { MISTAKE_LIMIT } from '../../../../main/agent/session/account-state.ts';
import type { Fetch } from '../../../../main/platform/net/web-answer.ts';
import { ProblemError } from '../../../../shared/problems/problem.ts';
import { DESKTOP_CLIENT_ID } from '../../../../shared/schemas/hub-schema.ts';
import { startHub, type TestHub } from '../../../support/hub.ts';
import { discover } from '../../../support/hub-client.ts';
import { memorySecretStore } from '../../../support/memory-secret-store.ts';
import { type Fault, type SecondProvider, startSecondProvider } from '../../../support/second-provider.ts';
import { sessionFailures } from '../../../support/session-failures.ts';
import { type TestSession, testSession } from '../../../support/test-session.ts';

/** What a session survives, and the one thing that ends it. */
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closing.splice(0).reverse()) await close();
});

describe('with the hub', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub();
  });
  afterAll(() => hub.stop());

  let away = false;
  afterEach(async () => {
    if (away) await hub.start();
    away = false;
  });
  async function haltHub(): Promise<void> {
    await hub.halt();
    away = true;
  }

  /** The hub is asked and answers, and nobody hears what. */
  let loseTokens = false;
  const losing: Fetch = async (input, init) => {
    const answer = await fetch(input, init);
    if (!loseTokens || !String(input).endsWith('/oidc/token')) return answer;
    await answer.text();
    throw new TypeError('fetch failed');
  };

  async function signedIn(username = 'mia', secrets = memorySecretStore()): Promise<TestSession> {
    const one = await testSession({ hub: hub.url, allowedOrgs: ['acme'] }, { secrets, fetch: losing });
    closing.push(one.close);
    const { authorizationUrl } = await one.session.signIn();
    await hub.finishSignIn(authorizationUrl, username);
    await one.until('signed-in');
    return one;
  }

  it('a restart goes on where it was, and is never signed out in between', async () => {
    const again = await (await signedIn()).restart();
    again.states.length = 0;
    await again.until('signed-in', ({ user, org }) => user.name === 'Mia' && org === 'acme');
    expect(again.states.map(({ kind }) => kind)).toEqual(['signed-in']);
    await again.session.close();
  });

  it('a start without the hub is offline with the last known organization, and signed in once the hub is back', async () => {
    const one = await signedIn();
    await haltHub();
    const again = await one.restart();
    const offline = await again.until('offline');
    expect(offline).toMatchObject({ user: { name: 'Mia' }, org: 'acme', problem: { code: 'server-unreachable' } });
    await expect(again.session.accessToken()).rejects.toMatchObject({ problem: { code: 'server-unreachable' } });

    await hub.start();
    away = false;
    again.clock.advance(15 * 60_000);
    await again.until('signed-in');
    await again.session.close();
  });

  it('who would be turned away is still signed in while the hub cannot be asked', async () => {
    const one = await signedIn();
    await haltHub();
    one.settings.allowedOrgs = ['initech'];
    await one.session.reconsider();
    expect(one.session.state()).toMatchObject({ kind: 'wrong-organization', has: ['acme'], kept: true });
    expect(await one.secrets.read()).not.toBeNull();
    await one.session.signOut();
    expect(one.session.state()).toEqual({ kind: 'signed-out', problem: null });
    expect(await one.secrets.read()).toBeNull();
  });

  it("what was kept of another server's sign-in does not count here", async () => {
    const one = await signedIn();
    one.settings.hub = 'http://127.0.0.1:1';
    const again = await one.restart();
    await again.until('signed-out', ({ problem }) => problem?.code === 'other-sign-in-server');
    await expect(again.session.accessToken()).rejects.toMatchObject({ problem: { code: 'signed-out' } });
    await again.session.close();
  });

  it.each([
    ['server', { hub: 'http://127.0.0.1:1' }],
    ['client', { clientId: 'portcullis-destkop' }],
  ])('a misspelt sign-in %s signs nobody out who was signed in before', async (_what, typo) => {
    const one = await signedIn();
    const before = { ...one.settings };
    Object.assign(one.settings, typo);
    await one.session.reconsider();
    const kept = { kind: 'signed-out', kept: true, problem: { code: 'other-sign-in-server' } };
    expect(one.session.state()).toMatchObject(kept);
    await expect(one.session.accessToken()).rejects.toMatchObject({ problem: { code: 'signed-out' } });
    // Trying to sign in there changes nothing.
    await one.session.signIn().catch(() => undefined);
    one.session.cancelSignIn();
    expect(one.session.state()).toMatchObject({ kind: 'signed-out', kept: true });

    const again = await one.restart();
    await again.until('signed-out', (state) => state.kept === true);
    Object.assign(again.settings, before, { clientId: undefined });
    await again.session.reconsider();
    expect(again.session.state()).toMatchObject({ kind: 'signed-in', org: 'acme' });
    expect(await again.session.accessToken()).toEqual(expect.any(String));
    await again.session.close();
  });

  it('another sign-in server ends the session after three days, and the token goes to the one that gave it only', async () => {
    const one = await signedIn();
    const { refreshToken } = JSON.parse((await one.secrets.read()) ?? '');
    one.settings.hub = 'http://127.0.0.1:1';
    await one.session.reconsider();
    one.clock.advance(MISTAKE_LIMIT - 3_600_000);
    const again = await one.restart();
    closing.push(() => again.session.close());
    await again.until('signed-out', (state) => state.kept === true);
    again.clock.advance(3_600_000);
    await again.session.reconsider();
    expect(again.session.state()).toMatchObject({ kind: 'signed-out', problem: { code: 'sign-in-server-changed' } });
    expect(again.session.state()).not.toHaveProperty('kept');
    expect(await one.accountText()).toBeNull();
    expect(await one.secrets.read()).toBeNull();
    await expect(oidc.refreshTokenGrant(await discover(hub.url), refreshToken)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });

  it('settings that cannot be read sign nobody out', async () => {
    const one = await signedIn();
    Object.assign(one.settings, { hub: null, allowedOrgs: [] });
    await one.session.reconsider();
    expect(one.session.state()).toMatchObject({ kind: 'offline', org: 'acme', problem: { code: 'no-sign-in-server' } });
    const again = await one.restart();
    await again.until('offline', ({ org }) => org === 'acme');
    Object.assign(one.settings, { hub: hub.url, allowedOrgs: ['acme'] });
    await again.session.reconsider();
    expect(again.session.state()?.kind).toBe('signed-in');
    await again.session.close();
  });

  it('a session that the provider has ended is signed out, and nothing of it is left', async () => {
    const one = await signedIn();
    const { refreshToken } = JSON.parse((await one.secrets.read()) ?? '');
    await oidc.tokenRevocation(await discover(hub.url), refreshToken);
    one.clock.advance(3_600_000);
    await one.until('signed-out', ({ problem }) => problem?.code === 'session-ended');
    await expect.poll(() => one.accountText()).toBeNull();
    expect(await one.secrets.read()).toBeNull();
    await expect(one.session.accessToken()).rejects.toMatchObject({ problem: { code: 'signed-out' } });
  });

  it('an answer with the new refresh token that is lost, as when the program is killed, costs nobody the sign-in', async () => {
    const one = await signedIn();
    const before = await one.secrets.read();
    loseTokens = true;
    one.clock.advance(3_600_000);
    await one.until('offline');
    expect(await one.secrets.read()).toBe(before);
    loseTokens = false;
    const again = await one.restart();
    await again.until('signed-in');
    expect(await one.secrets.read()).not.toBe(before);
    await again.session.close();
  });

  it('signing out revokes the token, forgets the account, and lasts over a restart', async () => {
    const one = await signedIn();
    const { refreshToken } = JSON.parse((await one.secrets.read()) ?? '');
    await one.session.signOut();
    expect(one.session.state()).toEqual({ kind: 'signed-out', problem: null });
    expect(await one.accountText()).toBeNull();
    expect(await one.secrets.read()).toBeNull();
    await expect(oidc.refreshTokenGrant(await discover(hub.url), refreshToken)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    const again = await one.restart();
    expect(await again.until('signed-out')).toEqual({ kind: 'signed-out', problem: null });
    await again.session.close();
  });

  it('signing out works without the hub', async () => {
    const one = await signedIn();
    await haltHub();
    await one.session.signOut();
    expect(one.session.state()?.kind).toBe('signed-out');
    expect(await one.secrets.read()).toBeNull();
    expect(one.log()).toContain('token not revoked');
  });

  it('signing out in the middle of a refresh is final', async () => {
    const one = await signedIn();
    one.clock.advance(3_000_000);
    const token = one.session.accessToken();
    const refused = expect(token).rejects.toMatchObject({ problem: { code: 'signed-out' } });
    await one.session.signOut();
    await refused;
    expect(await one.secrets.read()).toBeNull();
    expect(await one.accountText()).toBeNull();
  });

  it('a membership that has ended is noticed when asked again', async () => {
    const one = await signedIn('olivia');
    await haltHub();
    const database = new DatabaseSync(join(hub.dataDir, 'hub.sqlite'));
    database.prepare("DELETE FROM memberships WHERE sub = (SELECT sub FROM users WHERE username = 'olivia')").run();
    database.close();
    await hub.start();
    away = false;
    await one.session.reconsider();
    expect(one.session.state()).toMatchObject({ kind: 'wrong-organization', has: [] });
    expect(await one.secrets.read()).toBeNull();
  });

  it('an access token that the hub refuses is replaced by another', async () => {
    const one = await signedIn();
    const first = await one.session.accessToken();
    const second = await one.session.accessToken(first);
    expect(second).not.toBe(first);
    expect(await one.session.accessToken(first)).toBe(second);
  });

  it.each([-10, 10])('a clock that is off by %i minutes changes nothing', async (minutes) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes * 60_000 });
    const one = await signedIn();
    one.clock.advance(3_000_000);
    const token = await one.session.accessToken();
    expect(one.session.state()?.kind).toBe('signed-in');
    const me = await fetch(`${hub.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } });
    expect(me.status).toBe(200);
  });

  it('a new sign-in replaces the old one and revokes it', async () => {
    const one = await signedIn();
    const { refreshToken } = JSON.parse((await one.secrets.read()) ?? '');
    const { authorizationUrl } = await one.session.signIn();
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', signingInSince: expect.any(Number) });
    await hub.finishSignIn(authorizationUrl, 'mia');
    expect(one.session.state()).toEqual({ kind: 'signed-in', user: expect.anything(), org: 'acme' });
    await expect
      .poll(async () =>
        oidc.refreshTokenGrant(await discover(hub.url), refreshToken).then(
          () => 'granted',
          (error) => error.error,
        ),
      )
      .toBe('invalid_grant');
    expect(JSON.parse((await one.secrets.read()) ?? '').refreshToken).not.toBe(refreshToken);
  });
});

describe('each failure has its own name, and none of them signs out', () => {
  let provider: SecondProvider;
  beforeAll(async () => {
    provider = await startSecondProvider({ accessTokens: 'opaque', rotation: false, groups: { peter: ['initech'] } });
  });
  afterAll(() => provider.stop());

  /** @param requestTimeoutMs short where no answer comes at all; a slow machine needs longer for one that does. */
  async function restarted(fault: SecondProvider['fault'], requestTimeoutMs = 10_000): Promise<TestSession> {
    const one = await testSession(
      {
        hub: null,
        issuer: provider.issuer,
        clientId: provider.clientId,
        organizationsClaim: '/groups',
        allowedOrgs: ['initech'],
      },
      { requestTimeoutMs },
    );
    closing.push(one.close, async () => {
      provider.fault = () => null;
    });
    const { authorizationUrl } = await one.session.signIn();
    await provider.finishSignIn(authorizationUrl, 'peter');
    await one.until('signed-in');
    provider.fault = fault;
    const again = await one.restart();
    closing.push(() => again.session.close());
    return again;
  }

  it.each(sessionFailures)('$title at the token endpoint', async ({ fault, code, says }) => {
    const one = await restarted(
      (path) => (path === '/token' ? fault : null),
      fault.kind === 'silence' ? 3_000 : undefined,
    );
    const { org, problem } = await one.until('offline');
    const message = says.replace('SERVER', new URL(provider.issuer).host);
    expect({ org, problem }).toMatchObject({ org: 'initech', problem: { code, message } });
    await expect(one.session.accessToken()).rejects.toMatchObject({ problem: { code } });
    expect(one.states.filter(({ kind }) => kind === 'signed-out').length).toBe(1);

    provider.fault = () => null;
    await one.session.reconsider();
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', org: 'initech' });
  });

  it.each([
    ['discovery', '/.well-known/openid-configuration'],
    ['user info', '/me'],
  ])('a captive portal in the place of %s', async (_name, place) => {
    const portal: Fault = { kind: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>' };
    const one = await restarted((path) => (path === place ? portal : null));
    await one.until('offline', ({ problem }) => problem.code === 'captive-portal');
  });

  it('invalid_grant does, and only from the token endpoint', async () => {
    const headers = { 'content-type': 'application/json' };
    const ended: Fault = { kind: 'answer', status: 400, headers, body: '{"error":"invalid_grant"}' };
    const one = await restarted((path) => (path.startsWith('/.well-known/') ? ended : null));
    await one.until('offline', ({ problem }) => problem.code === 'server-answer-invalid');
    provider.fault = (path) => (path === '/token' ? ended : null);
    const again = await one.restart();
    await again.until('signed-out', ({ problem }) => problem?.code === 'session-ended');
    await again.session.close();
  });

  it('a server that is slow but answers is waited for, and after five seconds that is said', async () => {
    const { promise: until, resolve: answer } = Promise.withResolvers<void>();
    const one = await restarted((path) => (path === '/token' ? { kind: 'slow', until } : null));
    await expect.poll(() => provider.requests.at(-1)).toBe('/token');
    expect(one.session.state()).toBeNull();
    one.clock.advance(5_000);
    expect(one.session.state()).toMatchObject({ kind: 'offline', problem: { code: 'not-asked-yet' } });
    answer();
    await one.until('signed-in');
  });

  it.each<[string, string, () => string]>([
    ['no network: the name cannot be resolved', 'offline', () => 'https://sign-in.invalid'],
    ['TLS: the other end does not speak it', 'server-not-trusted', () => provider.issuer.replace('http:', 'https:')],
  ])('%s', async (_what, code, issuerThen) => {
    const one = await restarted(() => null);
    await one.until('signed-in');
    const account = JSON.parse((await one.accountText()) ?? '');
    const issuer = issuerThen();
    await one.account.write({ ...account, issuer });
    await one.secrets.write(JSON.stringify({ issuer, sub: 'peter', refreshToken: 'x' }));
    one.settings.issuer = issuer;
    const again = await one.restart();
    const { problem } = await again.until('offline');
    expect(problem.code).toBe(code);
    await again.session.close();
  });

  it('a token that is good for a while yet is used while the provider is away', async () => {
    const one = await restarted(() => null);
    await one.until('signed-in');
    const token = await one.session.accessToken();
    provider.fault = (path) => (path === '/token' ? { kind: 'answer', status: 503 } : null);
    one.clock.advance(250_000);
    expect(await one.session.accessToken()).toBe(token);
    one.clock.advance(60_000);
    await expect(one.session.accessToken()).rejects.toMatchObject({ problem: { code: 'server-error' } });
    expect(one.session.state()?.kind).toBe('offline');
  });

  it('many who want a token at once cause one refresh', async () => {
    const one = await restarted(() => null);
    await one.until('signed-in');
    one.clock.advance(290_000);
    const before = provider.requests.filter((path) => path === '/token').length;
    const tokens = await Promise.all(Array.from({ length: 20 }, () => one.session.accessToken()));
    expect(new Set(tokens).size).toBe(1);
    expect(provider.requests.filter((path) => path === '/token').length).toBe(before + 1);
  });
});

it('being offline is tried again after half a minute, then less and less often, up to every quarter of an hour', async () => {
  const hub = 'http://127.0.0.1:1';
  const one = await testSession({ hub, allowedOrgs: ['acme'] });
  closing.push(one.close);
  await one.until('signed-out');
  const account = { issuer: hub, clientId: DESKTOP_CLIENT_ID, sub: 'mia', org: 'acme', organizations: ['acme'] };
  await one.account.write(account);
  await one.secrets.write(JSON.stringify({ issuer: hub, sub: 'mia', refreshToken: 'x' }));
  const again = await one.restart();
  closing.push(() => again.session.close());
  await again.until('offline', ({ org }) => org === 'acme');
  again.clock.advance(5_000);

  const waits: number[] = [];
  for (let round = 0; round < 8; round += 1) {
    await expect.poll(() => again.clock.pending().length).toBe(1);
    waits.push(again.clock.pending()[0] ?? 0);
    again.clock.advance(waits.at(-1) ?? 0);
  }
  // Three quarters of 30 s, 60 s, … 15 min: what the random 0.5 of these tests makes of it; the first 5 s have gone.
  expect(waits.map((ms) => ms / 1000)).toEqual([17.5, 45, 90, 180, 360, 675, 675, 675]);
});

describe('the secret store', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub();
  });
  afterAll(() => hub.stop());

  async function restarted(change: (one: TestSession) => Promise<void>): Promise<TestSession> {
    const one = await testSession({ hub: hub.url, allowedOrgs: ['acme'] });
    closing.push(one.close);
    const { authorizationUrl } = await one.session.signIn();
    await hub.finishSignIn(authorizationUrl, 'mia');
    await change(one);
    const again = await one.restart();
    closing.push(() => again.session.close());
    return again;
  }

  it.each([
    ['empty', 'credential-missing', (one: TestSession) => one.secrets.remove()],
    ['garbage', 'credential-corrupted', (one: TestSession) => one.secrets.write('\u0000not ours')],
    [
      "somebody else's",
      'credential-corrupted',
      (one: TestSession) => one.secrets.write(JSON.stringify({ issuer: hub.url, sub: 'x', refreshToken: 'y' })),
    ],
  ])('%s: the organization is known all the same, and signing in mends it', async (_name, code, change) => {
    const one = await restarted(change);
    const state = await one.until('credential-unreadable');
    expect(state).toMatchObject({ user: { name: 'Mia' }, org: 'acme', problem: { code } });
    await expect(one.session.accessToken()).rejects.toMatchObject({ problem: { code } });

    const { authorizationUrl } = await one.session.signIn();
    expect(one.session.state()).toMatchObject({ kind: 'credential-unreadable', signingInSince: expect.any(Number) });
    await hub.finishSignIn(authorizationUrl, 'mia');
    await one.until('signed-in');
    const again = await one.restart();
    await again.until('signed-in');
    await again.session.close();
  });

  it('locked: read again later, and then all is well', async () => {
    const kept = memorySecretStore();
    let locked = false;
    const secrets = {
      ...kept,
      read: async () => {
        if (locked) throw new ProblemError({ code: 'keyring-locked', message: 'The keyring is locked.' });
        return kept.read();
      },
    };
    const one = await testSession({ hub: hub.url, allowedOrgs: ['acme'] }, { secrets });
    closing.push(one.close);
    const { authorizationUrl } = await one.session.signIn();
    await hub.finishSignIn(authorizationUrl, 'mia');
    locked = true;
    const again = await one.restart();
    closing.push(() => again.session.close());
    await again.until('credential-unreadable', ({ problem }) => problem.code === 'keyring-locked');
    locked = false;
    again.clock.advance(15 * 60_000);
    await again.until('signed-in');
  });

  it('an account file that is no account: signed out, and said', async () => {
    const one = await restarted(async (before) => {
      await before.account.write({ nonsense: true } as never);
    });
    await one.until('signed-out', ({ problem }) => problem?.code === 'account-unreadable');
  });
});
