import { createParser } from 'eventsource-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Team } from '../../../shared/schemas/hub/people.ts';
import {
  AccessRequest,
  BlockedHosts,
  MyRequests,
  RequestEvent,
  RequestsDecided,
  RequestsPage,
} from '../../../shared/schemas/hub/requests.ts';
import { ActivityPage, HubError, RegistryAccessSettingsAnswer } from '../../../shared/schemas/hub-schema.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { type PeopleClient, peopleClient } from '../../support/hub-people.ts';

let hub: TestHub;
let olivia: PeopleClient;
let rita: PeopleClient;
let alan: PeopleClient;
let mia: PeopleClient;
let noah: PeopleClient;
beforeAll(async () => {
  const inAcme = (role: 'owner' | 'registry-manager' | 'auditor' | 'member') => [{ name: 'acme', role }];
  hub = await startHub({
    organizations: [{ name: 'acme' }],
    users: [
      { username: 'olivia', organizations: inAcme('owner') },
      { username: 'rita', organizations: inAcme('registry-manager') },
      { username: 'alan', organizations: inAcme('auditor') },
      { username: 'mia', name: 'Mia', organizations: inAcme('member') },
      { username: 'noah', organizations: inAcme('member') },
    ],
  });
  await hub.putSettings('acme', { requests: true });
  const client = async (username: string) => peopleClient(hub, 'acme', await hub.signIn(username));
  olivia = await client('olivia');
  rita = await client('rita');
  alan = await client('alan');
  mia = await client('mia');
  noah = await client('noah');
});
afterAll(() => hub.stop());

const queue = (query = '') => alan.get(RequestsPage, 'GET', `requests${query}`);
const rowOf = async (host: string) => (await queue()).items.find((row) => row.host === host);
const ask = (who: PeopleClient, host: string, more: object = {}) =>
  who.get(AccessRequest, 'POST', 'requests', { host, ...more });
const decide = (host: string, decision: object, more: object = {}) =>
  rita.get(RequestsDecided, 'POST', 'requests/decisions', { host, decision, ...more });
const listed = async () => (await alan.get(RegistryAccessSettingsAnswer, 'GET', 'registry-access/settings')).registries;

describe('a request', () => {
  it('is sent once: asked again it is the same, with what was said last', async () => {
    const first = await mia.call('POST', 'requests', { host: 'QUAY.io', subject: 'quay.io/a/b', reason: 'for a' });
    expect(first.status).toBe(201);
    const request = AccessRequest.parse(await first.json());
    expect(request).toMatchObject({ host: 'quay.io', subject: 'quay.io/a/b', reason: 'for a', state: 'open' });
    const second = await mia.call('POST', 'requests', { host: 'quay.io:443', reason: 'for\n b' });
    expect(second.status).toBe(200);
    expect(AccessRequest.parse(await second.json())).toEqual({
      id: request.id,
      host: 'quay.io',
      reason: 'for b',
      at: request.at,
      state: 'open',
    });
  });

  it('is listed for its person alone, newest first, and can be withdrawn by that person alone', async () => {
    const { id } = await ask(mia, 'registry.example:5000');
    expect((await mia.get(MyRequests, 'GET', 'requests/mine')).items[0]).toMatchObject({ id, state: 'open' });
    expect((await noah.get(MyRequests, 'GET', 'requests/mine')).items).toEqual([]);
    expect(await noah.outcome('DELETE', `requests/${id}`)).toBe('404 request-unknown');
    expect(await mia.outcome('DELETE', `requests/${id}`)).toBe('204');
    expect(await mia.outcome('DELETE', `requests/${id}`)).toBe('404 request-unknown');
    expect((await mia.get(MyRequests, 'GET', 'requests/mine')).items[0]).toMatchObject({ id, state: 'withdrawn' });
    expect(await rowOf('registry.example:5000')).toBeUndefined();
  });

  it('is not taken for what is allowed already: the answer names the line that allows it', async () => {
    for (const [host, by] of [
      ['docker.io', 'docker.io'],
      ['auth.docker.io', 'docker.io'],
    ] as const) {
      const response = await mia.call('POST', 'requests', { host });
      expect(response.status).toBe(409);
      expect(HubError.parse(await response.json())).toMatchObject({
        code: 'request-already-allowed',
        args: { host, by },
      });
    }
  });
});

