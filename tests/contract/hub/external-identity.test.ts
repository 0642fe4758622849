import { afterEach, describe, expect, it } from 'vitest';
import { CALLBACK, discover, isCallback } from '../../support/hub-client.ts';
import { type HubAtProvider, placeForHub, startHubAtProvider } from '../../support/providers/hub-at-provider.ts';
import { type ShapedProvider, startShapedProvider } from '../../support/providers/shaped-provider.ts';
import { TestBrowser } from '../../support/test-browser.ts';

/** Sign-in at a hub that leaves it to a provider: only what the mapping names, renewed, and taken away again. */
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const MINUTE = 60_000;

const MAPPING = {
  rolesClaim: '/groups',
  roles: [
    { value: 'acme-owners', organization: 'acme', role: 'owner' },
    { value: 'acme-staff', organization: 'acme', role: 'member' },
    { value: 'ghosts', organization: 'ghost', role: 'owner' },
  ],
  teams: [{ value: 'acme-platform', organization: 'acme', team: 'platform' }],
} as const;

interface World {
  hub: HubAtProvider;
  provider: ShapedProvider;
}

async function open(identity: { ownAccounts?: boolean } = {}): Promise<World> {
  const place = await placeForHub();
  const provider = await startShapedProvider('okta', {
    issuer: 'loopback',
    client: { id: 'portcullis-hub', secret: place.secret, redirectUris: [place.redirectUri] },
    people: {
      olga: { name: 'Olga', organizations: ['acme-owners', 'acme-staff'] },
      mia: { name: 'Mia', organizations: ['acme-staff', 'acme-platform', 'Everyone else'] },
      gus: { name: 'Gus', organizations: ['ghosts', 'globex'] },
      olivia: { name: 'Not that Olivia', organizations: ['acme-staff'] },
    },
  });
  closing.push(() => provider.stop());
  const hub = await startHubAtProvider({
    place,
    identity: {
      ...{ ...MAPPING, roles: [...MAPPING.roles], teams: [...MAPPING.teams] },
      ...{ issuer: provider.issuer, clientId: provider.clientId, ...identity },
    },
    seed: {
      organizations: [{ name: 'acme' }, { name: 'globex' }],
      users: [
        {
          username: 'olivia@initech.example',
          email: 'olivia@initech.example',
          organizations: [{ name: 'acme', role: 'owner' }],
        },
      ],
    },
    atProvider: provider.finishSignIn,
  });
  closing.push(hub.stop);
  return { hub, provider };
}

const PEOPLE = '/v1/orgs/acme/people';

async function person(hub: HubAtProvider, token: string, username: string) {
  const { body } = await hub.get(token, PEOPLE);
  return (body as { items: { username: string }[] }).items.find((one) => one.username.startsWith(username));
}

describe('who signs in at the provider', () => {
  it('has the role and the teams that the mapping names, and is led there without a page of the hub', async () => {
    const { hub, provider } = await open();
    const browser = new TestBrowser(isCallback);
    const { url } = await hub.authorize();
    await browser.open(url);
    expect(browser.page.url.href.startsWith(provider.issuer)).toBe(true);
    const owner = await hub.signIn('olga');
    await hub.signIn('mia');
    expect(await person(hub, owner, 'mia')).toMatchObject({
      name: 'Mia',
      role: 'member',
      teams: ['platform'],
      state: 'active',
      fromProvider: true,
    });
    expect(await person(hub, owner, 'olga')).toMatchObject({ role: 'owner', teams: [] });
    const { body } = await hub.get(owner, '/v1/orgs/acme/activity');
    expect(JSON.stringify(body)).toContain('added mia@initech.example as member, in platform');
  });

  it('is nobody where the mapping gives nothing, or only an organization that the hub does not have', async () => {
    const { hub, provider } = await open();
    const { url } = await hub.authorize();
    const page = await provider.finishSignIn(url.href, 'gus', new TestBrowser(isCallback));
    expect(page.text).toContain('has no access here');
    const owner = await hub.signIn('olga');
    expect(await person(hub, owner, 'gus')).toBeUndefined();
  });

  it('is not taken for an account of the hub that has the same name and address', async () => {
    const { hub } = await open();
    await hub.signIn('olivia');
    const owner = await hub.signIn('olga');
    const { body } = await hub.get(owner, PEOPLE);
    const { items } = body as { items: { username: string; role: string; fromProvider?: boolean }[] };
    const called = items.filter(({ username }) => username.startsWith('olivia'));
    expect(called).toHaveLength(2);
    expect(called.find(({ fromProvider }) => fromProvider === true)).toMatchObject({
      username: expect.stringMatching(/^olivia@initech\.example-[0-9a-f]{16}$/),
      role: 'member',
    });
    expect(called.find(({ fromProvider }) => fromProvider === undefined)).toMatchObject({
      username: 'olivia@initech.example',
      role: 'owner',
    });
  });

  it('cannot be changed here', async () => {
    const { hub } = await open();
    const owner = await hub.signIn('olga');
    await hub.signIn('mia');
    const { sub } = (await person(hub, owner, 'mia')) as unknown as { sub: string };
    const headers = { authorization: `Bearer ${owner}`, 'content-type': 'application/json' };
    const answers = [
      await fetch(`${hub.url}${PEOPLE}/${sub}`, { method: 'PATCH', headers, body: '{"role":"owner"}' }),
      await fetch(`${hub.url}${PEOPLE}/${sub}`, { method: 'DELETE', headers }),
      await fetch(`${hub.url}${PEOPLE}/${sub}/password-reset`, { method: 'POST', headers }),
      await fetch(`${hub.url}${PEOPLE}`, { method: 'POST', headers, body: '{"username":"eve","role":"member"}' }),
    ];
    for (const answer of answers) {
      expect(answer.status).toBe(409);
      expect(await answer.text()).toContain('people-from-provider');
    }
  });
});

