import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { settingsAnswer } from '../../../../main/hub/registry-access/document.ts';
import { createRegistryAccess, type RegistryAccess } from '../../../../main/hub/registry-access/registry-access.ts';
import { createRevisionStore } from '../../../../main/hub/registry-access/revision-store.ts';
import { createSigningKeys } from '../../../../main/hub/registry-access/signing-keys.ts';
import { createAccounts } from '../../../../main/hub/store/accounts.ts';
import { createActivity } from '../../../../main/hub/store/activity.ts';
import type { Database } from '../../../../main/hub/store/database.ts';
import { openSqlite } from '../../../../main/hub/store/sqlite.ts';
import { RevisionsPage } from '../../../../shared/schemas/hub/registry-access.ts';
import { type TestDatabase, testDatabase } from '../../../support/hub-database.ts';
import { oldHubDatabase } from '../../../support/old-hub-database.ts';

let test: TestDatabase;
beforeEach(async () => {
  test = await testDatabase();
});
afterEach(() => test.close());

const NOW = 1_800_000_000_000;
const AT = new Date(NOW).toISOString();

function registryAccess(database: Database = test.database): RegistryAccess {
  const keys = createSigningKeys(database, randomBytes, () => NOW);
  return createRegistryAccess({
    ...{ database, keys, activity: createActivity(database) },
    issuer: 'http://localhost:1',
    now: () => NOW,
  });
}

const saving = (actor: string) => ({ actor, accepts: () => true });
const bodyOf = (...addresses: string[]): Buffer =>
  Buffer.from(
    JSON.stringify({ enabled: true, mode: 'enforce', registries: addresses.map((address) => ({ address })) }),
  );

describe('revisions', () => {
  let access: RegistryAccess;
  beforeEach(async () => {
    await createAccounts(test.database).addOrganization('acme');
    await createSigningKeys(test.database, randomBytes, () => NOW).create('acme');
    access = registryAccess();
    await access.create('acme', { enabled: true, mode: 'enforce', registries: [{ address: 'docker.io' }] }, 'hub');
  });

  it('are kept with who made them, when and what they changed, newest first', async () => {
    await access.put('acme', bodyOf('docker.io', 'ghcr.io'), saving('olivia'));
    const page = await access.revisions('acme', null, 10);
    expect(page).toEqual({
      items: [
        {
          ...{ revision: 2, at: AT, by: 'olivia', enabled: true, mode: 'enforce', registries: 2 },
          ...{ kept: true, restored: null, changes: [{ kind: 'added', address: 'ghcr.io' }] },
        },
        {
          ...{ revision: 1, at: AT, by: 'hub', enabled: true, mode: 'enforce', registries: 1 },
          ...{ kept: true, restored: null, changes: [] },
        },
      ],
      next: null,
    });
    expect(RevisionsPage.parse(page)).toEqual(page);
    expect(await access.revisions('acme', null, 1)).toMatchObject({ items: [{ revision: 2 }], next: '2' });
    expect(await access.revisions('acme', 2, 1)).toMatchObject({ items: [{ revision: 1 }], next: null });
  });

  it('come back as a new one, which names what returns', async () => {
    await access.put('acme', bodyOf('ghcr.io'), saving('olivia'));
    expect(await access.restore('acme', 1, saving('ray'))).toMatchObject({
      outcome: 'saved',
      settings: { revision: 3 },
      changes: [
        { kind: 'restored', revision: 1 },
        { kind: 'added', address: 'docker.io' },
        { kind: 'removed', address: 'ghcr.io' },
      ],
    });
    expect((await access.revisions('acme', null, 1)).items).toMatchObject([{ by: 'ray', restored: 1 }]);
    expect((await createActivity(test.database).page('acme', null, 1)).items).toMatchObject([
      { action: 'settings.restored', changes: ['restored revision 1', 'added docker.io', 'removed ghcr.io'] },
    ]);
    expect((await access.settings('acme')).additions).toEqual([{ by: 'ray', at: AT, count: 1 }]);
  });

  it('stay as they are where the one restored says what is in force', async () => {
    expect(await access.restore('acme', 1, saving('ray'))).toMatchObject({ settings: { revision: 1 }, changes: [] });
  });

  it('are not saved where the caller may not do what they do', async () => {
    const permit = async (before: unknown, after: unknown): Promise<void> => {
      throw new Error(`${JSON.stringify(before).length > 0} ${(after as { mode: string }).mode}`);
    };
    const attempt = access.put('acme', bodyOf('ghcr.io'), { ...saving('ray'), permit });
    await expect(attempt).rejects.toThrow('true enforce');
    expect(await access.revision('acme')).toBe(1);
  });

  it('share one compressed list where only a switch changed', async () => {
    const head = { enabled: true, mode: 'audit', registries: [{ address: 'docker.io' }] };
    await access.put('acme', Buffer.from(JSON.stringify(head)), saving('olivia'));
    expect(await test.database.get(sql`SELECT count(*) AS n FROM revision_lists`)).toEqual({ n: 1 });
  });

  it('lose their lists, the oldest first, beyond the bytes that they may take; the newest never', async () => {
    const store = createRevisionStore(test.database, 3000);
    const record = { at: NOW, actor: 'olivia', restored: null, activity: null };
    for (let revision = 2; revision <= 6; revision += 1) {
      // Random, so that it takes its thousand bytes.
      const registries = Buffer.from(JSON.stringify(randomBytes(750).toString('base64')));
      const settings = { ...(await access.settings('acme')), revision, registries };
      await store.save('acme', settings, await store.pack('acme', settings, 1), record);
    }
    expect((await store.page('acme', null, 10)).items.map(({ revision, kept }) => [revision, kept])).toEqual([
      ...[6, 5, 4].map((revision) => [revision, true]),
      ...[3, 2, 1].map((revision) => [revision, false]),
    ]);
    expect(await store.find('acme', 3)).toEqual({ outcome: 'dropped', revision: 3 });
    expect(await store.find('acme', 9)).toEqual({ outcome: 'unknown', revision: 9 });

    const tiny = createRevisionStore(test.database, 1);
    const registries = Buffer.from('[{"address":"last.example"}]');
    const settings = { ...(await access.settings('acme')), revision: 7, registries };
    await tiny.save('acme', settings, await tiny.pack('acme', settings, 1), record);
    expect(await tiny.find('acme', 7)).toMatchObject({ outcome: 'found' });
    expect(await test.database.get(sql`SELECT count(*) AS n FROM revision_lists`)).toEqual({ n: 1 });
  });

  it('beyond ten thousand are forgotten', async () => {
    const store = createRevisionStore(test.database);
    const settings = { ...(await access.settings('acme')), revision: 10_002 };
    const list = await store.packNow('acme', settings, 1);
    await store.save('acme', settings, list, { at: NOW, actor: 'olivia', restored: null, activity: null });
    expect((await store.page('acme', null, 10)).items.map(({ revision }) => revision)).toEqual([10_002]);
  });
});

