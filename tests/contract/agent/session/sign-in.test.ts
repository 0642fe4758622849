import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ProblemError } from '../../../../shared/problems/problem.ts';
import { ACME_AND_GLOBEX, startHub, type TestHub } from '../../../support/hub.ts';
import { memorySecretStore } from '../../../support/memory-secret-store.ts';
import { TestBrowser } from '../../../support/test-browser.ts';
import { type TestSession, testSession } from '../../../support/test-session.ts';

/** The session against the real hub, by the real pages. */
let hub: TestHub;
const opened: TestSession[] = [];

beforeAll(async () => {
  hub = await startHub({
    ...ACME_AND_GLOBEX,
    organizations: [{ name: 'acme' }, { name: 'globex' }, { name: 'Acme' }],
    users: [
      ...(ACME_AND_GLOBEX.users ?? []),
      {
        username: 'bo',
        name: 'Bo',
        organizations: [
          { name: 'acme', role: 'member' },
          { name: 'globex', role: 'member' },
        ],
      },
      { username: 'cas', name: 'Cas', organizations: [{ name: 'Acme', role: 'member' }] },
      { username: 'nemo', name: 'Nemo', organizations: [] },
    ],
  });
});
afterAll(() => hub.stop());
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

async function open(settings: Parameters<typeof testSession>[0] = managed('acme')): Promise<TestSession> {
  const one = await testSession(settings);
  opened.push(one);
  return one;
}

function managed(...allowedOrgs: string[]): Parameters<typeof testSession>[0] {
  return { hub: hub.url, allowedOrgs };
}

async function signIn(one: TestSession, username: string) {
  const { authorizationUrl } = await one.session.signIn();
  return hub.finishSignIn(authorizationUrl, username);
}

/** The state that a promise-returning call rejected with, as its problem code. */
async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: { problem?: { code: string } }) => error.problem?.code ?? String(error),
  );
}