describe('the queue', () => {
  it('has one row a host, with everybody who asks and why, and what the host needs', async () => {
    await ask(mia, 'gcr.io', { subject: 'gcr.io/acme/app', reason: 'the build image' });
    await ask(noah, 'gcr.io', { reason: 'me too' });
    const row = await rowOf('gcr.io');
    expect(row).toMatchObject({ name: 'Google Container Registry', people: 2, lookAlike: null, blocked: null });
    expect(row?.asked.map(({ username, name, subject, reason }) => ({ username, name, subject, reason }))).toEqual(
      expect.arrayContaining([
        { username: 'mia', name: 'Mia', subject: 'gcr.io/acme/app', reason: 'the build image' },
        { username: 'noah', name: undefined, subject: undefined, reason: 'me too' },
      ]),
    );
    expect(row?.needs[0]).toMatchObject({ address: 'gcr.io', preselected: true, broad: false });
    // Serves all of Google Cloud Storage: an owner ticks it, or nobody does.
    expect(row?.needs.find(({ address }) => address === 'storage.googleapis.com')).toMatchObject({
      broad: true,
      preselected: false,
      included: false,
    });
  });

  it('shows the most wanted first, in pages, and finds a host by whoever asks or why', async () => {
    await ask(mia, 'one.example', { reason: 'Größe' });
    await ask(mia, 'two.example');
    await ask(noah, 'two.example');
    const all = (await queue()).items.map(({ host }) => host);
    const paged: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const page: RequestsPage = await queue(`?limit=1${next === '' ? '' : `&cursor=${next}`}`);
      expect(page.open).toBe(all.length);
      paged.push(...page.items.map(({ host }) => host));
      next = page.next;
    }
    expect(paged).toEqual(all);
    expect(all.indexOf('two.example')).toBeLessThan(all.indexOf('one.example'));
    expect((await queue('?q=GRÖSSE')).items).toEqual([]);
    expect((await queue('?q=gr%C3%B6%C3%9Fe')).items.map(({ host }) => host)).toEqual(['one.example']);
    expect((await queue('?q=noah')).items.map(({ host }) => host)).not.toContain('one.example');
    expect(await alan.outcome('GET', 'requests?cursor=nonsense')).toBe('400 query-invalid');
  });

  it('says that nothing is known of blocked hosts where no machine reports them', async () => {
    expect(await alan.get(BlockedHosts, 'GET', 'requests/blocked')).toEqual({ items: [], days: null });
  });
});

