import { decodeProtectedHeader } from 'jose';
import { afterEach, describe, expect, it } from 'vitest';
import { MISTAKE_LIMIT } from '../../../../main/agent/session/account-state.ts';
import {
  type SecondProvider,
  type SecondProviderOptions,
  startSecondProvider,
} from '../../../support/second-provider.ts';
import { type TestSession, testSession } from '../../../support/test-session.ts';

/** Sign-in at a provider that is not the hub: another client, scopes and claims, both kinds of access tokens. */
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function open(
  options: Partial<SecondProviderOptions> = {},
): Promise<{ one: TestSession; provider: SecondProvider }> {
  const provider = await startSecondProvider({
    accessTokens: 'opaque',
    groups: { peter: ['initech', 'acme'], bill: 'initech', milton: [] },
    ...options,
  });
  const one = await testSession({
    hub: null,
    issuer: provider.issuer,
    clientId: provider.clientId,
    organizationsClaim: '/groups',
    allowedOrgs: ['initech'],
  });
  closing.push(provider.stop, one.close);
  return { one, provider };
}

async function signIn(one: TestSession, provider: SecondProvider, login = 'peter') {
  const { authorizationUrl } = await one.session.signIn();
  return provider.finishSignIn(authorizationUrl, login);
}

describe.each(['opaque', 'jwt'] as const)('a provider with %s access tokens', (accessTokens) => {
  it('signs in, refreshes ahead of expiry and keeps the rotated refresh token', async () => {
    const { one, provider } = await open({ accessTokens });
    const page = await signIn(one, provider);
    expect(page.text).toContain('peter is signed in to initech.');
    const first = await one.session.accessToken();
    expect(first.split('.').length).toBe(accessTokens === 'jwt' ? 3 : 1);
    const kept = await one.secrets.read();

    one.clock.advance(241_000);
    const second = await one.session.accessToken();
    expect(second).not.toBe(first);
    expect(await one.secrets.read()).not.toBe(kept);
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', org: 'initech', others: ['acme'] });
  });

  it('goes on after a restart with nothing but the refresh token', async () => {
    const { one, provider } = await open({ accessTokens });
    await signIn(one, provider);
    const again = await one.restart();
    await again.until('signed-in', ({ org }) => org === 'initech');
    expect(await again.session.accessToken()).toEqual(expect.any(String));
    await again.session.close();
  });

  it('goes on when the provider changes its keys in mid-session', async () => {
    const { one, provider } = await open({ accessTokens });
    await signIn(one, provider);
    const before = await one.session.accessToken();
    provider.rotateKeys();
    one.clock.advance(241_000);
    const after = await one.session.accessToken();
    expect(one.session.state()?.kind).toBe('signed-in');
    if (accessTokens === 'jwt') {
      expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid);
    }
  });
});

