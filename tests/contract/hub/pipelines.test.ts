import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CreatedToken,
  CreatedToken as CreatedTokenSchema,
  PipelineTokens,
  TOKEN_PREFIX,
} from '../../../shared/schemas/hub/tokens.ts';
import { ActivityPage, HubError, RegistryAccessSettingsAnswer } from '../../../shared/schemas/hub-schema.ts';
import { ACME_AND_GLOBEX, startHub, type TestHub } from '../../support/hub.ts';
import { NEEDED } from '../../support/hub-routes.ts';

let hub: TestHub;
let olivia: string;
let read: CreatedToken;
let apply: CreatedToken;
beforeAll(async () => {
  hub = await startHub(ACME_AND_GLOBEX);
  olivia = await hub.signIn('olivia');
  read = await create({ name: 'reader', rights: 'read', days: 1 });
  apply = await create({ name: 'deploy', rights: 'apply', days: 30 });
});
afterAll(() => hub.stop());

async function call(method: string, path: string, token = olivia, body?: unknown, org = 'acme'): Promise<Response> {
  return fetch(`${hub.url}/v1/orgs/${org}/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'if-match': '*', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}
async function create(body: unknown): Promise<CreatedToken> {
  const answer = await call('POST', 'tokens', olivia, body);
  expect(answer.status, await answer.clone().text()).toBe(201);
  return CreatedTokenSchema.parse(await answer.json());
}
const codeOf = async (answer: Response): Promise<string> => HubError.parse(await answer.json()).code;
const settings = (more: object = {}) => ({
  ...{ enabled: true, mode: 'enforce', registries: [{ address: 'docker.io' }] },
  ...more,
});

describe('a token of a pipeline', () => {
  it('is told once, and only its hash is kept', async () => {
    expect(read.token.startsWith(TOKEN_PREFIX)).toBe(true);
    const listed = await (await call('GET', 'tokens')).text();
    expect(PipelineTokens.parse(JSON.parse(listed)).items.map(({ name, state }) => [name, state])).toEqual(
      expect.arrayContaining([
        ['reader', 'active'],
        ['deploy', 'active'],
      ]),
    );
    expect(listed).not.toContain(read.token.slice(TOKEN_PREFIX.length));
    expect(listed).not.toContain(createHash('sha256').update(read.token).digest('base64url'));
    const { items } = ActivityPage.parse(await (await call('GET', 'activity?action=token.')).json());
    expect(items.map(({ changes }) => changes[0])).toEqual([
      `created pipeline token deploy (apply) until ${apply.expiresAt}`,
      `created pipeline token reader (read) until ${read.expiresAt}`,
    ]);
  });

  it('with the right to read reads and previews the list, and saves nothing', async () => {
    for (const path of [
      'registry-access/settings',
      'registry-access/revisions',
      'registry-access/revisions/1',
      'registry-access/additions',
    ]) {
      expect((await call('GET', path, read.token)).status, path).toBe(200);
    }
    expect((await call('POST', 'registry-access/settings/preview', read.token, settings())).status).toBe(200);
    const put = await call('PUT', 'registry-access/settings', read.token, settings({ contact: 'x' }));
    expect(put.status).toBe(403);
    expect(await codeOf(put)).toBe('pipeline-token-limited');
    expect((await call('POST', 'registry-access/revisions/1/restore', read.token)).status).toBe(403);
  });

  it('with the right to apply saves the list, under its own name in the activity', async () => {
    await call('PUT', 'registry-access/settings', apply.token, settings());
    const put = await call('PUT', 'registry-access/settings', apply.token, settings({ contact: '#from-git' }));
    expect(put.status).toBe(200);
    const { items } = ActivityPage.parse(await (await call('GET', 'activity?limit=1')).json());
    expect(items).toMatchObject([{ actor: 'pipeline:deploy', changes: ['changed the contact to #from-git'] }]);
  });

  it.each([
    ['switches restrictions off', { enabled: false }],
    ['goes from enforcing to auditing', { mode: 'audit' }],
  ])('never %s, also not by restoring a revision', async (_what, weaker) => {
    const attempt = await call('PUT', 'registry-access/settings', apply.token, settings(weaker));
    expect(attempt.status).toBe(403);
    expect(await codeOf(attempt)).toBe('pipeline-token-may-not-switch-off');

    const saved = await call('PUT', 'registry-access/settings', olivia, settings(weaker));
    const { revision } = RegistryAccessSettingsAnswer.parse(await saved.json());
    expect((await call('PUT', 'registry-access/settings', apply.token, settings())).status).toBe(200);
    const restored = await call('POST', `registry-access/revisions/${revision}/restore`, apply.token);
    expect(await codeOf(restored)).toBe('pipeline-token-may-not-switch-off');
  });

  it('is good for nothing else, and for no other organization', async () => {
    const open = /registry-access\/(?:settings|revisions|additions)/;
    for (const [needed] of Object.entries(NEEDED).filter(([one, role]) => !open.test(one) && role !== 'anyone')) {
      const [method = '', path = ''] = needed.split(' ');
      const answer = await fetch(hub.url + path.replace('{org}', 'acme').replaceAll(/\{\w+\}/g, '1'), {
        method,
        headers: { authorization: `Bearer ${apply.token}` },
      });
      expect(answer.status, needed).toBe(403);
      expect(await codeOf(answer), needed).toBe('pipeline-token-limited');
    }
    expect(await codeOf(await call('GET', 'registry-access/settings', apply.token, undefined, 'globex'))).toBe(
      'not-a-member',
    );
    expect(await codeOf(await call('GET', 'registry-access/settings', apply.token, undefined, 'initech'))).toBe(
      'not-a-member',
    );
  });

  it('that was made up, or altered, is rejected', async () => {
    for (const token of [`${TOKEN_PREFIX}${'A'.repeat(43)}`, `${apply.token}A`, TOKEN_PREFIX]) {
      const answer = await call('GET', 'registry-access/settings', token);
      expect(answer.status).toBe(401);
      expect(await codeOf(answer)).toBe('pipeline-token-invalid');
    }
  });

  it('ends at once when it is deleted', async () => {
    const { id, token } = await create({ name: 'short', rights: 'read', days: 1 });
    expect((await call('GET', 'registry-access/settings', token)).status).toBe(200);
    expect((await call('DELETE', `tokens/${id}`)).status).toBe(204);
    expect((await call('GET', 'registry-access/settings', token)).status).toBe(401);
    expect((await call('DELETE', `tokens/${id}`)).status).toBe(404);
  });

  it.each([
    [{ name: 'x', rights: 'owner', days: 1 }],
    [{ name: 'x', rights: 'read', days: 367 }],
    [{ name: 'x', rights: 'read', days: 0 }],
    [{ name: 'a b', rights: 'read', days: 1 }],
    [{ name: 'x', rights: 'read', days: 1, org: 'globex' }],
    [{}],
  ])('is not made from %j', async (body) => {
    const answer = await call('POST', 'tokens', olivia, body);
    expect(answer.status).toBe(422);
    expect(await codeOf(answer)).toBe('pipeline-token-request-invalid');
  });

  it('has a name of its own', async () => {
    const answer = await call('POST', 'tokens', olivia, { name: 'deploy', rights: 'read', days: 1 });
    expect(answer.status).toBe(409);
    expect(await codeOf(answer)).toBe('pipeline-token-name-taken');
  });
});
