import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import * as oidc from 'openid-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TeamList } from '../../../shared/schemas/hub/people.ts';
import { CreatedToken } from '../../../shared/schemas/hub/tokens.ts';
import { RegistryAccessSettingsAnswer } from '../../../shared/schemas/hub-schema.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { CALLBACK, discover, isCallback } from '../../support/hub-client.ts';
import { GOOD_PASSWORD, type PeopleClient, peopleClient, setPassword } from '../../support/hub-people.ts';
import { slowCall } from '../../support/slow-call.ts';
import { TestBrowser } from '../../support/test-browser.ts';

let hub: TestHub;
let olivia: PeopleClient;
let gus: PeopleClient;
beforeAll(async () => {
  hub = await startHub({
    organizations: [{ name: 'acme' }, { name: 'globex' }, { name: 'initech' }],
    users: [
      {
        username: 'olivia',
        organizations: [
          { name: 'acme', role: 'owner' },
          { name: 'initech', role: 'owner' },
        ],
      },
      { username: 'mia', organizations: [{ name: 'acme', role: 'registry-manager' }] },
      { username: 'gus', organizations: [{ name: 'globex', role: 'owner' }] },
    ],
  });
});
afterAll(() => hub.stop());
beforeEach(async () => {
  // Restarts between tests forget throttles; sign-ins stay.
  olivia = peopleClient(hub, 'acme', await hub.signIn('olivia'));
  gus = peopleClient(hub, 'globex', await hub.signIn('gus'));
});

let made = 0;
async function link(): Promise<{ url: string; username: string; sub: string }> {
  made += 1;
  const username = `guest${made}`;
  const { person, invitation } = await olivia.invite(username);
  return { url: invitation?.url ?? '', username, sub: person.sub };
}

const form = (password = GOOD_PASSWORD): RequestInit => ({
  method: 'POST',
  body: new URLSearchParams({ password, repeated: password }),
});

/** While the hub is stopped. */
async function inDatabase(change: (database: DatabaseSync) => void): Promise<void> {
  await hub.halt();
  const database = new DatabaseSync(join(hub.dataDir, 'hub.sqlite'));
  change(database);
  database.close();
  await hub.start();
}

describe('an owner of another organization', () => {
  it('reaches nobody of this one, by any call', async () => {
    const { sub } = await olivia.person('mia');
    for (const [method, path, body] of [
      ['PATCH', `people/${sub}`, { role: 'owner' }],
      ['DELETE', `people/${sub}`, undefined],
      ['POST', `people/${sub}/password-reset`, undefined],
      ['POST', `people/${sub}/invitation`, undefined],
    ] as const) {
      expect(await gus.outcome(method, path, body)).toBe('404 person-unknown');
      const there = peopleClient(hub, 'acme', await hub.signIn('gus'));
      expect(await there.outcome(method, path, body)).toBe('403 not-a-member');
    }
  });

  it('cannot take over an account by adding its person: no reset, no link, no other name', async () => {
    const { url, username, sub } = await link();
    // Added while still invited: a new link would make the account theirs.
    await gus.invite(username, 'owner');
    const refused = '409 person-of-several-organizations';
    expect(await gus.outcome('POST', `people/${sub}/invitation`)).toBe(refused);
    expect(await gus.outcome('POST', `people/${sub}/password-reset`)).toBe(refused);
    expect(await gus.outcome('PATCH', `people/${sub}`, { name: 'Olivia' })).toBe(refused);
    expect(await gus.outcome('PATCH', `people/${sub}`, { email: 'gus@globex.example' })).toBe(refused);
    expect(await setPassword(url)).toMatchObject({ status: 200 });
    expect(await gus.outcome('POST', `people/${sub}/password-reset`)).toBe(refused);
    // Nor can the first organization's owner any more.
    expect(await olivia.outcome('POST', `people/${sub}/password-reset`)).toBe(refused);
    // Who owns all of them can.
    const { sub: shared } = await link();
    const initech = peopleClient(hub, 'initech', await hub.signIn('olivia'));
    await initech.invite(`guest${made}`);
    expect(await initech.outcome('POST', `people/${shared}/invitation`)).toBe('201');
  });
});