describe('what the provider says later', () => {
  it('is what counts within a quarter of an hour', async () => {
    const { hub, provider } = await open();
    const owner = await hub.signIn('olga');
    await hub.signIn('mia');
    provider.people.mia = { name: 'Mia', organizations: ['acme-owners'] };
    await hub.minutes(15);
    expect(await person(hub, owner, 'mia')).toMatchObject({ role: 'owner', teams: [] });
    const { body } = await hub.get(owner, '/v1/orgs/acme/activity');
    expect(JSON.stringify(body)).toContain('changed the role of mia@initech.example from member to owner');
  });

  it('takes everything from whoever has lost their roles', async () => {
    const { hub, provider } = await open();
    const owner = await hub.signIn('olga');
    const token = await hub.signIn('mia');
    expect((await hub.get(token, '/v1/me')).status).toBe(200);
    provider.people.mia = { name: 'Mia', organizations: ['Everyone else'] };
    await hub.minutes(15);
    expect((await hub.get(token, '/v1/me')).status).toBe(401);
    expect(await person(hub, owner, 'mia')).toBeUndefined();
  });

  it('is nothing where it has forgotten the sign-in: the person signs in again', async () => {
    const { hub, provider } = await open();
    const token = await hub.signIn('mia');
    provider.forgetTokens();
    await hub.minutes(15);
    expect((await hub.get(token, '/v1/me')).status).toBe(401);
    const again = await hub.signIn('mia');
    expect((await hub.get(again, '/v1/me')).status).toBe(200);
  });

  it('is what it was while the provider is away, for twelve hours at most', async () => {
    const { hub, provider } = await open();
    const token = await hub.signIn('mia');
    await provider.stop();
    closing.splice(0, 1);
    await hub.minutes(15);
    expect(hub.log()).toContain('the provider could not be asked about a person');
    expect((await hub.get(token, '/v1/me')).status).toBe(200);
    hub.clock.advance(12 * 60 * MINUTE);
    await hub.minutes(2);
    expect((await hub.get(token, '/v1/me')).status).toBe(401);
  });
});

describe("the hub's own accounts", () => {
  it('cannot sign in, even with the right password', async () => {
    const { hub } = await open();
    const browser = new TestBrowser(isCallback);
    const { url } = await hub.authorize();
    const interaction = await fetch(url, { redirect: 'manual' });
    const cookie = interaction.headers
      .getSetCookie()
      .map((one) => one.split(';', 1)[0])
      .join('; ');
    const place = new URL(interaction.headers.get('location') ?? '', hub.url);
    const answer = await fetch(place, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ action: 'sign-in', username: 'olivia@initech.example', password: 'any' }),
    });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).not.toContain(hub.url);
    expect(() => browser.page).toThrow();
  });

  it('can where the operator allows it, beside a way to the provider', async () => {
    const { hub } = await open({ ownAccounts: true });
    const browser = new TestBrowser(isCallback);
    const { url } = await hub.authorize();
    await browser.open(url);
    expect(browser.page.text).toContain('name="password"');
    expect(browser.page.text).toContain('Sign in with your organization’s account');
  });
});

describe('an answer of the provider', () => {
  /** Everything up to the redirect back to the hub, which is not followed. */
  async function untilReply({ hub, provider }: World) {
    const isReply = (url: URL): boolean => url.origin === hub.url && url.pathname === '/sign-in/callback';
    const browser = new TestBrowser(isReply);
    const { url } = await hub.authorize();
    const page = await provider.finishSignIn(url.href, 'mia', browser);
    return { browser, reply: page.url };
  }

  it('is worth nothing in another browser', async () => {
    const world = await open();
    const { reply } = await untilReply(world);
    const other = new TestBrowser(isCallback);
    await other.open(reply);
    expect(other.page).toMatchObject({ status: 400 });
    expect(other.page.url.href).not.toContain(CALLBACK);
  });

  it('names an interaction of this hub or leads nowhere', async () => {
    const { hub } = await open();
    for (const state of [
      '',
      '//evil.example',
      '../x.y',
      'x/../../y.z',
      'https://evil.example/a.b',
      'a.b\r\nset-cookie: c',
    ]) {
      const answer = await fetch(`${hub.url}/sign-in/callback?code=x&state=${encodeURIComponent(state)}`, {
        redirect: 'manual',
      });
      expect(answer.status).toBe(400);
      expect(answer.headers.get('location')).toBeNull();
    }
  });
});

it('signs in by device code', async () => {
  const { hub, provider } = await open();
  const client = await discover(hub.url);
  const oidc = await import('openid-client');
  const device = await oidc.initiateDeviceAuthorization(client, { scope: 'openid profile offline_access' });
  const browser = new TestBrowser();
  await browser.open(device.verification_uri_complete ?? '');
  await browser.submit({});
  await browser.submit({ confirm: 'yes' });
  await provider.finishSignIn(browser.page.url.href, 'mia', browser);
  if (browser.page.text.includes('value="continue"')) await browser.submit({}, { name: 'action', value: 'continue' });
  const tokens = await oidc.pollDeviceAuthorizationGrant(client, device);
  expect((await hub.get(tokens.access_token, '/v1/me')).status).toBe(200);
});
