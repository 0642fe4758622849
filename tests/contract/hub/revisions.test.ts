import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import {
  Additions,
  RevisionsPage,
  SavedSettings,
  SettingsPreview,
} from '../../../shared/schemas/hub/registry-access.ts';
import { ActivityPage, HubError, RegistryAccessSettingsAnswer } from '../../../shared/schemas/hub-schema.ts';
import { startHub, type TestHub } from '../../support/hub.ts';

let hub: TestHub;
let olivia: string;
let mia: string;
beforeAll(async () => {
  hub = await startHub();
  [olivia, mia] = await Promise.all([hub.signIn('olivia'), hub.signIn('mia')]);
});
afterAll(() => hub.stop());

async function call(method: string, path: string, body?: unknown, token = olivia, ifMatch = '*'): Promise<Response> {
  return fetch(`${hub.url}/v1/orgs/acme/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'if-match': ifMatch,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function parsed<T extends z.ZodType>(schema: T, response: Promise<Response>): Promise<z.output<T>> {
  const answer = await response;
  expect(answer.status, await answer.clone().text()).toBe(200);
  return schema.parse(await answer.json());
}

const settingsOf = (...addresses: string[]) => ({
  enabled: true,
  mode: 'enforce',
  registries: addresses.map((address) => ({ address })),
});
const save = (...addresses: string[]) =>
  parsed(SavedSettings, call('PUT', 'registry-access/settings', settingsOf(...addresses)));

describe('a preview', () => {
  it('says what saving would change, and saves nothing', async () => {
    const { revision } = await save('docker.io', 'quay.io');
    const wanted = { ...settingsOf('docker.io', 'https://ghcr.io/acme'), mode: 'audit' };
    const preview = await parsed(SettingsPreview, call('POST', 'registry-access/settings/preview', wanted));
    expect(preview).toMatchObject({
      revision,
      changes: [
        { kind: 'mode', from: 'enforce', to: 'audit' },
        { kind: 'added', address: 'ghcr.io' },
        { kind: 'removed', address: 'quay.io' },
      ],
      counts: { added: 1, removed: 1, renamed: 0 },
      addedHosts: { hosts: ['ghcr.io', 'pkg-containers.githubusercontent.com'], more: 0 },
      notices: [{ pointer: '/registries/1/address', code: 'address-path-dropped' }],
      usage: null,
    });
    expect(preview.removedHosts.hosts).toContain('quay.io');
    const after = await parsed(RegistryAccessSettingsAnswer, call('GET', 'registry-access/settings'));
    expect(after).toMatchObject({ revision, registries: [{ address: 'docker.io' }, { address: 'quay.io' }] });
  });

  it('rejects what saving would reject', async () => {
    const answer = await call('POST', 'registry-access/settings/preview', settingsOf('*'));
    expect(answer.status).toBe(422);
    expect(HubError.parse(await answer.json()).errors).toMatchObject([{ pointer: '/registries/0/address' }]);
  });

  it('is made the same of a list that takes a thread of its own', async () => {
    const many = Array.from({ length: 40_000 }, (_, index) => `r${index}.registries.example`);
    const wanted = settingsOf('docker.io', 'quay.io', ...many);
    const preview = await parsed(SettingsPreview, call('POST', 'registry-access/settings/preview', wanted));
    expect(preview.counts).toEqual({ added: 40_000, removed: 0, renamed: 0 });
    expect(preview.addedHosts).toMatchObject({ more: 39_000 });
  });
});

describe('revisions', () => {
  it('are listed in pages, and each can be seen', async () => {
    await save('docker.io');
    const { revision } = await save('docker.io', 'ghcr.io');
    const page = await parsed(RevisionsPage, call('GET', 'registry-access/revisions?limit=1'));
    expect(page.items).toMatchObject([
      { revision, by: 'olivia', registries: 2, kept: true, changes: [{ kind: 'added', address: 'ghcr.io' }] },
    ]);
    const older = await parsed(RevisionsPage, call('GET', `registry-access/revisions?limit=1&cursor=${page.next}`));
    expect(older.items).toMatchObject([{ revision: revision - 1 }]);
    const seen = await parsed(
      RegistryAccessSettingsAnswer,
      call('GET', `registry-access/revisions/${older.items[0]?.revision}`),
    );
    const extras = { grants: [], hints: [], requests: false };
    expect(seen).toEqual({ ...settingsOf('docker.io'), ...extras, revision: revision - 1 });
  });

  it('are restored as a new one that names the registries that return', async () => {
    const { revision: before } = await save('docker.io', 'quay.io');
    const { revision } = await save('docker.io', 'ghcr.io');
    const undone = await parsed(
      SavedSettings,
      call('POST', `registry-access/revisions/${before}/restore`, undefined, olivia, `"${revision}"`),
    );
    expect(undone).toMatchObject({
      revision: revision + 1,
      changes: [
        { kind: 'restored', revision: before },
        { kind: 'added', address: 'quay.io' },
        { kind: 'removed', address: 'ghcr.io' },
      ],
    });
    const { items } = await parsed(ActivityPage, call('GET', 'activity?limit=1'));
    expect(items).toMatchObject([{ action: 'settings.restored', diff: undone.changes, revision: revision + 1 }]);
    const claims = (await (await call('GET', 'registry-access', undefined, mia)).text()).split('.')[1] ?? '';
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      revision: revision + 1,
      registries: [{ address: 'docker.io' }, { address: 'quay.io' }],
    });
  });

  it('are not restored blindly', async () => {
    const { revision } = await save('docker.io', 'ghcr.io');
    const path = `registry-access/revisions/${revision}/restore`;
    expect((await call('POST', path, undefined, olivia, `"${revision - 1}"`)).status).toBe(412);
    const bare = await fetch(`${hub.url}/v1/orgs/acme/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${olivia}` },
    });
    expect(bare.status).toBe(428);
  });

  it.each([
    ['GET', 'registry-access/revisions/9999', 404, 'no-such-revision'],
    ['POST', 'registry-access/revisions/9999/restore', 404, 'no-such-revision'],
    ['GET', 'registry-access/revisions/0', 404, 'not-found'],
    ['GET', 'registry-access/revisions/1e3', 404, 'not-found'],
  ])('%s %s answers %i', async (method, path, status, code) => {
    const answer = await call(method, path);
    expect(answer.status).toBe(status);
    expect(HubError.parse(await answer.json()).code).toBe(code);
  });
});

it('additions say who added each line, and when', async () => {
  await save('docker.io');
  const before = Date.now();
  const { revision } = await save('docker.io', 'a.example', 'b.example');
  const { additions, ...rest } = await parsed(Additions, call('GET', 'registry-access/additions'));
  expect(rest).toEqual({ revision });
  expect(additions.at(-1)).toMatchObject({ by: 'olivia', count: 2 });
  expect(Date.parse(additions.at(-1)?.at ?? '')).toBeGreaterThanOrEqual(before - 1000);
});

it('all of them survive a restart', async () => {
  const { revision } = await save('docker.io', 'ghcr.io', 'quay.io');
  await hub.halt('SIGKILL');
  await hub.start();
  olivia = await hub.signIn('olivia');
  const { items } = await parsed(RevisionsPage, call('GET', 'registry-access/revisions'));
  expect(items[0]).toMatchObject({ revision, kept: true });
});

it('a date on which to enforce comes true by itself, and every client is told', async () => {
  const audit = { ...settingsOf('docker.io'), mode: 'audit' };
  const { revision } = await parsed(SavedSettings, call('PUT', 'registry-access/settings', audit));
  const at = new Date(Date.now() + 2_000).toISOString();
  const dated = await parsed(SavedSettings, call('PUT', 'registry-access/settings', { ...audit, enforceFrom: at }));
  expect(dated).toMatchObject({ revision: revision + 1, enforceFrom: at, changes: [{ kind: 'enforce-from', to: at }] });
  await vi.waitFor(
    async () => {
      const now = await parsed(RegistryAccessSettingsAnswer, call('GET', 'registry-access/settings'));
      expect(now).toMatchObject({ revision: revision + 2, mode: 'enforce' });
      expect(now.enforceFrom).toBeUndefined();
    },
    { timeout: 60_000, interval: 200 },
  );
  expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(at));
  const { items } = await parsed(ActivityPage, call('GET', 'activity?action=settings.enforced'));
  expect(items).toMatchObject([{ actor: 'hub', revision: revision + 2 }]);
});
