import * as oidc from 'openid-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PasswordLink, PeoplePage, Removed, Team, TeamList } from '../../../shared/schemas/hub/people.ts';
import { ActivityPage, HubError } from '../../../shared/schemas/hub-schema.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { discover } from '../../support/hub-client.ts';
import { GOOD_PASSWORD, type PeopleClient, peopleClient, setPassword } from '../../support/hub-people.ts';

let hub: TestHub;
let olivia: PeopleClient;
let gus: PeopleClient;
let audrey: PeopleClient;
beforeAll(async () => {
  hub = await startHub({
    organizations: [{ name: 'acme' }, { name: 'globex' }],
    users: [
      { username: 'olivia', name: 'Olivia', organizations: [{ name: 'acme', role: 'owner' }] },
      { username: 'audrey', organizations: [{ name: 'acme', role: 'auditor' }] },
      { username: 'gus', name: 'Gus', organizations: [{ name: 'globex', role: 'owner' }] },
    ],
  });
  olivia = peopleClient(hub, 'acme', await hub.signIn('olivia'));
  audrey = peopleClient(hub, 'acme', await hub.signIn('audrey'));
  gus = peopleClient(hub, 'globex', await hub.signIn('gus'));
});
afterAll(() => hub.stop());

async function activity(): Promise<{ actor: string; action: string; changes: string[] }[]> {
  const { items } = await olivia.get(ActivityPage, 'GET', 'activity');
  return items.map(({ actor, action, changes }) => ({ actor, action, changes }));
}

/** Invited, with a password, and signed in. */
async function newcomer(
  username: string,
  role: 'member' | 'auditor' | 'registry-manager' | 'owner' = 'member',
): Promise<{ sub: string; token: string }> {
  const { person, invitation } = await olivia.invite(username, role);
  expect((await setPassword(invitation?.url ?? '')).status).toBe(200);
  return { sub: person.sub, token: await hub.signIn(username, GOOD_PASSWORD) };
}

describe('a person who is invited', () => {
  it('gets a link, sets a password there, and is a member from then on', async () => {
    const before = Date.now();
    const { person, invitation } = await olivia.invite(' Nina ', 'auditor', {
      name: 'Nina',
      email: 'nina@acme.example',
    });
    expect(person).toMatchObject({ username: 'nina', role: 'auditor', state: 'invited', lastSignIn: null });
    expect(invitation?.url).toMatch(new RegExp(`^${hub.url}/invitation/[\\w-]{44}$`));
    const days = (Date.parse(invitation?.expiresAt ?? '') - before) / 86_400_000;
    expect(days).toBeGreaterThan(6.9);
    expect(days).toBeLessThan(7.1);
    await expect(hub.signIn('nina', GOOD_PASSWORD)).rejects.toThrow();

    const page = await setPassword(invitation?.url ?? '');
    expect(page).toMatchObject({ status: 200, text: expect.stringContaining('Your password is set') });
    await hub.signIn('nina', GOOD_PASSWORD);
    expect(await olivia.person('nina')).toMatchObject({ state: 'active', lastSignIn: expect.any(String) });
    expect((await activity()).slice(0, 3)).toEqual([
      { actor: 'nina', action: 'signed-in', changes: ['signed in with Portcullis'] },
      { actor: 'nina', action: 'person.password-set', changes: ['nina set a password'] },
      { actor: 'olivia', action: 'person.invited', changes: ['invited nina as auditor'] },
    ]);
  });

  it('can be sent a new link, and the one before is void', async () => {
    const { person, invitation } = await olivia.invite('late');
    const second = await olivia.get(PasswordLink, 'POST', `people/${person.sub}/invitation`);
    expect((await fetch(invitation?.url ?? '')).status).toBe(404);
    expect(await setPassword(second.url)).toMatchObject({ status: 200 });
    expect(await olivia.outcome('POST', `people/${person.sub}/invitation`)).toBe('409 person-not-invited');
  });

  it('is added at once, with their own password, where they have an account', async () => {
    const { person, invitation } = await olivia.invite('gus', 'member', { name: 'Somebody else' });
    expect(invitation).toBeNull();
    // The name is theirs.
    expect(person).toMatchObject({ name: 'Gus', state: 'active', isElsewhere: true });
    expect(await olivia.outcome('POST', 'people', { username: 'GUS', role: 'owner' })).toBe('409 person-exists');
    expect(await olivia.get(Removed, 'DELETE', `people/${person.sub}`)).toEqual({ deletedAs: null });
    expect(await gus.outcome('GET', 'people')).toBe('200');
  });

  it.each([
    [{ username: 'a b', role: 'member' }, '/username', 'user-name-invalid'],
    [{ username: 'Hub', role: 'member' }, '/username', 'user-name-invalid'],
    [{ username: 'ann', role: 'emperor' }, '/role', 'setting-invalid'],
    [{ username: 'ann' }, '/role', 'setting-invalid'],
    [{ username: 'ann', role: 'member', email: 'nowhere' }, '/email', 'email-invalid'],
    [{ username: 'ann', role: 'member', name: 'A\u202enna' }, '/name', 'person-name-invalid'],
    [{ username: 'ann', role: 'member', teams: ['a b'] }, '/teams/0', 'team-invalid'],
    [{ username: 'ann', role: 'member', password: 'x' }, '', 'setting-invalid'],
  ])('must be described rightly: %j', async (body, pointer, code) => {
    const response = await olivia.call('POST', 'people', body);
    expect(response.status).toBe(422);
    expect(HubError.parse(await response.json())).toMatchObject({
      code: 'person-invalid',
      errors: [{ pointer, code }],
    });
  });
});

