import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compactVerify, createLocalJWKSet } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { CreatedToken } from '../../../shared/schemas/hub/tokens.ts';
import { ActivityPage, HubError, RegistryAccessSettingsAnswer } from '../../../shared/schemas/hub-schema.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { type PeopleClient, peopleClient } from '../../support/hub-people.ts';

let hub: TestHub;
let folder: string;
let olivia: string;
let mia: string;
let people: PeopleClient;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-export-'));
  hub = await startHub({ exportFolder: folder });
  [olivia, mia] = await Promise.all([hub.signIn('olivia'), hub.signIn('mia')]);
  people = peopleClient(hub, 'acme', olivia);
});
afterAll(async () => {
  await hub.stop();
  await rm(folder, { recursive: true });
});

const call = (method: string, path: string, token = olivia, body?: unknown): Promise<Response> =>
  fetch(`${hub.url}/v1/orgs/acme/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'if-match': '*', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const LIST = { enabled: true, mode: 'enforce', registries: [{ address: 'docker.io' }] };
const save = (more: object, token = olivia) => call('PUT', 'registry-access/settings', token, { ...LIST, ...more });
async function settings(): Promise<RegistryAccessSettingsAnswer> {
  return RegistryAccessSettingsAnswer.parse(await (await call('GET', 'registry-access/settings')).json());
}
async function verified(jws: string): Promise<Record<string, unknown>> {
  const keys = (await hub.policyKeys()).keys.map(({ kid, kty, crv, x }) => ({ kid, kty, crv, x }));
  const { payload } = await compactVerify(jws, createLocalJWKSet({ keys }), { algorithms: ['EdDSA'] });
  return JSON.parse(new TextDecoder().decode(payload));
}
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

describe('grants', () => {
  it('stand in the signed policy and in the exported file, and survive a save that does not know them', async () => {
    const until = inDays(3);
    const grants = [{ address: 'gcr.io', until }];
    expect((await save({ grants, requests: true, support: { text: 'Ask in #help' } })).status).toBe(200);
    const seconds = Math.floor(Date.parse(until) / 1000);
    const told = { requests: true, support: { text: 'Ask in #help' }, grants: [{ address: 'gcr.io', until: seconds }] };
    expect(await verified(await (await call('GET', 'registry-access', mia)).text())).toMatchObject(told);
    await vi.waitFor(
      async () => {
        const exported = await readFile(join(folder, 'v1', 'orgs', 'acme', 'registry-access'), 'utf8');
        expect(await verified(exported)).toMatchObject(told);
      },
      { timeout: 60_000, interval: 50 },
    );
    // As a command line of the version before sends it.
    const { revision } = await settings();
    expect((await save({ contact: '#registries' })).status).toBe(200);
    expect(await settings()).toMatchObject({ revision: revision + 1, requests: true, grants: [{ address: 'gcr.io' }] });
  });

  it('are rejected with a pointer to each fault, and nothing is saved', async () => {
    const { revision } = await settings();
    const answer = await save({
      grants: [{ address: 'gcr.io' }, { address: 'quay.io', until: 'tomorrow' }, { address: 'a.example', teams: [] }],
    });
    expect(answer.status).toBe(422);
    const { code, errors } = HubError.parse(await answer.json());
    expect(code).toBe('settings-invalid');
    expect(errors?.map(({ pointer }) => pointer)).toEqual(
      expect.arrayContaining(['/grants/1/until', '/grants/2/teams']),
    );
    expect((await settings()).revision).toBe(revision);
  });

  it('may be added by a pipeline, which still may not switch off', async () => {
    const created = await call('POST', 'tokens', olivia, { name: 'grants', rights: 'apply', days: 1 });
    const { token } = CreatedToken.parse(await created.json());
    expect((await save({ grants: [{ address: 'quay.io', until: inDays(1) }] }, token)).status).toBe(200);
    const off = await save({ enabled: false, grants: [] }, token);
    expect(HubError.parse(await off.json()).code).toBe('pipeline-token-may-not-switch-off');
    expect(await settings()).toMatchObject({ enabled: true, grants: [{ address: 'quay.io' }] });
  });

  it('are found in the activity by their kind', async () => {
    await save({
      grants: [{ address: 'ghcr.io', until: inDays(1) }],
      hints: [{ address: 'gcr.io', use: 'mirror/gcr' }],
    });
    const kinds = async (change: string): Promise<unknown> => {
      const page = ActivityPage.parse(await (await call('GET', `activity?limit=1&change=${change}`)).json());
      return page.items[0]?.diff?.map(({ kind }) => kind);
    };
    expect(await kinds('grant')).toEqual(expect.arrayContaining(['grant-added', 'grant-removed']));
    expect(await kinds('hint')).toContain('hint');
    expect(await kinds('support')).toContain('support');
  });
});

describe('the team of a grant', () => {
  const names = async () => (await settings()).grants?.map(({ address, teams }) => `${address} ${teams?.join('+')}`);

  it('is renamed and deleted in it, in the same moment, by a revision of whoever did it', async () => {
    for (const name of ['web', 'ops']) await call('POST', 'teams', olivia, { name });
    const grants = [
      { address: 'gcr.io', teams: ['web'], until: inDays(3) },
      { address: 'quay.io', teams: ['ops', 'web'] },
    ];
    expect((await save({ grants })).status).toBe(200);
    const { revision } = await settings();
    expect((await call('PATCH', 'teams/web', olivia, { name: 'frontend' })).status).toBe(200);
    expect(await names()).toEqual(['gcr.io frontend', 'quay.io ops+frontend']);
    expect((await settings()).revision).toBe(revision + 1);
    expect(await verified(await (await call('GET', 'registry-access', mia)).text())).toMatchObject({
      ...{ revision: revision + 1, grants: [{ teams: ['frontend'] }, { teams: ['ops', 'frontend'] }] },
    });
    const { items } = ActivityPage.parse(await (await call('GET', 'activity?limit=2')).json());
    expect(items.map(({ action, actor }) => `${action} ${actor}`).sort()).toEqual([
      ...['settings.changed olivia', 'team.renamed olivia'],
    ]);

    expect((await call('DELETE', 'teams/frontend', olivia)).status).toBe(204);
    expect(await names()).toEqual(['quay.io ops']);
    expect((await settings()).revision).toBe(revision + 2);
  });

  it('never keeps its old name, unless whoever saved the grant was told that there is no such team', async () => {
    for (let round = 0; round < 12; round += 1) {
      const [before, after] = [`before-${round}`, `after-${round}`];
      await call('POST', 'teams', olivia, { name: before });
      await save({ grants: [] });
      const rename = () => call('PATCH', `teams/${before}`, olivia, { name: after });
      const grant = () => save({ grants: [{ address: 'gcr.io', teams: [before] }] });
      const answers = await Promise.all(round % 2 === 0 ? [grant(), rename()] : [rename(), grant()]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      const saved = RegistryAccessSettingsAnswer.extend({ notices: z.array(z.unknown()).optional() }).parse(
        await answers[round % 2]?.json(),
      );
      expect(await names()).toEqual([`gcr.io ${(saved.notices ?? []).length === 0 ? after : before}`]);
    }
  });

  it('changes neither where the new name is taken', async () => {
    for (const name of ['one', 'two']) await call('POST', 'teams', olivia, { name });
    await save({ grants: [{ address: 'gcr.io', teams: ['one'] }] });
    const { revision } = await settings();
    expect((await call('PATCH', 'teams/one', olivia, { name: 'two' })).status).toBe(409);
    expect(await names()).toEqual(['gcr.io one']);
    expect((await settings()).revision).toBe(revision);
  });
});

describe('a membership proof', () => {
  const jkt = 'q'.repeat(43);
  const proof = async (query: string, token = mia) =>
    verified(await (await call('GET', `membership${query}`, token)).text());

  it('names teams for the gateway that it is bound to, until the person leaves them', async () => {
    const { sub } = await people.person('mia');
    for (const name of ['platform', 'data']) await call('POST', 'teams', olivia, { name });
    await call('PATCH', `people/${sub}`, olivia, { teams: ['platform', 'data'] });
    expect(await proof(`?jkt=${jkt}`)).toMatchObject({ sub, teams: ['data', 'platform'], cnf: { jkt } });
    expect(await proof(`?jkt=${jkt}`, olivia)).toMatchObject({ teams: [], cnf: { jkt } });
    expect(await proof('')).not.toHaveProperty('teams');
    await call('PATCH', `people/${sub}`, olivia, { teams: ['data'] });
    expect(await proof(`?jkt=${jkt}`)).toMatchObject({ teams: ['data'] });
  });

  it.each(['', 'a', 'q'.repeat(44), `${'q'.repeat(42)}%22`, `${'q'.repeat(42)}%3D`])(
    'is bound to no key that is none: jkt=%s',
    async (bad) => {
      const answer = await call('GET', `membership?jkt=${bad}`, mia);
      expect(answer.status).toBe(400);
      expect(HubError.parse(await answer.json()).code).toBe('membership-key-invalid');
    },
  );
});
