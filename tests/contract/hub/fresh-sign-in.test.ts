import * as oidc from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ActivityPage, RegistryAccessSettingsAnswer } from '../../../shared/schemas/hub-schema.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { CALLBACK, discover, isCallback } from '../../support/hub-client.ts';
import { forgetPasswords, type PeopleClient, peopleClient } from '../../support/hub-people.ts';
import { TestBrowser } from '../../support/test-browser.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const FRESH = '403 fresh-sign-in-required';

async function put(client: PeopleClient, token: string, change: object): Promise<string> {
  const {
    revision,
    notices: _,
    ...settings
  } = await client.get(RegistryAccessSettingsAnswer, 'GET', 'registry-access/settings');
  const response = await fetch(`${hub.url}/v1/orgs/acme/registry-access/settings`, {
    method: 'PUT',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'if-match': `"${revision}"`,
    },
    body: JSON.stringify({ ...settings, ...change }),
  });
  const { code } = (await response.json()) as { code?: string };
  return response.ok ? '200' : `${response.status} ${code}`;
}

describe('a password that was entered an hour ago', () => {
  it('is not enough for keys, for owners and for blocking less; for everything else it is', async () => {
    const tokens = await hub.signInTokens('olivia');
    await forgetPasswords(hub);
    let token = tokens.access_token;
    let olivia = peopleClient(hub, 'acme', token);
    const { sub } = await olivia.person('olivia');

    expect(await olivia.outcome('POST', 'policy-keys')).toBe(FRESH);
    expect(await olivia.outcome('PUT', 'policy-keys/signing', { kid: 'x' })).toBe(FRESH);
    expect(await olivia.outcome('POST', 'people', { username: 'otto', role: 'owner' })).toBe(FRESH);
    expect(await olivia.outcome('PATCH', `people/${sub}`, { name: 'Olivia O' })).toBe(FRESH);
    const { person } = await olivia.invite('ann', 'auditor');
    expect(await olivia.outcome('PATCH', `people/${person.sub}`, { role: 'owner' })).toBe(FRESH);
    expect(await put(olivia, token, { enabled: false })).toBe(FRESH);
    expect(await put(olivia, token, { mode: 'audit' })).toBe(FRESH);
    expect(await put(olivia, token, { contact: '#registries' })).toBe('200');
    expect(await olivia.outcome('DELETE', `people/${person.sub}`)).toBe('200');

    // A refresh is no password either.
    const renewed = await oidc.refreshTokenGrant(await discover(hub.url), tokens.refresh_token ?? '');
    token = renewed.access_token;
    olivia = peopleClient(hub, 'acme', token);
    expect(await olivia.outcome('POST', 'policy-keys')).toBe(FRESH);

    token = await hub.signIn('olivia');
    olivia = peopleClient(hub, 'acme', token);
    expect(await olivia.outcome('POST', 'policy-keys')).toBe('201');
    expect(await put(olivia, token, { enabled: false })).toBe('200');
    await forgetPasswords(hub);
    // Nothing was blocked, and blocking more needs nothing.
    expect(await put(olivia, token, { mode: 'audit' })).toBe('200');
    expect(await put(olivia, token, { enabled: true })).toBe('200');
    expect(await put(olivia, token, { mode: 'enforce' })).toBe('200');
    // Nor does an earlier revision bring it back.
    const revisions = await olivia.call('GET', 'registry-access/revisions');
    const { items } = (await revisions.json()) as { items: { revision: number; enabled: boolean }[] };
    const off = items.find(({ enabled }) => !enabled)?.revision;
    const restored = await fetch(`${hub.url}/v1/orgs/acme/registry-access/revisions/${off}/restore`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'if-match': `"${items[0]?.revision}"` },
    });
    expect(restored.status).toBe(403);
  });

  it('is asked for by the answer, in the words of RFC 9470', async () => {
    const token = await hub.signIn('olivia');
    await forgetPasswords(hub);
    const answer = await peopleClient(hub, 'acme', token).call('POST', 'policy-keys');
    expect(answer.headers.get('www-authenticate')).toBe(
      'Bearer realm="portcullis", error="insufficient_user_authentication", max_age="900"',
    );
  });
});

describe('a sign-in with max_age', () => {
  it('asks for the password in a browser that is signed in already, and not for less', async () => {
    const provider = await discover(hub.url);
    const browser = new TestBrowser(isCallback);
    const verifier = oidc.randomPKCECodeVerifier();
    const address = async (more: Record<string, string>): Promise<URL> =>
      oidc.buildAuthorizationUrl(provider, {
        redirect_uri: CALLBACK,
        scope: 'openid',
        prompt: 'consent',
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...more,
      });
    await hub.finishSignIn(await address({}), 'olivia', browser);
    expect((await browser.open(await address({}))).text).toContain('Continue as Olivia');
    expect((await browser.open(await address({ prompt: 'login consent', max_age: '0' }))).text).toContain(
      'name="password"',
    );
    // "Continue" is not offered, and is not taken.
    const page = await browser.submit({}, { name: 'action', value: 'continue' });
    expect(page.text).toContain('name="password"');

    await browser.open(await address({}));
    await browser.submit({}, { name: 'action', value: 'continue' });
    const continued = await oidc.authorizationCodeGrant(provider, browser.page.url, { pkceCodeVerifier: verifier });
    await forgetPasswords(hub);
    const olivia = peopleClient(hub, 'acme', continued.access_token);
    expect(await olivia.outcome('POST', 'policy-keys')).toBe(FRESH);
  });
});

describe('a sign-in', () => {
  it('of who may do more than a member is in the activity; of a member it is not', async () => {
    const olivia = peopleClient(hub, 'acme', await hub.signIn('olivia'));
    await hub.signIn('mia');
    const { items } = await olivia.get(ActivityPage, 'GET', 'activity');
    const signIns = items.filter(({ action }) => action === 'signed-in');
    expect(signIns[0]).toMatchObject({ actor: 'olivia', changes: ['signed in with Portcullis'] });
    expect(signIns.map(({ actor }) => actor)).not.toContain('mia');
  });
});

describe('a person who changes too much at once', () => {
  it('has to wait, and is told how long', async () => {
    const olivia = peopleClient(hub, 'acme', await hub.signIn('olivia'));
    let limited: Response | undefined;
    for (let attempt = 0; attempt < 2000 && limited === undefined; attempt += 1) {
      const answer = await olivia.call('DELETE', 'people/none');
      if (answer.status === 429) limited = answer;
    }
    expect(Number(limited?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await limited?.json()).toMatchObject({ code: 'too-many-changes' });
    expect(await olivia.outcome('GET', 'people')).toBe('200');
  });
});