describe('signing in with the browser', () => {
  it('ends with the user signed in to the organization, a token the hub accepts, and a page that says so', async () => {
    const one = await open();
    await one.until('signed-out');
    const page = await signIn(one, 'mia');
    expect(page.status).toBe(200);
    expect(page.text).toContain('You are signed in');
    expect(page.text).toContain('Mia is signed in to acme.');
    expect(page.text).toContain('You can close this window and return to Portcullis.');
    expect(one.session.state()).toEqual({
      kind: 'signed-in',
      user: { sub: expect.any(String), name: 'Mia' },
      org: 'acme',
    });
    expect(one.states.map(({ kind }) => kind)).toEqual(['signed-out', 'signing-in', 'signed-in']);

    const authorization = `Bearer ${await one.session.accessToken()}`;
    const me = await fetch(`${hub.url}/v1/me`, { headers: { authorization } });
    expect(await me.json()).toMatchObject({ name: 'Mia' });
  });

  it('is continued on the same page, and says until when it waits', async () => {
    const one = await open();
    await one.until('signed-out');
    await expect(one.session.continueSignIn()).rejects.toMatchObject({ problem: { code: 'no-sign-in' } });
    const { authorizationUrl } = await one.session.signIn();
    expect(await one.session.continueSignIn()).toEqual({ address: authorizationUrl, userCode: null });
    const state = one.session.state();
    expect(state).toEqual({ kind: 'signing-in', since: expect.any(Number), until: expect.any(Number) });
    await hub.finishSignIn((await one.session.continueSignIn()).address, 'mia');
    expect(one.session.state()?.kind).toBe('signed-in');
    await expect(one.session.continueSignIn()).rejects.toMatchObject({ problem: { code: 'no-sign-in' } });
  });

  it('starts anew while one is under way, which is then the one that is continued', async () => {
    const one = await open();
    await one.until('signed-out');
    const first = await one.session.signIn();
    const second = await one.session.signIn();
    expect(second.authorizationUrl).not.toBe(first.authorizationUrl);
    expect((await one.session.continueSignIn()).address).toBe(second.authorizationUrl);
    const code = await one.session.signInByDevice();
    expect(await one.session.continueSignIn()).toMatchObject({ userCode: code.userCode });
    expect(one.session.state()).toMatchObject({ kind: 'signing-in', until: code.expiresAt });
  });

  it('says a wrong password on the page, and the next try still gets in', async () => {
    const one = await open();
    const { authorizationUrl } = await one.session.signIn();
    const browser = new TestBrowser();
    await browser.open(authorizationUrl);
    const refused = await browser.submit({ username: 'mia', password: 'wrong' }, { name: 'action', value: 'sign-in' });
    expect(refused.text).toContain('Incorrect user name or password.');
    expect(one.session.state()?.kind).toBe('signing-in');
    await browser.submit(
      { username: 'mia', password: await hub.password('mia') },
      { name: 'action', value: 'sign-in' },
    );
    expect(one.session.state()?.kind).toBe('signed-in');
  });

  it('says that it was cancelled when the user cancels in the browser', async () => {
    const one = await open();
    const { authorizationUrl } = await one.session.signIn();
    const browser = new TestBrowser();
    await browser.open(authorizationUrl);
    const page = await browser.submit({}, { name: 'action', value: 'cancel' });
    expect(page.text).toContain('You are not signed in');
    expect(page.text).toContain('Sign-in was cancelled.');
    expect(one.session.state()).toMatchObject({ kind: 'signed-out', problem: { code: 'sign-in-cancelled' } });
  });

  it('goes back to what was when the user cancels in the panel, and tells the browser that comes late', async () => {
    const one = await open();
    const { authorizationUrl } = await one.session.signIn();
    one.session.cancelSignIn();
    expect(one.session.state()).toEqual({ kind: 'signed-out', problem: null });
    const page = await hub.finishSignIn(authorizationUrl, 'mia');
    expect(page.text).toContain('Sign-in was cancelled.');
    expect(one.session.state()).toEqual({ kind: 'signed-out', problem: null });
  });

  it('ends by itself after five minutes', async () => {
    const one = await open();
    const { authorizationUrl } = await one.session.signIn();
    one.clock.advance(5 * 60_000);
    expect(one.session.state()).toMatchObject({ kind: 'signed-out', problem: { code: 'sign-in-timed-out' } });
    const page = await hub.finishSignIn(authorizationUrl, 'mia');
    expect(page.text).toContain('Sign-in timed out.');
    expect(one.session.state()?.kind).toBe('signed-out');
  });

  it('lets the newer of two attempts win', async () => {
    const one = await open();
    const older = await one.session.signIn();
    const newer = await one.session.signIn();
    const late = await hub.finishSignIn(older.authorizationUrl, 'gus');
    expect(late.text).toContain('A newer sign-in has replaced this one');
    expect(one.session.state()?.kind).toBe('signing-in');
    await hub.finishSignIn(newer.authorizationUrl, 'mia');
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', user: { name: 'Mia' } });
  });

  it('lets one of two attempts made in the same moment win, and the other say so', async () => {
    const one = await open();
    const [first, second] = await Promise.allSettled([one.session.signIn(), one.session.signIn()]);
    expect(first).toMatchObject({ status: 'rejected', reason: { problem: { code: 'sign-in-cancelled' } } });
    if (second.status !== 'fulfilled') throw second.reason;
    await hub.finishSignIn(second.value.authorizationUrl, 'mia');
    expect(one.session.state()?.kind).toBe('signed-in');
  });

  it('is undone by signing out in the same moment', async () => {
    const kept = memorySecretStore();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const one = await testSession(managed('acme'), {
      secrets: { ...kept, write: (secret) => gate.then(() => kept.write(secret)) },
    });
    opened.push(one);
    const page = signIn(one, 'mia');
    await one.until('signed-in');
    const out = one.session.signOut();
    await one.until('signed-out');
    open();
    await Promise.all([page, out]);
    expect(one.session.state()?.kind).toBe('signed-out');
    expect([await one.accountText(), await kept.read()]).toEqual([null, null]);
  });

  it('says that it could not be kept, and keeps nothing', async () => {
    const full = new ProblemError({ code: 'cannot-write', message: 'The disk is full.' });
    const one = await testSession(managed('acme'), {
      secrets: { ...memorySecretStore(), write: () => Promise.reject(full) },
    });
    opened.push(one);
    const page = await signIn(one, 'mia');
    expect(page.text).toContain('The disk is full.');
    expect(one.session.state()).toMatchObject({ kind: 'signed-out', problem: { code: 'cannot-write' } });
    expect(await one.accountText()).toBeNull();
  });

  it('says why when the server cannot be asked', async () => {
    const one = await open({ hub: 'http://127.0.0.1:1', allowedOrgs: ['acme'] });
    expect(await codeOf(one.session.signIn())).toBe('server-unreachable');
    expect(one.session.state()).toMatchObject({ kind: 'signed-out', problem: { code: 'server-unreachable' } });
  });

  it('says that nobody has named a server', async () => {
    const one = await open({ hub: null });
    expect(await codeOf(one.session.signIn())).toBe('no-sign-in-server');
  });
});