describe('a decision', () => {
  it('allows the host for good: one revision, and everybody’s request is settled with it', async () => {
    await ask(mia, 'ghcr.io');
    await ask(noah, 'ghcr.io');
    const { revision, decided } = await decide('ghcr.io', { kind: 'allow', addresses: ['ghcr.io'] });
    expect(decided).toBe(2);
    expect(await listed()).toEqual([
      { address: 'docker.io', nickname: 'Docker Hub' },
      { address: 'ghcr.io', nickname: 'GitHub Container Registry' },
    ]);
    expect((await noah.get(MyRequests, 'GET', 'requests/mine')).items[0]).toMatchObject({
      host: 'ghcr.io',
      state: 'allowed',
      decided: { at: expect.any(String) },
    });
    const { items } = await alan.get(ActivityPage, 'GET', 'activity?actor=rita');
    expect(items.slice(0, 2)).toMatchObject([
      { action: 'request.decided', changes: ['allowed ghcr.io, asked for by 2 people'], revision },
      { action: 'settings.changed', changes: ['added ghcr.io (GitHub Container Registry)'], revision },
    ]);
    expect((await queue('?state=decided')).items[0]).toMatchObject({
      host: 'ghcr.io',
      people: 2,
      decision: { kind: 'allow', by: 'rita', addresses: ['ghcr.io'], revision },
    });
  });

  it('of some requests leaves the others open', async () => {
    const { id } = await ask(mia, 'some.example');
    await ask(noah, 'some.example');
    const declined = { kind: 'decline', reason: 'use the mirror' };
    expect(await decide('some.example', declined, { ids: [id] })).toEqual({ revision: null, decided: 1 });
    expect(await rowOf('some.example')).toMatchObject({ people: 1, asked: [{ username: 'noah' }] });
    expect((await mia.get(MyRequests, 'GET', 'requests/mine')).items.find((one) => one.id === id)).toMatchObject({
      state: 'declined',
      decided: { reason: 'use the mirror' },
    });
  });

  it('is made once: whoever comes second is told', async () => {
    const { id } = await ask(mia, 'once.example');
    const decline = (reason: string) => ({ host: 'once.example', ids: [id], decision: { kind: 'decline', reason } });
    const outcomes = await Promise.all([
      rita.outcome('POST', 'requests/decisions', decline('no')),
      olivia.outcome('POST', 'requests/decisions', {
        ...{ host: 'once.example', ids: [id] },
        decision: { kind: 'allow', addresses: ['once.example'] },
      }),
    ]);
    expect(outcomes.sort()).toEqual(['200', '409 requests-decided-meanwhile']);
    const isAllowed = (await listed()).some(({ address }) => address === 'once.example');
    const mine = (await mia.get(MyRequests, 'GET', 'requests/mine')).items.find((one) => one.id === id);
    expect(mine?.state).toBe(isAllowed ? 'allowed' : 'declined');
  });

  it('must allow the host that was asked for, and name addresses', async () => {
    await ask(mia, 'cover.example');
    const outcome = (addresses: string[]) =>
      rita.outcome('POST', 'requests/decisions', { host: 'cover.example', decision: { kind: 'allow', addresses } });
    expect(await outcome(['other.example'])).toBe('422 request-not-covered');
    expect(await outcome(['*'])).toBe('422 request-decision-invalid');
    expect(await outcome(['cover.example:5000'])).toBe('422 request-not-covered');
    expect(await outcome(['a.cover.example', 'https://cover.example/v2/'])).toBe('200');
    expect((await listed()).map(({ address }) => address)).toContain('cover.example');
  });

  it('allows until a time, or for teams: a grant beside the list, told to whoever asked', async () => {
    await olivia.get(Team, 'POST', 'teams', { name: 'platform' });
    const { sub } = await olivia.person('noah');
    await olivia.call('PATCH', `people/${sub}`, { teams: ['platform'] });
    await ask(mia, 'until.example');
    const until = '2099-12-04T18:00:00+01:00';
    const { revision } = await decide('until.example', { kind: 'allow', addresses: ['until.example'], until });
    expect(revision).not.toBeNull();
    const grants = async () => (await alan.get(RegistryAccessSettingsAnswer, 'GET', 'registry-access/settings')).grants;
    expect(await grants()).toEqual([{ address: 'until.example', until: '2099-12-04T17:00:00Z' }]);
    expect((await listed()).map(({ address }) => address)).not.toContain('until.example');
    const newest = async (who: PeopleClient) => (await who.get(MyRequests, 'GET', 'requests/mine')).items[0];
    expect(await newest(mia)).toMatchObject({
      ...{ host: 'until.example', state: 'allowed' },
      decided: { until: '2099-12-04T17:00:00Z' },
    });
    // For everybody until then; for a team only whoever is in it.
    expect(await noah.outcome('POST', 'requests', { host: 'until.example' })).toBe('409 request-already-allowed');
    await ask(noah, 'team.example');
    await decide('team.example', { kind: 'allow', addresses: ['team.example'], teams: ['platform'] });
    expect(await newest(noah)).toMatchObject({
      ...{ host: 'team.example', state: 'allowed' },
      decided: { teams: ['platform'] },
    });
    expect(await noah.outcome('POST', 'requests', { host: 'team.example' })).toBe('409 request-already-allowed');
    expect(await mia.outcome('POST', 'requests', { host: 'team.example' })).toBe('201');
    const outcome = (limits: object) =>
      rita.outcome('POST', 'requests/decisions', {
        ...{ host: 'team.example', decision: { kind: 'allow', addresses: ['team.example'], ...limits } },
      });
    expect(await outcome({ teams: ['nobody'] })).toBe('422 team-unknown');
    expect(await outcome({ until: '2020-01-01T00:00:00Z' })).toBe('422 request-decision-invalid');
    expect(await outcome({ until: 'Friday' })).toBe('422 request-decision-invalid');
    expect(await outcome({ teams: [] })).toBe('422 request-decision-invalid');
  });

  it('suggests a mirror: a hint that is told to whoever asked, and wherever the host is blocked', async () => {
    await ask(mia, 'k8s.gcr.io');
    const mirror = { kind: 'mirror', use: 'mirror.acme.example/k8s' };
    expect(await decide('k8s.gcr.io', mirror)).toEqual({ revision: expect.any(Number), decided: 1 });
    const { hints } = await alan.get(RegistryAccessSettingsAnswer, 'GET', 'registry-access/settings');
    expect(hints).toEqual([{ address: 'k8s.gcr.io', use: 'mirror.acme.example/k8s' }]);
    expect(
      (await mia.get(MyRequests, 'GET', 'requests/mine')).items.find((one) => one.host === 'k8s.gcr.io'),
    ).toMatchObject({
      state: 'mirror',
      decided: { use: 'mirror.acme.example/k8s' },
    });
  });

  it('is made by whoever edits the list too: what a revision allows is settled by it', async () => {
    await ask(mia, 'pkg.edited.example');
    await hub.putSettings('acme', { registries: [...(await listed()), { address: '*.edited.example' }] });
    // Soon after the revision was saved.
    const state = async () => {
      const mine = (await mia.get(MyRequests, 'GET', 'requests/mine')).items;
      return mine.find((one) => one.host === 'pkg.edited.example')?.state;
    };
    await expect.poll(state).toBe('allowed');
    expect((await queue('?state=decided')).items[0]).toMatchObject({
      host: 'pkg.edited.example',
      decision: { kind: 'allow', by: 'olivia', addresses: ['*.edited.example'] },
    });
  });

  it('is told at once to whoever asked, and to nobody else', async () => {
    const told: { mia: unknown[]; noah: unknown[] } = { mia: [], noah: [] };
    const ended = new AbortController();
    const listen = async (name: 'mia' | 'noah') => {
      const response = await fetch(`${hub.url}/v1/orgs/acme/registry-access/events`, {
        headers: { authorization: `Bearer ${await hub.signIn(name)}` },
        signal: ended.signal,
      });
      const parser = createParser({
        onEvent: ({ event, data, id }) => {
          told[name].push(event === 'request' ? { ...RequestEvent.parse(JSON.parse(data)), sse: id } : event);
        },
      });
      void (async () => {
        for await (const chunk of response.body ?? []) parser.feed(Buffer.from(chunk).toString('utf8'));
      })().catch(() => undefined);
    };
    await listen('mia');
    await listen('noah');
    const { id } = await ask(mia, 'told.example');
    await decide('told.example', { kind: 'decline', reason: 'no' });
    await hub.putSettings('acme', { contact: 'told' });
    await expect.poll(() => told.mia.length, { timeout: 20_000 }).toBe(3);
    await expect.poll(() => told.noah.length, { timeout: 20_000 }).toBe(2);
    ended.abort();
    expect(told.mia).toEqual(['revision', { org: 'acme', id, sse: undefined }, 'revision']);
    expect(told.noah).toEqual(['revision', 'revision']);
  });
});

it('an organization that takes no requests gets none', async () => {
  await hub.putSettings('acme', { requests: false });
  expect(await mia.outcome('POST', 'requests', { host: 'off.example' })).toBe('403 requests-off');
  expect((await queue()).taken).toBe(false);
  await hub.putSettings('acme', { requests: true });
  expect((await queue()).taken).toBe(true);
});

it('everything is kept over a restart', async () => {
  await ask(mia, 'kept.example', { reason: 'kept' });
  const before = (await mia.get(MyRequests, 'GET', 'requests/mine')).items;
  await hub.halt();
  await hub.start();
  expect((await mia.get(MyRequests, 'GET', 'requests/mine')).items).toEqual(before);
});