describe('a role', () => {
  it('cannot be raised by who has it', async () => {
    const mia = peopleClient(hub, 'acme', await hub.signIn('mia'));
    const { sub } = await olivia.person('mia');
    expect(await mia.outcome('PATCH', `people/${sub}`, { role: 'owner' })).toBe('403 not-an-owner');
    expect(await mia.outcome('POST', 'people', { username: 'mia2', role: 'owner' })).toBe('403 not-an-owner');
    for (const smuggled of [{ state: 'active' }, { sub: 'x' }, { isLastOwner: false }, { password: 'x' }]) {
      expect(await olivia.outcome('PATCH', `people/${sub}`, smuggled)).toBe('422 person-invalid');
    }
    expect(await olivia.person('mia')).toMatchObject({ role: 'registry-manager' });
  });
});

describe('a page of another site, in the browser of an owner', () => {
  it('has no say: the browser’s session is no authorisation, and no answer may be read across origins', async () => {
    const browser = new TestBrowser(isCallback);
    const provider = await discover(hub.url);
    const address = oidc.buildAuthorizationUrl(provider, {
      ...{ redirect_uri: CALLBACK, scope: 'openid', prompt: 'consent', code_challenge_method: 'S256' },
      code_challenge: await oidc.calculatePKCECodeChallenge(oidc.randomPKCECodeVerifier()),
    });
    await hub.finishSignIn(address, 'olivia', browser);
    expect((await browser.open(address)).text).toContain('Continue as olivia');
    for (const path of ['/v1/me', '/v1/orgs/acme/people', '/v1/orgs/acme/teams']) {
      expect((await browser.open(`${hub.url}${path}`)).status).toBe(401);
    }
    const preflight = await fetch(`${hub.url}/v1/orgs/acme/people`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(405);
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('a body that takes its time', () => {
  const SETTINGS = '{"enabled":true,"mode":"enforce","registries":[]}';

  it.each([
    ['POST', 'teams', '{"name":"late"}', {}],
    ['PATCH', 'teams/early', '{"name":"late"}', {}],
    ['PUT', 'policy-keys/signing', '{"kid":"late"}', {}],
    ['POST', 'people', '{"username":"late","role":"member"}', {}],
    ['POST', 'tokens', '{"name":"late","rights":"apply","days":1}', {}],
    ['PUT', 'registry-access/settings', SETTINGS, { 'if-match': '*' }],
  ])('does nothing for who was removed meanwhile: %s %s', async (method, path, body, headers) => {
    await olivia.call('POST', 'teams', { name: 'early' });
    made += 1;
    const username = `slow${made}`;
    const { person, invitation } = await olivia.invite(username, 'owner');
    await setPassword(invitation?.url ?? '');
    const token = await hub.signIn(username, GOOD_PASSWORD);
    const url = `${hub.url}/v1/orgs/acme/${path}`;
    const status = await slowCall({ method, url, body, headers, token }, async () => {
      expect(await olivia.outcome('DELETE', `people/${person.sub}`)).toBe('200');
    });
    expect(status).toBe(403);
    const { items } = await olivia.get(TeamList, 'GET', 'teams');
    expect(items.map(({ name }) => name)).not.toContain('late');
  });

  it('does nothing for a pipeline whose token was deleted meanwhile', async () => {
    const fresh = await olivia.get(CreatedToken, 'POST', 'tokens', { name: 'slow', rights: 'apply', days: 1 });
    const before = await olivia.get(RegistryAccessSettingsAnswer, 'GET', 'registry-access/settings');
    const url = `${hub.url}/v1/orgs/acme/registry-access/settings`;
    const call = { method: 'PUT', url, body: SETTINGS, headers: { 'if-match': '*' } };
    const status = await slowCall({ ...call, token: fresh.token }, async () => {
      expect(await olivia.outcome('DELETE', `tokens/${fresh.id}`)).toBe('204');
    });
    expect(status).toBe(401);
    expect(await olivia.get(RegistryAccessSettingsAnswer, 'GET', 'registry-access/settings')).toEqual(before);
  });
});

describe('a link to set a password', () => {
  it('works once, also when it is used twice at the same moment', async () => {
    const { url, username } = await link();
    const passwords = ['first good password', 'second good password'];
    const answers = await Promise.all(passwords.map((password) => fetch(url, form(password))));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
    expect((await fetch(url, form())).status).toBe(404);
    const winner = passwords[answers.findIndex(({ status }) => status === 200)];
    await hub.signIn(username, winner);
  });

  it('is not used up by a program that previews it', async () => {
    const { url } = await link();
    for (const method of ['GET', 'HEAD', 'GET']) expect((await fetch(url, { method })).status).toBe(200);
    expect((await fetch(url, { method: 'PUT' })).status).toBe(405);
    expect((await fetch(url, form())).status).toBe(200);
  });

  it('is void for who was removed meanwhile', async () => {
    const { url, sub } = await link();
    await olivia.call('DELETE', `people/${sub}`);
    expect((await fetch(url, form())).status).toBe(404);
  });

  it('is not taken from a page of another site', async () => {
    const { url } = await link();
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
    ]) {
      expect((await fetch(url, { ...form(), headers })).status).toBe(403);
    }
    expect((await fetch(url, { ...form(), headers: { 'content-type': 'application/json' } })).status).toBe(415);
    const own = { 'sec-fetch-site': 'same-origin', origin: 'null' };
    expect((await fetch(url, { ...form(), headers: own })).status).toBe(200);
  });

  it('leads to a page that no other can frame, that runs no script, sends no referrer, sets no cookie and leads nowhere else', async () => {
    const { url, username } = await link();
    const page = await fetch(`${url}?redirect=https://evil.example/&username=%3Cscript%3E`);
    const text = await page.text();
    const policy = page.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("form-action 'self'");
    expect(policy).not.toContain('script-src');
    expect(page.headers.get('x-frame-options')).toBe('DENY');
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.getSetCookie()).toEqual([]);
    expect(text).not.toMatch(/<script|evil\.example/);
    expect(text).toContain(username);
    const done = await fetch(`${url}?redirect=https://evil.example/`, { ...form(), redirect: 'manual' });
    expect(done.status).toBe(200);
    expect(done.headers.getSetCookie()).toEqual([]);
    expect(await done.text()).not.toContain('evil.example');
  });

  it.each([
    ['short', /at least 15 characters/],
    ['abababababababab', /easy to guess/],
    ['long'.repeat(257), /at most 1024/],
  ])('takes no password like %.20s', async (password, sentence) => {
    const { url } = await link();
    const answer = await fetch(url, form(password));
    expect(answer.status).toBe(422);
    expect(await answer.text()).toMatch(sentence);
    expect(await setPassword(url, GOOD_PASSWORD, `${GOOD_PASSWORD}!`)).toMatchObject({
      status: 422,
      text: expect.stringContaining('passwords differ'),
    });
  });

  it('is neither in the database nor in the log', async () => {
    const { url } = await link();
    await fetch(url);
    const secret = url.slice(-32);
    const { sub } = await olivia.person(`guest${made}`);
    const reset = (await olivia.resetLink(sub)).url.slice(-32);
    await hub.halt();
    const files = await Promise.all(
      ['hub.sqlite', 'hub.sqlite-wal'].map((name) => readFile(join(hub.dataDir, name), 'latin1').catch(() => '')),
    );
    await hub.start();
    for (const text of [...files, hub.log()]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain(reset);
    }
  });

  it('has expired after seven days', async () => {
    const { url, username } = await link();
    await inDatabase((database) => {
      database.exec('UPDATE password_links SET expires_at = expires_at - 7 * 24 * 3600 * 1000 - 1');
    });
    const page = await fetch(url, form());
    expect(page.status).toBe(404);
    expect(await page.text()).toContain('no longer valid');
    expect(await olivia.person(username)).toMatchObject({ state: 'invited' });
  });

  it('cannot be guessed: after twenty that are wrong, an address has to wait', async () => {
    const { url } = await link();
    // Forgets those of other tests.
    await hub.halt();
    await hub.start();
    const statuses: number[] = [];
    for (let guess = 0; guess < 21; guess += 1) {
      const secret = String(guess).padStart(32, 'A');
      statuses.push((await fetch(`${url.slice(0, -32)}${secret}`, form())).status);
    }
    expect(statuses).toEqual([...Array(20).fill(404), 429]);
    const throttled = await fetch(url);
    expect(throttled.status).toBe(429);
    expect(Number(throttled.headers.get('retry-after'))).toBeGreaterThan(0);
    // A new start forgets it.
    await hub.halt();
    await hub.start();
    expect((await fetch(url, form())).status).toBe(200);
  });
});

describe('a name that is markup', () => {
  it('stays text in what the hub answers, and never gets onto its pages', async () => {
    const name = '<img src=x onerror=alert(1)>';
    const { invitation } = await olivia.invite('mallory', 'member', { name });
    const answer = await olivia.call('GET', 'people?q=mallory');
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await (await fetch(invitation?.url ?? '')).text()).not.toContain('<img');
    expect(await olivia.outcome('POST', 'people', { username: '<b>', role: 'member' })).toBe('422 person-invalid');
    expect(await olivia.outcome('POST', 'teams', { name: '<b>' })).toBe('422 team-invalid');
  });
});