describe('the organization', () => {
  it('turns a member of another organization away, naming what is needed and what the user has', async () => {
    const one = await open(managed('acme'));
    const page = await signIn(one, 'gus');
    const sentence = 'Gus belongs to globex, but this machine requires acme.';
    expect(page.text).toContain(sentence);
    expect(one.session.state()).toMatchObject({
      kind: 'wrong-organization',
      user: { name: 'Gus' },
      has: ['globex'],
      problem: { message: sentence },
    });
    expect(await one.accountText()).toBeNull();
    expect(await one.secrets.read()).toBeNull();
    expect(await codeOf(one.session.accessToken())).toBe('signed-out');
  });

  it('has the provider ask who it is after that, so that another account can be chosen', async () => {
    const one = await open(managed('acme'));
    const browser = new TestBrowser();
    const first = await one.session.signIn();
    await hub.finishSignIn(first.authorizationUrl, 'gus', browser);
    await one.until('wrong-organization');
    const second = await one.session.signIn();
    await hub.finishSignIn(second.authorizationUrl, 'mia', browser);
    // The page by which the hub passes a browser on that changes accounts; a script sends it.
    await browser.submit({});
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', user: { name: 'Mia' } });
  });

  it('says in words that only upper and lower case differ', async () => {
    const one = await open(managed('acme'));
    const page = await signIn(one, 'cas');
    expect(page.text).toContain('Cas belongs to Acme, but this machine requires acme: names are case-sensitive.');
    expect(one.session.state()).toMatchObject({ kind: 'wrong-organization', has: ['Acme'] });
  });

  it("takes the first of the administrator's order that the user belongs to", async () => {
    const one = await open(managed('initech', 'globex', 'acme'));
    await signIn(one, 'bo');
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', org: 'globex', others: ['acme'] });
  });

  it("takes the user's own first where nobody manages the machine", async () => {
    const one = await open({ hub: hub.url });
    await signIn(one, 'bo');
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', org: 'acme', others: ['globex'] });
  });

  it('turns away who belongs to none at all, managed or not', async () => {
    const one = await open({ hub: hub.url });
    const page = await signIn(one, 'nemo');
    expect(page.text).toContain('Nemo does not belong to any organization.');
    expect(one.session.state()).toMatchObject({ kind: 'wrong-organization', has: [] });
  });

  it('is chosen anew when the administrator changes the list', async () => {
    const one = await open(managed('acme'));
    await signIn(one, 'bo');
    one.settings.allowedOrgs = ['globex', 'acme'];
    await one.session.reconsider();
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', org: 'globex' });
    one.settings.allowedOrgs = ['initech'];
    await one.session.reconsider();
    expect(one.session.state()).toMatchObject({ kind: 'wrong-organization', has: ['acme', 'globex'], kept: true });
    one.settings.allowedOrgs = ['acme'];
    await one.session.reconsider();
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', org: 'acme' });
  });

  it('may come from a claim instead of the hub', async () => {
    const one = await open({ ...managed('globex'), organizationsClaim: '/organizations' });
    await signIn(one, 'bo');
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', org: 'globex' });
  });

  it('is not guessed when the claim is absent', async () => {
    const one = await open({ ...managed('acme'), organizationsClaim: '/groups' });
    const page = await signIn(one, 'mia');
    expect(page.text).toContain('The sign-in server sent no claim /groups, so your organizations are unknown.');
    expect(one.session.state()).toMatchObject({ kind: 'signed-out', problem: { code: 'organizations-claim-absent' } });
  });
});