describe('the list of people', () => {
  it('is by user name, in pages, and found by name, role and team', async () => {
    await olivia.call('POST', 'teams', { name: 'list' });
    await olivia.invite('zoe', 'auditor', { name: 'Zoë Ångström', teams: ['list'] });
    const all = await olivia.people();
    expect(all.map(({ username }) => username)).toEqual([...all.map(({ username }) => username)].sort());

    const first = await olivia.get(PeoplePage, 'GET', 'people?limit=2');
    expect(first.items).toEqual(all.slice(0, 2));
    const second = await olivia.get(PeoplePage, 'GET', `people?limit=200&cursor=${first.next}`);
    expect(second).toEqual({ items: all.slice(2), next: null });

    const found = async (query: string): Promise<string[]> =>
      (await olivia.people(query)).map(({ username }) => username);
    expect(await found(`?q=${encodeURIComponent('ångSTRÖM')}`)).toEqual(['zoe']);
    expect(await found('?q=%25')).toEqual([]);
    expect(await found('?team=list')).toEqual(['zoe']);
    expect(await found('?role=owner')).toEqual(['olivia']);
    expect(await olivia.outcome('GET', 'people?limit=0')).toBe('400 query-invalid');
    expect(await olivia.outcome('GET', 'people?role=emperor')).toBe('400 query-invalid');
  });

  it('tells an owner who cannot be changed and why, and an auditor only who is there', async () => {
    expect(await olivia.person('olivia')).toMatchObject({ isLastOwner: true });
    expect(await audrey.person('olivia')).not.toHaveProperty('isLastOwner');
  });
});

describe('the last owner', () => {
  it('can neither leave nor be demoted nor reset, until another owner can sign in', async () => {
    const { sub } = await olivia.person('olivia');
    const { person, invitation } = await olivia.invite('second', 'owner');
    for (const [method, path, body] of [
      ['PATCH', `people/${sub}`, { role: 'member' }],
      ['DELETE', `people/${sub}`, undefined],
      ['POST', `people/${sub}/password-reset`, undefined],
    ] as const) {
      expect(await olivia.outcome(method, path, body)).toBe('409 last-owner');
    }
    await setPassword(invitation?.url ?? '');
    const second = peopleClient(hub, 'acme', await hub.signIn('second', GOOD_PASSWORD));
    expect(await olivia.outcome('PATCH', `people/${sub}`, { role: 'auditor' })).toBe('200');
    expect(await olivia.outcome('PATCH', `people/${sub}`, { role: 'owner' })).toBe('403 not-an-owner');
    expect(await second.outcome('PATCH', `people/${sub}`, { role: 'owner' })).toBe('200');
    expect(await olivia.outcome('DELETE', `people/${person.sub}`)).toBe('200');
  });
});

describe('changing a person', () => {
  it('changes what is named and nothing else', async () => {
    for (const name of ['data', 'platform']) await olivia.call('POST', 'teams', { name });
    const { person } = await olivia.invite('pat', 'member', {
      name: 'Pat',
      email: 'pat@acme.example',
      teams: ['data'],
    });
    const path = `people/${person.sub}`;
    expect(await olivia.outcome('PATCH', path, { role: 'registry-manager', teams: ['platform', 'platform'] })).toBe(
      '200',
    );
    expect(await olivia.person('pat')).toMatchObject({
      ...{ role: 'registry-manager', teams: ['platform'], name: 'Pat', email: 'pat@acme.example' },
    });
    expect((await activity())[0]).toEqual({
      actor: 'olivia',
      action: 'person.changed',
      changes: [
        'changed the role of pat from member to registry-manager',
        'added pat to team platform',
        'removed pat from team data',
      ],
    });
    expect(await olivia.outcome('PATCH', path, { name: null, email: 'p@acme.example' })).toBe('200');
    expect(await olivia.person('pat')).toEqual(expect.not.objectContaining({ name: expect.anything() }));
    const entries = (await activity()).length;
    expect(await olivia.outcome('PATCH', path, { role: 'registry-manager' })).toBe('200');
    expect(await activity()).toHaveLength(entries);
    expect(await olivia.outcome('PATCH', path, { teams: ['nowhere'] })).toBe('422 team-unknown');
    expect(await olivia.outcome('PATCH', 'people/none', { role: 'member' })).toBe('404 person-unknown');
  });
});

