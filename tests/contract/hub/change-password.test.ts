import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ActivityPage, Me } from '../../../shared/schemas/hub-schema.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { GOOD_PASSWORD, type PeopleClient, peopleClient, setPassword } from '../../support/hub-people.ts';
import { type Page, TestBrowser } from '../../support/test-browser.ts';

const BETTER = 'five better words in a row';

let hub: TestHub;
let olivia: PeopleClient;
beforeAll(async () => {
  hub = await startHub({
    organizations: [{ name: 'acme' }, { name: 'globex' }],
    users: [
      {
        username: 'olivia',
        organizations: [
          { name: 'acme', role: 'owner' },
          { name: 'globex', role: 'owner' },
        ],
      },
    ],
  });
  olivia = peopleClient(hub, 'acme', await hub.signIn('olivia'));
});
afterAll(() => hub.stop());

/** Invited, with a password. */
async function newcomer(username: string): Promise<void> {
  const { invitation } = await olivia.invite(username);
  await setPassword(invitation?.url ?? '');
}

/** Opens the page and fills in the form, as the person would. */
async function change(username: string, fields: Record<string, string> = {}): Promise<Page> {
  const browser = new TestBrowser();
  await browser.open(`${hub.url}/password`);
  return browser.submit({ username, present: GOOD_PASSWORD, password: BETTER, repeated: BETTER, ...fields });
}

const meStatus = async (token: string): Promise<number> =>
  (await fetch(`${hub.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } })).status;

const form = (username: string): RequestInit => ({
  method: 'POST',
  body: new URLSearchParams({ username, present: GOOD_PASSWORD, password: BETTER, repeated: BETTER }),
});

describe('a person who changes their password', () => {
  it('signs in with the new one from then on, and stays signed in elsewhere', async () => {
    await newcomer('nina');
    const before = await hub.signIn('nina', GOOD_PASSWORD);
    const page = await change('nina');
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining('Your password is changed') });
    expect(page.text).toContain('You are still signed in wherever you were.');
    // There is no dashboard for members.
    expect(page.text).not.toContain('/dashboard/');
    await expect(hub.signIn('nina', GOOD_PASSWORD)).rejects.toThrow();
    await hub.signIn('nina', BETTER);
    expect(await meStatus(before)).toBe(200);
    const { items } = await olivia.get(ActivityPage, 'GET', 'activity');
    expect(items[0]).toMatchObject({
      actor: 'nina',
      action: 'person.password-set',
      changes: ['nina changed their password'],
    });
  });

  it('is signed out everywhere where they want it', async () => {
    await newcomer('noor');
    const token = await hub.signIn('noor', GOOD_PASSWORD);
    const page = await change('noor', { 'sign-out': 'yes' });
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining('You are signed out everywhere.') });
    expect(await meStatus(token)).toBe(401);
    await hub.signIn('noor', BETTER);
  });

  it('sees in their account that they have one, and finds the page where password managers look for it', async () => {
    const token = await hub.signIn('olivia');
    const me = await fetch(`${hub.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } });
    expect(Me.parse(await me.json()).hasPassword).toBe(true);
    const known = await fetch(`${hub.url}/.well-known/change-password`, { redirect: 'manual' });
    expect([known.status, known.headers.get('location')]).toEqual([302, '/password']);
  });
});

describe('the page', () => {
  it.each([
    ['a wrong one', { present: 'not the password at all' }, 'Incorrect user name or password.'],
    ['an unknown user name', { username: 'nobody' }, 'Incorrect user name or password.'],
    ['one that is short', { password: 'short', repeated: 'short' }, 'at least 15 characters'],
    ['two that differ', { repeated: `${BETTER}!` }, 'The two passwords differ.'],
    [
      'the same once more',
      { password: GOOD_PASSWORD, repeated: GOOD_PASSWORD },
      'The new password is the same as the old one.',
    ],
  ])('refuses %s, keeps the user name, and changes nothing', async (_name, fields, sentence) => {
    const username = `kept${Object.keys(fields)[0]}${sentence.length}`.toLowerCase();
    await newcomer(username);
    const page = await change(username, fields);
    expect(page).toMatchObject({ status: 422, text: expect.stringContaining(sentence) });
    if (!('username' in fields)) expect(page.text).toContain(`value="${username}"`);
    expect(page.text).not.toContain(BETTER);
    await hub.signIn(username, GOOD_PASSWORD);
  });

  it('counts wrong passwords with those of the sign-in page', async () => {
    await newcomer('guessed');
    const wrong = () => change('guessed', { present: 'not the password at all' });
    for (let attempt = 0; attempt < 8; attempt += 1) expect((await wrong()).status).toBe(422);
    const page = await wrong();
    expect(page).toMatchObject({ status: 429, text: expect.stringContaining('Too many attempts for this user name.') });
    expect(Number(page.headers.get('retry-after'))).toBeGreaterThan(0);
    await expect(hub.signIn('guessed', GOOD_PASSWORD)).rejects.toThrow();
  });

  it('is not taken from a page of another site, and cannot be framed', async () => {
    await newcomer('lured');
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
    ]) {
      expect((await fetch(`${hub.url}/password`, { ...form('lured'), headers })).status).toBe(403);
    }
    await hub.signIn('lured', GOOD_PASSWORD);
    const page = await fetch(`${hub.url}/password?redirect=https://evil.example/&username=%3Cscript%3E`);
    const text = await page.text();
    expect(text).not.toMatch(/<script|evil\.example/);
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(page.headers.get('content-security-policy')).not.toContain('script-src');
    expect(page.headers.getSetCookie()).toEqual([]);
    const done = await fetch(`${hub.url}/password`, {
      ...form('lured'),
      headers: { 'sec-fetch-site': 'same-origin', origin: 'null' },
    });
    expect([done.status, done.headers.getSetCookie()]).toEqual([200, []]);
  });

  it('changes it once where two changes come at the same moment', async () => {
    await newcomer('twice');
    const pages = await Promise.all([
      change('twice', { password: 'the first of two wishes', repeated: 'the first of two wishes' }),
      change('twice', { password: 'the second of two wishes', repeated: 'the second of two wishes' }),
    ]);
    expect(pages.map(({ status }) => status).toSorted()).toEqual([200, 422]);
    const won = pages[0]?.status === 200 ? 'the first of two wishes' : 'the second of two wishes';
    await hub.signIn('twice', won);
  });

  it('gives a password to nobody who has none', async () => {
    const { invitation } = await olivia.invite('invited');
    expect(invitation).not.toBeNull();
    expect((await change('invited')).status).toBe(422);
    expect((await change('invited', { present: '' })).status).toBe(422);
    expect(await olivia.person('invited')).toMatchObject({ state: 'invited' });
  });
});