describe('the reply that the browser brings', () => {
  async function attempt() {
    const one = await open();
    const { authorizationUrl } = await one.session.signIn();
    const redirect = new URL(new URL(authorizationUrl).searchParams.get('redirect_uri') ?? '');
    return { one, authorizationUrl, redirect };
  }

  it('comes to 127.0.0.1 on a port of its own, with PKCE, state and nonce', async () => {
    const { authorizationUrl, redirect } = await attempt();
    const asked = new URL(authorizationUrl).searchParams;
    expect(redirect.hostname).toBe('127.0.0.1');
    expect(redirect.pathname).toBe('/callback');
    expect(asked.get('code_challenge_method')).toBe('S256');
    expect(asked.get('code_challenge')).toMatch(/^[\w-]{43}$/);
    expect(asked.get('state')).toMatch(/^[\w-]{43}$/);
    expect(asked.get('nonce')).toMatch(/^[\w-]{43}$/);
    expect(asked.get('scope')?.split(' ')).toEqual(['openid', 'profile', 'email', 'offline_access']);
  });

  it.each([
    ['another state', '/callback?code=x&state=forged', 400],
    ['no state', '/callback?code=x', 400],
    ['an error with another state', '/callback?error=access_denied&state=forged', 400],
    ['another path', '/callback/?code=x', 404],
    ['the root', '/', 404],
  ])('is ignored with %s, and the sign-in goes on', async (_name, path, status) => {
    const { one, authorizationUrl, redirect } = await attempt();
    const answer = await fetch(new URL(path, redirect));
    expect(answer.status).toBe(status);
    expect(one.session.state()?.kind).toBe('signing-in');
    await hub.finishSignIn(authorizationUrl, 'mia');
    expect(one.session.state()?.kind).toBe('signed-in');
  });

  it('is ignored when it is posted', async () => {
    const { one, redirect } = await attempt();
    const answer = await fetch(redirect, { method: 'POST', body: 'code=x' });
    expect(answer.status).toBe(404);
    expect(one.session.state()?.kind).toBe('signing-in');
  });

  it('is refused with a code that the provider never gave, and that ends the attempt', async () => {
    const { one, authorizationUrl, redirect } = await attempt();
    redirect.searchParams.set('state', new URL(authorizationUrl).searchParams.get('state') ?? '');
    redirect.searchParams.set('code', 'made-up');
    redirect.searchParams.set('iss', hub.url);
    const answer = await fetch(redirect);
    expect(await answer.text()).toContain('You are not signed in');
    expect(one.session.state()).toMatchObject({ kind: 'signed-out', problem: { code: 'sign-in-refused' } });
  });

  it('is refused when it names another issuer (RFC 9207)', async () => {
    const { one, authorizationUrl, redirect } = await attempt();
    redirect.searchParams.set('state', new URL(authorizationUrl).searchParams.get('state') ?? '');
    redirect.searchParams.set('code', 'x');
    redirect.searchParams.set('iss', 'https://mallory.example');
    await fetch(redirect);
    expect(one.session.state()).toMatchObject({ kind: 'signed-out', problem: { code: 'server-answer-invalid' } });
  });

  it('counts once: the same reply again finds nobody', async () => {
    const { one, authorizationUrl } = await attempt();
    const page = await hub.finishSignIn(authorizationUrl, 'mia');
    const states = one.states.length;
    await expect(fetch(page.url)).rejects.toThrow('fetch failed');
    expect(one.states.length).toBe(states);
  });

  it('is answered by a page that loads nothing, runs nothing and tells nobody its address', async () => {
    const { authorizationUrl } = await attempt();
    const { headers, text } = await hub.finishSignIn(authorizationUrl, 'mia');
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(text).not.toMatch(/<script|<link|<img|https?:/i);
    expect(text).toContain('<html lang="en">');
    expect(text).toMatch(/<h1>[^<]+<\/h1>/);
  });
});