describe('who is removed', () => {
  it('loses access at the next call: tokens, refresh tokens and the open event stream', async () => {
    const { person, invitation } = await olivia.invite('leaver', 'registry-manager');
    await setPassword(invitation?.url ?? '');
    const tokens = await hub.signInTokens('leaver', GOOD_PASSWORD);
    const authorization = `Bearer ${tokens.access_token}`;
    const stream = await fetch(`${hub.url}/v1/orgs/acme/registry-access/events`, { headers: { authorization } });
    const ended = stream.text();

    const { deletedAs } = await olivia.get(Removed, 'DELETE', `people/${person.sub}`);
    expect(deletedAs).toBe(`person#${person.sub.slice(0, 8)}`);
    const me = await fetch(`${hub.url}/v1/me`, { headers: { authorization } });
    expect(me.status).toBe(401);
    await ended;
    const provider = await discover(hub.url);
    await expect(oidc.refreshTokenGrant(provider, tokens.refresh_token ?? '')).rejects.toThrow();
    await expect(hub.signIn('leaver', GOOD_PASSWORD)).rejects.toThrow();

    // The activity keeps what was done, and by an id by whom.
    const said = JSON.stringify(await activity());
    expect(said).not.toContain('leaver');
    expect(said).toContain(`removed ${deletedAs}`);
    expect((await activity()).some(({ actor, action }) => actor === deletedAs && action === 'signed-in')).toBe(true);
  });

  it('keeps what they have in another organization, and loses only this one', async () => {
    const { token, sub } = await newcomer('both');
    await gus.invite('both', 'auditor');
    const stream = await fetch(`${hub.url}/v1/orgs/acme/registry-access/events`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const ended = stream.text();
    expect(await olivia.get(Removed, 'DELETE', `people/${sub}`)).toEqual({ deletedAs: null });
    await ended;
    expect(await peopleClient(hub, 'acme', token).outcome('GET', 'registry-access')).toBe('403 not-a-member');
    expect(await peopleClient(hub, 'globex', token).outcome('GET', 'people')).toBe('200');
  });

  it('is not brought back by the configuration, and a password they chose is not put back either', async () => {
    const gone = await startHub({
      users: [
        { username: 'olivia', organizations: [{ name: 'acme', role: 'owner' }] },
        { username: 'rex', organizations: [{ name: 'acme', role: 'member' }] },
        { username: 'sam', organizations: [{ name: 'acme', role: 'member' }] },
      ],
    });
    try {
      const owner = peopleClient(gone, 'acme', await gone.signIn('olivia'));
      await owner.call('DELETE', `people/${(await owner.person('rex')).sub}`);
      await setPassword((await owner.resetLink((await owner.person('sam')).sub)).url);
      await gone.halt();
      await gone.start();
      const again = peopleClient(gone, 'acme', await gone.signIn('olivia'));
      expect((await again.people()).map(({ username }) => username)).toEqual(['olivia', 'sam']);
      await gone.signIn('sam', GOOD_PASSWORD);
    } finally {
      await gone.stop();
    }
  });
});

describe('a password that is reset', () => {
  it('is void at once, ends every sign-in, and is replaced by the link', async () => {
    const { sub, token } = await newcomer('forgot');
    const { url } = await olivia.resetLink(sub);
    expect((await fetch(`${hub.url}/v1/me`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
    await expect(hub.signIn('forgot', GOOD_PASSWORD)).rejects.toThrow();
    expect(await olivia.person('forgot')).toMatchObject({ state: 'reset', invitedUntil: expect.any(String) });
    expect(await setPassword(url, 'another good password')).toMatchObject({ status: 200 });
    await hub.signIn('forgot', 'another good password');
    expect(await olivia.person('forgot')).toMatchObject({ state: 'active' });
  });
});

describe('teams', () => {
  it('are created, renamed with their people, and deleted', async () => {
    expect(await olivia.get(Team, 'POST', 'teams', { name: 'web' })).toEqual({ name: 'web', people: 0 });
    await olivia.invite('wes', 'member', { teams: ['web'] });
    expect(await olivia.outcome('POST', 'teams', { name: 'web' })).toBe('409 team-exists');
    expect(await olivia.outcome('POST', 'teams', { name: 'no team' })).toBe('422 team-invalid');
    expect(await olivia.get(Team, 'PATCH', 'teams/web', { name: 'frontend' })).toEqual({ name: 'frontend', people: 1 });
    expect(await olivia.person('wes')).toMatchObject({ teams: ['frontend'] });
    expect(await olivia.outcome('PATCH', 'teams/web', { name: 'x' })).toBe('404 team-unknown');
    expect(await olivia.outcome('DELETE', 'teams/frontend')).toBe('204');
    expect(await olivia.person('wes')).toMatchObject({ teams: [] });
    expect((await olivia.get(TeamList, 'GET', 'teams')).items).not.toContainEqual(
      expect.objectContaining({ name: 'frontend' }),
    );
    expect((await activity()).map(({ changes }) => changes[0]).slice(0, 2)).toEqual([
      'deleted team frontend with 1 person',
      'renamed team web to frontend',
    ]);
  });
});
