import * as oidc from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startHub, type TestHub } from '../../support/hub.ts';
import { CALLBACK, discover, isCallback } from '../../support/hub-client.ts';
import { type Page, TestBrowser } from '../../support/test-browser.ts';

const SIGN_IN = { name: 'action', value: 'sign-in' };
const CANCEL = { name: 'action', value: 'cancel' };
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';

let hub: TestHub;
let client: oidc.Configuration;
beforeAll(async () => {
  hub = await startHub();
  client = await discover(hub.url);
});
afterAll(() => hub.stop());

async function begin(more: Record<string, string> = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const url = oidc.buildAuthorizationUrl(client, {
    redirect_uri: CALLBACK,
    scope: 'openid profile offline_access',
    prompt: 'consent',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...more,
  });
  const redeem = (page: Page) => oidc.authorizationCodeGrant(client, page.url, { pkceCodeVerifier: verifier });
  return { url, redeem };
}

const userInfo = (token: string): Promise<Response> =>
  fetch(`${hub.url}/oidc/userinfo`, { headers: { authorization: `Bearer ${token}` } });

/** The OAuth error code with which a grant was refused. */
async function errorCode(grant: Promise<unknown>): Promise<string> {
  const error = await grant.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof oidc.ResponseBodyError || error instanceof oidc.AuthorizationResponseError) return error.error;
  throw error ?? new Error('it was granted');
}