describe('the organizations of a claim', () => {
  it('may be one string', async () => {
    const { one, provider } = await open();
    await signIn(one, provider, 'bill');
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', org: 'initech' });
  });

  it('may be an empty list, which is the wrong organization', async () => {
    const { one, provider } = await open();
    const page = await signIn(one, provider, 'milton');
    expect(page.text).toContain('milton does not belong to any organization, but this machine requires initech.');
    expect(one.session.state()).toMatchObject({ kind: 'wrong-organization', has: [] });
  });

  it('are asked again, and a membership that has ended signs out of the provider', async () => {
    const { one, provider } = await open();
    await signIn(one, provider);
    provider.groups.peter = ['acme'];
    await one.session.reconsider();
    expect(one.session.state()).toMatchObject({ kind: 'wrong-organization', has: ['acme'] });
    expect(await one.secrets.read()).toBeNull();
    expect(await one.accountText()).toBeNull();
    await expect.poll(() => provider.requests.includes('/token/revocation')).toBe(true);
  });

  it('are looked at again with every refresh, unasked', async () => {
    const { one, provider } = await open();
    await signIn(one, provider);
    provider.groups.peter = ['acme'];
    one.clock.advance(241_000);
    await one.until('wrong-organization');
  });

  it('are those last known while the claim is absent: nobody is locked out by a slip of the provider', async () => {
    const { one, provider } = await open();
    await signIn(one, provider);
    provider.groups.peter = undefined;
    one.clock.advance(241_000);
    await one.until('offline', ({ problem }) => problem.code === 'organizations-claim-absent');
    expect(one.session.state()).toMatchObject({ org: 'initech' });
  });

  it('end with the claim after three days without it: some providers leave it out where there is nothing to name', async () => {
    const { one, provider } = await open();
    await signIn(one, provider);
    provider.groups.peter = undefined;
    one.clock.advance(241_000);
    await one.until('offline', ({ problem }) => problem.code === 'organizations-claim-absent');
    one.clock.advance(MISTAKE_LIMIT - 3_600_000);
    await one.session.reconsider();
    // The time already gone by is known after a restart too.
    const again = await one.restart();
    await again.until('offline', ({ problem }) => problem.code === 'organizations-claim-absent');
    again.clock.advance(3_600_000);
    await again.until('wrong-organization', ({ has }) => has.length === 0);
    await expect.poll(() => again.secrets.read()).toBeNull();
    await again.session.close();
  });

  it('do not end where the claim comes back in time, or where another claim is configured that was never there', async () => {
    const { one, provider } = await open();
    await signIn(one, provider);
    provider.groups.peter = undefined;
    await one.session.reconsider();
    one.clock.advance(MISTAKE_LIMIT - 3_600_000);
    await one.session.reconsider();
    provider.groups.peter = ['initech'];
    await one.session.reconsider();
    provider.groups.peter = undefined;
    one.clock.advance(MISTAKE_LIMIT - 3_600_000);
    await one.session.reconsider();
    expect(one.session.state()).toMatchObject({ kind: 'offline', org: 'initech' });
    one.settings.organizationsClaim = '/gruops';
    await one.session.reconsider();
    one.clock.advance(3 * MISTAKE_LIMIT);
    await one.session.reconsider();
    expect(one.session.state()).toMatchObject({ kind: 'offline', org: 'initech' });
  });

  it('in a form that is not set are unreadable at sign-in, and the session until then is kept', async () => {
    const { one, provider } = await open();
    await signIn(one, provider);
    provider.groups.bill = { initech: { id: '42' } };
    const page = await signIn(one, provider, 'bill');
    expect(page.text).toContain('The claim /groups of the sign-in server is an object.');
    expect(page.text).toContain('&#34;organizationsForm&#34; to &#34;keys&#34;');
    expect(one.session.state()).toMatchObject({ user: { sub: 'peter' }, org: 'initech' });
  });

  it('that become unreadable later sign nobody out, however long, and the setting proposed reads them', async () => {
    const { one, provider } = await open();
    await signIn(one, provider);
    provider.groups.peter = { initech: { id: '42' } };
    await one.session.reconsider();
    one.clock.advance(3 * MISTAKE_LIMIT);
    await one.session.reconsider();
    expect(one.session.state()).toMatchObject({
      kind: 'offline',
      org: 'initech',
      problem: {
        code: 'organizations-claim-unreadable',
        args: { claim: '/groups', shape: 'object', proposed: 'keys' },
      },
    });
    one.settings.organizationsForm = 'keys';
    await one.session.reconsider();
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', org: 'initech' });
  });

  it.each([false, null, ''])('that are %j are no membership', async (none) => {
    const { one, provider } = await open();
    await signIn(one, provider);
    provider.groups.peter = none;
    await one.session.reconsider();
    expect(one.session.state()).toMatchObject({ kind: 'wrong-organization', has: [] });
  });
});

describe('what a provider may not allow', () => {
  it('no lasting session: said at sign-in, not at the first expiry', async () => {
    const { one, provider } = await open({ refreshTokens: false });
    const page = await signIn(one, provider);
    expect(page.text).toContain('The sign-in server did not allow a lasting session.');
    expect(one.session.state()).toMatchObject({ kind: 'signed-out', problem: { code: 'no-refresh-token' } });
  });

  it('another client: its own words are passed on', async () => {
    const { one, provider } = await open();
    one.settings.clientId = 'somebody-else';
    const { verificationUri, code } = await one.session.signInByDevice().then(
      (device) => ({ verificationUri: device.verificationUri, code: 'none' }),
      (error) => ({ verificationUri: null, code: error.problem.code }),
    );
    expect({ verificationUri, code }).toEqual({ verificationUri: null, code: 'sign-in-refused' });
    expect(provider.requests).toContain('/device/auth');
  });
});

describe('signing in by device code', () => {
  it('ends with the user signed in once they have agreed elsewhere', async () => {
    const { one, provider } = await open();
    const code = await one.session.signInByDevice();
    expect(code.userCode).toMatch(/^[A-Z]{4}-[A-Z]{4}$/);
    expect(code.verificationUri).toBe(`${provider.issuer}/device`);
    expect(one.session.state()?.kind).toBe('signing-in');
    await provider.enterDeviceCode(code.verificationUriComplete ?? '', 'peter');
    await one.until('signed-in', ({ org }) => org === 'initech');
  });

  it('is over when the code is', async () => {
    const { one } = await open();
    await one.session.signInByDevice();
    one.clock.advance(600_000);
    expect(one.session.state()).toMatchObject({ kind: 'signed-out', problem: { code: 'sign-in-timed-out' } });
  });

  it('is called off by a sign-in in the browser', async () => {
    const { one, provider } = await open();
    await one.session.signInByDevice();
    await signIn(one, provider, 'bill');
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', user: { sub: 'bill' } });
  });
});

it('that calls itself otherwise than configured, if only by a slash, is named in both spellings', async () => {
  const provider = await startSecondProvider({ accessTokens: 'opaque', groups: {} });
  const issuer = `${provider.issuer}/`;
  const settings = { hub: null, clientId: provider.clientId, organizationsClaim: '/groups', allowedOrgs: ['initech'] };
  const one = await testSession({ ...settings, issuer });
  closing.push(provider.stop, one.close);
  const failure = await one.session.signIn().catch((error: unknown) => error);
  expect(failure).toMatchObject({
    problem: { code: 'issuer-differs', args: { expected: issuer, found: provider.issuer } },
  });
});
