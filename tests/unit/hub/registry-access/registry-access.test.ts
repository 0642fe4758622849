import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRegistryAccess, type RegistryAccess } from '../../../../main/hub/registry-access/registry-access.ts';
import { createSigningKeys } from '../../../../main/hub/registry-access/signing-keys.ts';
import { createAccounts } from '../../../../main/hub/store/accounts.ts';
import { createActivity } from '../../../../main/hub/store/activity.ts';
import { type TestDatabase, testDatabase } from '../../../support/hub-database.ts';

const HOUR = 3600;
let test: TestDatabase;
let seconds: number;

/** As after a start with this address. */
function start(issuer = 'http://localhost:1'): RegistryAccess {
  return createRegistryAccess({
    database: test.database,
    keys: createSigningKeys(test.database, randomBytes, () => seconds * 1000),
    activity: createActivity(test.database),
    issuer,
    now: () => seconds * 1000,
  });
}

beforeEach(async () => {
  test = await testDatabase();
  seconds = 1_800_000_000;
  await createAccounts(test.database).addOrganization('acme');
  await createSigningKeys(test.database, randomBytes, () => seconds * 1000).create('acme');
  await start().create('acme', { enabled: true, mode: 'enforce', registries: [{ address: 'docker.io' }] }, 'hub');
});
afterEach(() => test.close());

/** Entity tag and text of the current document. */
async function served(access: RegistryAccess): Promise<unknown> {
  const { document, etag } = await access.policy('acme');
  return { etag, jws: new TextDecoder().decode(document.jws) };
}

const activityPage = (before: number | null, limit: number) =>
  createActivity(test.database).page('acme', before, limit);

const actions = async () => (await activityPage(null, 10)).items.map(({ action }) => action);

const save = (access: RegistryAccess, contact: string, accepts = (_revision: number) => true) =>
  access.put('acme', Buffer.from(JSON.stringify({ enabled: true, mode: 'enforce', registries: [], contact })), {
    actor: 'olivia',
    accepts,
  });

describe('a policy document', () => {
  it('stays the same to the byte until half of its life has passed, even after a restart', async () => {
    const running = start();
    const first = await served(running);
    const issued = seconds;
    for (const passed of [0, HOUR, 36 * HOUR - 1]) {
      seconds = issued + passed;
      expect(await served(running)).toEqual(first);
      expect(await served(start())).toEqual(first);
    }
  });

  it('is then renewed with the same revision and a later expiry, which is recorded', async () => {
    const access = start();
    const first = await access.policy('acme');
    expect(await actions()).toEqual(['organization.created']);
    seconds = first.document.iat + 36 * HOUR;
    const renewed = await access.policy('acme');
    expect(renewed.etag).not.toBe(first.etag);
    expect(renewed.document).toMatchObject({ revision: 1, iat: seconds, exp: seconds + 72 * HOUR });
    expect((await activityPage(null, 1)).items).toMatchObject([
      { action: 'policy.renewed', actor: 'hub', revision: 1 },
    ]);
    expect(await access.policy('acme')).toEqual(renewed);
    expect(await actions()).toEqual(['policy.renewed', 'organization.created']);
  });

  it('is renewed if it was signed while the clock was ahead, unless by a little', async () => {
    const access = start();
    const first = await access.policy('acme');
    seconds -= 300;
    expect(await access.policy('acme')).toEqual(first);
    seconds -= 5 * HOUR;
    expect((await access.policy('acme')).document).toMatchObject({ revision: 1, iat: seconds });
  });

  it('is signed again when the hub’s address, its issuer, has changed', async () => {
    const before = await start().policy('acme');
    const after = await start('https://hub.example').policy('acme');
    expect(after.document.iss).toBe('https://hub.example');
    expect(after.document.revision).toBe(before.document.revision);
  });
});

it('saves two owners’ settings one after the other: the second gets a conflict', async () => {
  const access = start();
  const ifUnchanged = (revision: number): boolean => revision === 1;
  const outcomes = await Promise.all(['one', 'two'].map((contact) => save(access, contact, ifUnchanged)));
  expect(outcomes).toMatchObject([{ outcome: 'saved' }, { outcome: 'conflict', revision: 2 }]);
  expect(await access.settings('acme')).toMatchObject({ revision: 2, contact: 'one' });
});

it('pages through the activity', async () => {
  const access = start();
  await save(access, 'one');
  const first = await activityPage(null, 1);
  expect(first).toMatchObject({ items: [{ action: 'settings.changed' }], next: expect.any(String) });
  expect(await activityPage(Number(first.next), 1)).toMatchObject({
    items: [{ action: 'organization.created' }],
    next: null,
  });
});

it('notifies listeners of revisions of their organization only, until they unsubscribe', async () => {
  const access = start();
  const received: unknown[] = [];
  const stop = access.onRevision('acme', (revision) => received.push(revision));
  access.onRevision('globex', (revision) => received.push(`globex ${revision}`));
  await save(access, 'one');
  stop();
  await save(access, 'two');
  expect(received).toEqual([2]);
});

describe('after an upgrade', () => {
  const list = async (access: RegistryAccess): Promise<{ address: string; nickname?: string }[]> =>
    JSON.parse(new TextDecoder().decode((await access.settings('acme')).registries));
  const saveList = async (access: RegistryAccess, ...addresses: string[]): Promise<void> => {
    const registries = addresses.map((address) => ({ address }));
    await access.put('acme', Buffer.from(JSON.stringify({ enabled: true, mode: 'enforce', registries })), {
      actor: 'olivia',
      accepts: () => true,
    });
  };

  it('a host that gcr.io no longer brings becomes a visible line of the list, in a policy of a new revision', async () => {
    const access = start();
    await saveList(access, 'gcr.io', 'us-docker.pkg.dev');
    await access.policy('acme');
    await access.keepAllowed('acme');
    expect((await list(access)).map(({ address }) => address)).toEqual([
      'gcr.io',
      'us-docker.pkg.dev',
      'storage.googleapis.com',
    ]);
    const { document } = await access.policy('acme');
    expect(document.revision).toBe(3);
    const [, payload = ''] = new TextDecoder().decode(document.jws).split('.');
    expect(Buffer.from(payload, 'base64url').toString()).toContain('storage.googleapis.com');
    const [latest] = (await activityPage(null, 1)).items;
    expect(latest).toMatchObject({ actor: 'hub', revision: 3 });
    expect(latest?.changes.join()).toContain('added storage.googleapis.com, which gcr.io allowed without showing it');
    expect(await served(start())).toEqual(await served(access));
  });

  it('a host that has its line already is not added again', async () => {
    const access = start();
    await saveList(access, 'gcr.io', 'storage.googleapis.com');
    await access.keepAllowed('acme');
    expect(await access.revision('acme')).toBe(2);
    expect((await activityPage(null, 1)).items[0]?.actor).toBe('olivia');
  });

  it('Activity names gitlab.com, which stays allowed with registry.gitlab.com, and the list stays as it is', async () => {
    const access = start();
    await saveList(access, 'registry.gitlab.com');
    await access.keepAllowed('acme');
    expect(await access.revision('acme')).toBe(2);
    expect((await activityPage(null, 1)).items[0]?.changes).toEqual([
      'upgrade: registry.gitlab.com still allows gitlab.com, where anyone can publish',
    ]);
  });

  it('other lists stay as they are', async () => {
    const access = start();
    const before = await served(access);
    await access.keepAllowed('acme');
    expect(await served(access)).toEqual(before);
    expect(await actions()).toEqual(['organization.created']);
  });
});
