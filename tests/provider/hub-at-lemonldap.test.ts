import * as oidc from 'openid-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DASHBOARD_CLIENT_ID, DASHBOARD_PATH } from '../../shared/schemas/hub-schema.ts';
import { isCallback } from '../support/hub-client.ts';
import { type HubAtProvider, placeForHub, startHubAtProvider } from '../support/providers/hub-at-provider.ts';
import { type LemonLdap, signInAtLemonLdap, startLemonLdap } from '../support/providers/lemonldap.ts';
import { TestBrowser } from '../support/test-browser.ts';
import { type TestSession, testSession } from '../support/test-session.ts';

/** A hub whose people come from a provider that this project did not write; agent and dashboard sign in through it. */
const PEOPLE = {
  dwho: { name: 'Doctor Who', mail: 'dwho@acme.example', groups: ['acme-owners', 'acme-platform'] },
  rtyler: { name: 'Rose Tyler', mail: 'rtyler@acme.example', groups: ['acme-staff'] },
  msmith: { name: 'Mickey Smith', mail: 'msmith@acme.example', groups: ['others'] },
};

let provider: LemonLdap;
let hub: HubAtProvider;
beforeAll(async () => {
  const place = await placeForHub();
  provider = await startLemonLdap({
    clients: [{ clientId: 'portcullis-hub', secret: place.secret, redirectUris: [place.redirectUri] }],
    people: PEOPLE,
  });
  hub = await startHubAtProvider({
    place,
    identity: {
      issuer: provider.issuer,
      clientId: 'portcullis-hub',
      rolesClaim: '/groups',
      roles: [
        { value: 'acme-owners', organization: 'acme', role: 'owner' },
        { value: 'acme-staff', organization: 'acme', role: 'member' },
      ],
      teams: [{ value: 'acme-platform', organization: 'acme', team: 'platform' }],
    },
    seed: { organizations: [{ name: 'acme' }] },
    atProvider: signInAtLemonLdap,
  });
});
afterAll(async () => {
  await hub?.stop();
  await provider?.stop();
});

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
  await provider.setPeople(PEOPLE);
});

async function agent(): Promise<TestSession> {
  const one = await testSession({ hub: hub.url, allowedOrgs: ['acme'] });
  closing.push(one.close);
  return one;
}

/** Through the provider and back; whoever was signed in there already confirms it at the hub. */
async function finish(url: string, user: string, browser = new TestBrowser()) {
  await signInAtLemonLdap(url, user, browser);
  if (browser.page.text.includes('value="continue"')) await browser.submit({}, { name: 'action', value: 'continue' });
  return browser.page;
}

async function roles(token: string): Promise<unknown> {
  const { body } = await hub.get(token, '/v1/me');
  return (body as { organizations?: unknown }).organizations;
}

describe('the agent', () => {
  it('is signed in by way of hub and provider, and its organization comes from the groups there', async () => {
    const one = await agent();
    const { authorizationUrl } = await one.session.signIn();
    const page = await finish(authorizationUrl, 'rtyler');
    expect(page.text).toContain('Rose Tyler is signed in to acme.');
    expect(one.session.state()).toMatchObject({ kind: 'signed-in', org: 'acme' });
  });

  it('is not, for a person without a role', async () => {
    const one = await agent();
    const { authorizationUrl } = await one.session.signIn();
    const page = await finish(authorizationUrl, 'msmith');
    expect(page.text).toContain('has no access here');
    expect(one.session.state()?.kind).toBe('signing-in');
  });

  it('may read what members may, and nothing that takes another role', async () => {
    const token = await hub.signIn('rtyler');
    expect((await hub.get(token, '/v1/orgs/acme/membership')).status).toBe(200);
    expect((await hub.get(token, '/v1/orgs/acme/people')).status).toBe(403);
  });
});

it('lets the dashboard in, which shows where people come from', async () => {
  const client = await oidc.discovery(new URL(hub.url), DASHBOARD_CLIENT_ID, undefined, oidc.None(), {
    execute: [oidc.allowInsecureRequests],
  });
  const verifier = oidc.randomPKCECodeVerifier();
  const dashboard = `${hub.url}${DASHBOARD_PATH}`;
  const url = oidc.buildAuthorizationUrl(client, {
    redirect_uri: dashboard,
    scope: 'openid profile',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: 's',
  });
  const browser = new TestBrowser((to) => to.href.startsWith(dashboard));
  const { url: reply } = await finish(url.href, 'dwho', browser);
  const checks = { pkceCodeVerifier: verifier, expectedState: 's' };
  const { access_token: token } = await oidc.authorizationCodeGrant(client, reply, checks);
  expect((await hub.get(token, '/v1/orgs/acme/people')).body).toMatchObject({
    provider: { host: new URL(provider.issuer).host, ownAccounts: false },
    items: expect.arrayContaining([
      expect.objectContaining({ username: 'dwho', role: 'owner', teams: ['platform'], fromProvider: true }),
    ]),
  });
});

// Before the hub's clock is moved.
it('asks again who signs in where a fresh sign-in is needed, and knows when that was', async () => {
  const browser = new TestBrowser(isCallback);
  const { url, redeem } = await hub.authorize({ prompt: 'login consent' });
  const page = await finish(url.href, 'dwho', browser);
  const { access_token: token } = await redeem(page);
  // Takes a password that was entered in the last quarter of an hour.
  const answer = await fetch(`${hub.url}/v1/orgs/acme/policy-keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  expect(answer.status).toBe(201);
});

describe('a change at the provider', () => {
  it('of a role counts within a quarter of an hour', async () => {
    const token = await hub.signIn('rtyler');
    expect(await roles(token)).toMatchObject([{ name: 'acme', access: 'member' }]);
    await provider.setPeople({ ...PEOPLE, rtyler: { ...PEOPLE.rtyler, groups: ['acme-owners'] } });
    await hub.minutes(15);
    expect(await roles(token)).toMatchObject([{ name: 'acme', access: 'owner' }]);
  });

  it('that takes all groups ends the sign-in', async () => {
    const one = await agent();
    const { authorizationUrl } = await one.session.signIn();
    await finish(authorizationUrl, 'rtyler');
    const token = await one.session.accessToken();
    await provider.setPeople({ ...PEOPLE, rtyler: { ...PEOPLE.rtyler, groups: [] } });
    await hub.minutes(15);
    expect((await hub.get(token, '/v1/me')).status).toBe(401);
    await one.session.reconsider();
    expect(one.session.state()).toMatchObject({ kind: 'signed-out', problem: { code: 'session-ended' } });
  });

  it('that removes the person ends the sign-in', async () => {
    const token = await hub.signIn('rtyler');
    const { dwho, msmith } = PEOPLE;
    await provider.setPeople({ dwho, msmith });
    await hub.minutes(15);
    expect((await hub.get(token, '/v1/me')).status).toBe(401);
  });
});