describe('signing in with a browser', () => {
  it('gives tokens to the user with the right password, with name and organizations', async () => {
    const { url, redeem } = await begin();
    const browser = new TestBrowser(isCallback);
    expect((await browser.open(url)).text).toContain('Sign in');

    const tokens = await redeem(await hub.finishSignIn(url, 'mia', browser));

    expect(tokens.refresh_token).toBeDefined();
    expect(await (await userInfo(tokens.access_token)).json()).toMatchObject({
      name: 'Mia',
      preferred_username: 'mia',
      organizations: ['acme'],
    });
  });

  it('ignores case and surrounding white space in the user name', async () => {
    const { url, redeem } = await begin();
    const browser = new TestBrowser(isCallback);
    await browser.open(url);
    const page = await browser.submit({ username: ' Mia ', password: await hub.password('mia') }, SIGN_IN);
    expect((await redeem(page)).access_token).toBeDefined();
  });

  it.each(['127.0.0.1:9', '127.0.0.1:50123', '[::1]:50123'])(
    'redirects the browser to %s: any loopback port',
    async (host) => {
      const { url } = await begin({ redirect_uri: `http://${host}/callback` });
      const browser = new TestBrowser((to) => to.host === host);
      expect((await hub.finishSignIn(url, 'mia', browser)).url.searchParams.get('code')).not.toBeNull();
    },
  );

  it('never redirects the browser to another machine, and shows an error page instead', async () => {
    const { url } = await begin({ redirect_uri: 'http://192.0.2.1/callback' });
    const page = await new TestBrowser().open(url);
    expect(page.status).toBe(400);
    expect(page.text).toContain('Sign-in did not work');
  });

  it('reports a wrong password, keeps the user name, and then accepts the right password', async () => {
    const { url, redeem } = await begin();
    const browser = new TestBrowser(isCallback);
    await browser.open(url);
    for (const [username, password] of [
      ['mia', 'not this'],
      ['nobody', 'x'],
      ['mia', ''],
      ['mia', 'x'.repeat(2000)],
    ] as const) {
      const page = await browser.submit({ username, password }, SIGN_IN);
      expect(page.status).toBe(422);
      expect(page.text).toContain('Incorrect user name or password.');
      expect(page.text).toContain(`value="${username}"`);
    }
    expect(
      (await redeem(await browser.submit({ username: 'mia', password: await hub.password('mia') }, SIGN_IN)))
        .access_token,
    ).toBeDefined();
  });

  it('escapes the user name', async () => {
    const { url } = await begin();
    const browser = new TestBrowser(isCallback);
    await browser.open(url);
    const page = await browser.submit({ username: '"><script>alert(1)</script>', password: 'x' }, SIGN_IN);
    expect(page.text).not.toContain('<script');
  });

  it('slows down guessing: after some failures a user name has to wait, even with the right password', async () => {
    const { url } = await begin();
    const browser = new TestBrowser(isCallback);
    await browser.open(url);
    const guesses = Array.from({ length: 20 }, (_, guess) =>
      browser.submit({ username: 'olivia', password: `guess ${guess}` }, SIGN_IN),
    );
    const refused = guesses.map(async (guess) => {
      if ((await guess).status !== 429) throw new Error('this password was verified');
    });
    await Promise.any(refused);
    const page = await browser.submit({ username: 'olivia', password: await hub.password('olivia') }, SIGN_IN);
    await Promise.all(guesses);
    expect(page.status).toBe(429);
    expect(page.text).toMatch(/Too many attempts for this user name\. Try again in \d+ seconds?\./);
    expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('can be cancelled, and the program gets access_denied', async () => {
    const { url, redeem } = await begin();
    const browser = new TestBrowser(isCallback);
    await browser.open(url);
    expect(await errorCode(redeem(await browser.submit({}, CANCEL)))).toBe('access_denied');
  });

  it('requires PKCE', async () => {
    const url = oidc.buildAuthorizationUrl(client, { redirect_uri: CALLBACK, scope: 'openid' });
    const page = await new TestBrowser(isCallback).open(url);
    expect(page.url.searchParams.get('error')).toBe('invalid_request');
  });

  it('redeems a code only once, and only with the right verifier', async () => {
    const stolen = await begin();
    const page = await hub.finishSignIn(stolen.url, 'mia', new TestBrowser(isCallback));
    expect(await errorCode((await begin()).redeem(page))).toBe('invalid_grant');

    const { url, redeem } = await begin();
    const again = await hub.finishSignIn(url, 'mia', new TestBrowser(isCallback));
    await redeem(again);
    expect(await errorCode(redeem(again))).toBe('invalid_grant');
  });

  it('asks a browser that is already signed in whether to continue as that user', async () => {
    const browser = new TestBrowser(isCallback);
    await hub.finishSignIn((await begin()).url, 'mia', browser);

    const { url, redeem } = await begin();
    expect((await browser.open(url)).text).toContain('Continue as Mia?');
    const tokens = await redeem(await browser.submit({}, { name: 'action', value: 'continue' }));
    expect(await (await userInfo(tokens.access_token)).json()).toMatchObject({ name: 'Mia' });
  });

  it('lets a signed-in browser use another account', async () => {
    const other = await startHub();
    try {
      client = await discover(other.url);
      const browser = new TestBrowser(isCallback);
      await other.finishSignIn((await begin()).url, 'mia', browser);
      const { url, redeem } = await begin();
      await browser.open(url);
      await browser.submit({}, { name: 'action', value: 'switch' });
      let page = await browser.submit({ username: 'olivia', password: await other.password('olivia') }, SIGN_IN);
      // The provider ends mia's session with a page that submits itself by a script, which is allowed by its hash.
      expect(page.headers.get('content-security-policy')).toMatch(/script-src 'sha256-[^']+'(;|$)/);
      page = await browser.submit({});
      const tokens = await redeem(page);
      const info = await fetch(`${other.url}/oidc/userinfo`, {
        headers: { authorization: `Bearer ${tokens.access_token}` },
      });
      expect(await info.json()).toMatchObject({ name: 'Olivia' });
    } finally {
      client = await discover(hub.url);
      await other.stop();
    }
  });

  it('shows an expired sign-in to a browser without its cookie', async () => {
    const browser = new TestBrowser(isCallback);
    const { url: page } = await browser.open((await begin()).url);
    for (const response of [
      await fetch(page),
      await fetch(page, { method: 'POST', body: new URLSearchParams({ action: 'cancel' }) }),
    ]) {
      expect(response.status).toBe(400);
      expect(await response.text()).toContain('This sign-in has expired');
    }
  });

  it('shows pages without scripts, whose forms go only to this server and to the program that asked', async () => {
    const { headers, text } = await new TestBrowser(isCallback).open((await begin()).url);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('script-src');
    expect(policy).toContain("form-action 'self' http://127.0.0.1:9;");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(text).not.toMatch(/<script|\son\w+=|https?:\/\//);
    expect(text).toContain('autocomplete="current-password"');
  });
});

describe('signing in with a device code', () => {
  const redeemDevice = (code: string) => oidc.genericGrantRequest(client, DEVICE_GRANT, { device_code: code });

  it('asks for the code, keeps a wrong one, then asks whether it is the user’s device, then for the password', async () => {
    const device = await oidc.initiateDeviceAuthorization(client, { scope: 'openid offline_access' });
    expect(await errorCode(redeemDevice(device.device_code))).toBe('authorization_pending');

    const browser = new TestBrowser();
    await browser.open(device.verification_uri);
    const unknown = await browser.submit({ user_code: 'XXXX-XXXX' });
    expect(unknown.text).toContain('This code is not valid.');
    expect(unknown.text).toContain('value="XXXX-XXXX"');
    const confirm = await browser.submit({ user_code: device.user_code });
    expect(confirm.text).toContain(device.user_code);
    expect(confirm.text).toContain('Is this your device?');
    await browser.submit({}, { name: 'confirm', value: 'yes' });
    const done = await browser.submit({ username: 'mia', password: await hub.password('mia') }, SIGN_IN);
    expect(done.text).toContain('Signed in');

    const tokens = await redeemDevice(device.device_code);
    expect(tokens.refresh_token).toBeDefined();
    expect(await (await userInfo(tokens.access_token)).json()).toMatchObject({ organizations: ['acme'] });
  });

  it('shows a code that came in the address, without a script', async () => {
    const device = await oidc.initiateDeviceAuthorization(client, { scope: 'openid' });
    const browser = new TestBrowser();
    const page = await browser.open(device.verification_uri_complete ?? '');
    expect(page.text).toContain(`value="${device.user_code}"`);
    expect(page.text).not.toContain('<script');
    expect((await browser.submit({})).text).toContain('Is this your device?');
  });

  it.each<[string, (browser: TestBrowser) => Promise<Page>]>([
    ['at the question', (browser) => browser.submit({}, { name: 'abort', value: 'yes' })],
    [
      'at the password',
      async (browser) => {
        await browser.submit({}, { name: 'confirm', value: 'yes' });
        return browser.submit({}, CANCEL);
      },
    ],
  ])('can be cancelled %s, and the program gets access_denied', async (_where, refuse) => {
    const device = await oidc.initiateDeviceAuthorization(client, { scope: 'openid' });
    const browser = new TestBrowser();
    await browser.open(device.verification_uri);
    await browser.submit({ user_code: device.user_code });
    expect((await refuse(browser)).text).toContain('The other device was not signed in.');
    expect(await errorCode(redeemDevice(device.device_code))).toBe('access_denied');
  });
});

describe('tokens', () => {
  it('are renewed by a refresh token that works once; using it again later ends the sign-in', async () => {
    const first = await hub.signInTokens('mia');
    const second = await oidc.refreshTokenGrant(client, first.refresh_token ?? '');
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect((await userInfo(second.access_token)).status).toBe(200);

    expect(await errorCode(oidc.refreshTokenGrant(client, first.refresh_token ?? ''))).toBe('invalid_grant');
    expect(await errorCode(oidc.refreshTokenGrant(client, second.refresh_token ?? ''))).toBe('invalid_grant');
    expect((await userInfo(second.access_token)).status).toBe(401);
  });

  it('are renewed again with the same refresh token until something shows that the answer arrived', async () => {
    const renew = ({ refresh_token = '' }: oidc.TokenEndpointResponse) => oidc.refreshTokenGrant(client, refresh_token);
    const first = await hub.signInTokens('mia');
    const lost = await renew(first);
    const second = await renew(first);
    expect((await userInfo(second.access_token)).status).toBe(200);
    const third = await renew(second);
    const fourth = await renew(third);
    // The third renewal has been used, so the refresh token before it is an old one.
    expect(await errorCode(renew(second))).toBe('invalid_grant');
    expect(await errorCode(renew(fourth))).toBe('invalid_grant');
    expect(await errorCode(renew(lost))).toBe('invalid_grant');
  });

  it('form one chain: using the refresh token of a replaced renewal ends the sign-in', async () => {
    const { refresh_token = '' } = await hub.signInTokens('mia');
    const lost = await oidc.refreshTokenGrant(client, refresh_token);
    const second = await oidc.refreshTokenGrant(client, refresh_token);
    expect(await errorCode(oidc.refreshTokenGrant(client, lost.refresh_token ?? ''))).toBe('invalid_grant');
    expect(await errorCode(oidc.refreshTokenGrant(client, second.refresh_token ?? ''))).toBe('invalid_grant');
  });

  it('form one chain even after two simultaneous uses of a refresh token', async () => {
    const { refresh_token = '' } = await hub.signInTokens('mia');
    const uses = await Promise.allSettled([1, 2].map(() => oidc.refreshTokenGrant(client, refresh_token)));
    const tokens = uses.flatMap((use) => (use.status === 'fulfilled' ? [use.value.refresh_token ?? ''] : []));
    const further = await Promise.allSettled(tokens.map((token) => oidc.refreshTokenGrant(client, token)));
    expect(further.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(1);
  });

  it('are revoked by signing out, access token included, without ending other sign-ins', async () => {
    const [here, elsewhere] = [await hub.signInTokens('mia'), await hub.signInTokens('mia')];
    await oidc.tokenRevocation(client, here.refresh_token ?? '');
    const me = (token: string): Promise<Response> =>
      fetch(`${hub.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } });
    expect((await me(here.access_token)).status).toBe(401);
    expect(await errorCode(oidc.refreshTokenGrant(client, here.refresh_token ?? ''))).toBe('invalid_grant');
    expect((await me(elsewhere.access_token)).status).toBe(200);
  });

  it('stay valid when the browser is signed out', async () => {
    const browser = new TestBrowser(isCallback);
    const { url, redeem } = await begin();
    const tokens = await redeem(await hub.finishSignIn(url, 'mia', browser));
    await browser.open(`${hub.url}/oidc/sign-out`);
    expect((await browser.submit({}, { name: 'logout', value: 'yes' })).text).toContain('Signed out');

    expect((await browser.open((await begin()).url)).text).not.toContain('Continue as');
    expect((await userInfo(tokens.access_token)).status).toBe(200);
  });
});

it('logs no password, code or token', async () => {
  const tokens = await hub.signInTokens('mia');
  await fetch(`${hub.url}/v1/me`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
  const log = hub.log();
  expect(log).toContain('user signed in');
  for (const secret of [
    tokens.access_token,
    tokens.refresh_token ?? '-',
    tokens.id_token ?? '-',
    await hub.password('mia'),
  ]) {
    expect(log).not.toContain(secret);
  }
});