it('a database of the version before keeps its settings, and has them as its first known revision', async () => {
  const folder = join(test.dataDir, 'new');
  oldHubDatabase(
    folder,
    2,
    `INSERT INTO organizations VALUES ('acme');
    INSERT INTO settings (org, revision, enabled, mode, contact, registries)
      VALUES ('acme', 7, 1, 'enforce', '#registries', CAST('[{"address":"docker.io"},{"address":"ghcr.io"}]' AS BLOB));
    INSERT INTO activity (org, at, actor, action, changes, revision)
      VALUES ('acme', ${NOW}, 'olivia', 'settings.changed', '["added ghcr.io"]', 7),
             ('acme', ${NOW + 1}, 'hub', 'policy.renewed', '["renewed"]', 7);`,
  );

  await using opened = new AsyncDisposableStack();
  const database = opened.adopt(await openSqlite(folder), (migrated) => migrated.close());
  await createSigningKeys(database, randomBytes, () => NOW).create('acme');
  const access = registryAccess(database);
  await access.keepPresent('acme');
  await access.keepPresent('acme');
  expect((await access.revisions('acme', null, 10)).items).toMatchObject([
    { revision: 7, by: 'olivia', at: AT, registries: 2, kept: true },
  ]);
  expect((await createActivity(database).page('acme', null, 10)).items).toMatchObject([
    { action: 'policy.renewed' },
    { changes: ['added ghcr.io'] },
  ]);
  await access.put('acme', bodyOf('docker.io', 'quay.io'), saving('ray'));
  expect((await access.settings('acme')).additions).toEqual([
    { by: null, at: null, count: 1 },
    { by: 'ray', at: AT, count: 1 },
  ]);
  const found = await access.findRevision('acme', 7);
  expect(found.outcome === 'found' && JSON.parse(settingsAnswer(found.settings).toString())).toEqual({
    ...{ revision: 7, enabled: true, mode: 'enforce', contact: '#registries', grants: [], hints: [], requests: false },
    registries: [{ address: 'docker.io' }, { address: 'ghcr.io' }],
  });
});
