import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { hubClient } from '../support/hub-client.ts';
import { seededRandom } from '../support/random.ts';
import { type Replica, type Replicas, startReplicas } from '../support/replicas.ts';
import { TestBrowser } from '../support/test-browser.ts';

const ORG = '/v1/orgs/acme';
const PATIENCE = { timeout: 120_000, interval: 100 };
let hubs: Replicas;
let owner: string;
/** Starting three hubs takes minutes on a machine that is very busy. */
beforeAll(async () => {
  hubs = await startReplicas(3, seededRandom(1));
  owner = await hubs.signIn('olivia');
}, 600_000);
afterAll(() => hubs.stop());

/** At the replica of this number, past the balancer. */
const call = async (replica: number, path: string, token: string, init: Parameters<Replica['call']>[1] = {}) => {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...init.headers };
  const response = await hubs.all[replica]?.call(path, { ...init, headers });
  if (response === undefined) throw new Error('no such replica');
  return response;
};
const count = async (from: string): Promise<number> =>
  Number((await hubs.rows(`SELECT count(*) AS count FROM ${from}`))[0]?.count);
async function save(replica: number, change: object): Promise<number> {
  const current = await call(replica, `${ORG}/registry-access/settings`, owner);
  const { revision: _revision, ...settings } = z.record(z.string(), z.unknown()).parse(await current.json());
  const response = await call(replica, `${ORG}/registry-access/settings`, owner, {
    method: 'PUT',
    headers: { 'if-match': current.headers.get('etag') ?? '' },
    body: JSON.stringify({ ...settings, ...change }),
  });
  expect(response.status).toBe(200);
  return z.object({ revision: z.number() }).parse(await response.json()).revision;
}

it('that started at the same moment on an empty database made everything once', async () => {
  expect(await count('organizations')).toBe(1);
  expect(await count('users')).toBe(3);
  expect(await count('signing_keys')).toBe(1);
  expect(await count('revisions')).toBe(1);
  expect(await count("activity WHERE action = 'organization.created'")).toBe(1);
  const keys = await Promise.all([0, 1, 2].map(async (one) => (await call(one, '/oidc/keys', owner)).text()));
  expect(new Set(keys).size).toBe(1);
});

it('serve what another one has just saved, to the byte', async () => {
  for (const replica of [0, 1, 2, 0]) {
    const revision = await save(replica, { contact: `#from-${replica}-${await count('revisions')}` });
    const served = await Promise.all([0, 1, 2].map((one) => call(one, `${ORG}/registry-access`, owner)));
    const documents = await Promise.all(served.map((response) => response.text()));
    expect(new Set(documents).size).toBe(1);
    const payload = Buffer.from(documents[0]?.split('.')[1] ?? '', 'base64url').toString();
    expect(JSON.parse(payload)).toMatchObject({ revision });
  }
});

it('renew a policy once, whoever is asked first', async () => {
  await hubs.rows('UPDATE policies SET iat = iat - 144000, exp = exp - 144000');
  const before = await count("activity WHERE action = 'policy.renewed'");
  const answers = await Promise.all(
    Array.from({ length: 30 }, async (_, index) => (await call(index % 3, `${ORG}/registry-access`, owner)).text()),
  );
  expect(new Set(answers).size).toBe(1);
  expect(await count("activity WHERE action = 'policy.renewed'")).toBe(before + 1);
});

it('begin to enforce at the date once', async () => {
  await save(1, { mode: 'audit', enforceFrom: new Date(Date.now() + 5000).toISOString() });
  await vi.waitFor(async () => {
    const settings = await (await call(2, `${ORG}/registry-access/settings`, owner)).json();
    expect(settings).toMatchObject({ mode: 'enforce' });
  }, PATIENCE);
  // Each of them has seen the date come.
  for (const replica of [0, 1, 2]) await save(replica, { contact: `#after-${replica}` });
  expect(await count("activity WHERE action = 'settings.enforced'")).toBe(1);
});

it('count wrong passwords together', async () => {
  const attempt = async (): Promise<number> => {
    const browser = new TestBrowser();
    const client = hubClient(
      () => hubs.url,
      async () => 'wrong',
    );
    const address = `${hubs.url}/oidc/authorize?${new URLSearchParams({
      ...{ client_id: 'portcullis-desktop', response_type: 'code', scope: 'openid', state: 'state' },
      redirect_uri: 'http://127.0.0.1:9/callback',
      ...{ code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' },
    })}`;
    return (await client.finishSignIn(address, 'nobody-of-that-name', browser)).status;
  };
  const statuses: number[] = [];
  while (statuses.length < 24 && statuses.at(-1) !== 429) statuses.push(await attempt());
  expect(statuses).toEqual([...Array(8).fill(422), 429]);
});

it('know at once who has lost a role, and end their streams', async () => {
  const mia = await hubs.signIn('mia');
  const streams = await Promise.all([0, 1, 2].map((one) => call(one, `${ORG}/registry-access/events`, mia)));
  expect(streams.map(({ status }) => status)).toEqual([200, 200, 200]);
  const ended = Promise.all(streams.map((stream) => stream.text()));
  const { items } = z
    .object({ items: z.array(z.object({ sub: z.string(), username: z.string() })) })
    .parse(await (await call(0, `${ORG}/people`, owner)).json());
  const sub = items.find(({ username }) => username === 'mia')?.sub;
  expect((await call(0, `${ORG}/people/${sub}`, owner, { method: 'DELETE' })).ok).toBe(true);
  for (const replica of [0, 1, 2]) {
    expect((await call(replica, `${ORG}/registry-access`, mia)).status).toBeGreaterThanOrEqual(401);
  }
  expect(await ended).toHaveLength(3);
});

it('say each for itself that they are well, and one that is stopped in order hands its streams over', async () => {
  for (const replica of [0, 1, 2]) expect((await call(replica, '/healthz', owner)).status).toBe(200);
  const stream = await call(2, `${ORG}/registry-access/events`, owner);
  const ended = stream.text();
  await hubs.all[2]?.halt('SIGTERM');
  expect(await ended).toContain('retry: ');
  await save(0, { contact: '#without-the-third' });
  expect((await call(1, `${ORG}/registry-access/events`, owner, { method: 'HEAD' })).status).toBe(200);
});
