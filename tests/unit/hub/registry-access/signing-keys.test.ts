import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { decodeProtectedHeader } from 'jose';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createRegistryAccess, type RegistryAccess } from '../../../../main/hub/registry-access/registry-access.ts';
import { createSigningKeys, type SigningKeys } from '../../../../main/hub/registry-access/signing-keys.ts';
import { createAccounts } from '../../../../main/hub/store/accounts.ts';
import { createActivity } from '../../../../main/hub/store/activity.ts';
import type { Database } from '../../../../main/hub/store/database.ts';
import { placeOf } from '../../../../main/hub/store/places.ts';
import { openSqlite } from '../../../../main/hub/store/sqlite.ts';
import { type TestDatabase, testDatabase } from '../../../support/hub-database.ts';
import { oldHubDatabase } from '../../../support/old-hub-database.ts';

const HOUR_MS = 3_600_000;
let test: TestDatabase;
let keys: SigningKeys;
let access: RegistryAccess;
let now: number;

function start(database: Database = test.database): void {
  keys = createSigningKeys(database, randomBytes, () => now);
  access = createRegistryAccess({
    database,
    keys,
    activity: createActivity(database),
    issuer: 'http://localhost:1',
    now: () => now,
  });
}

beforeEach(async () => {
  test = await testDatabase();
  now = 1_800_000_000_000;
  start();
  const accounts = createAccounts(test.database);
  for (const org of ['acme', 'globex']) {
    await accounts.addOrganization(org);
    await keys.create(org);
    await access.create(org, { enabled: true, mode: 'enforce', registries: [{ address: 'docker.io' }] }, 'hub');
  }
});
afterEach(() => test.close());

const signedBy = (jws: Uint8Array) => decodeProtectedHeader(new TextDecoder().decode(jws)).kid;
const policySignedBy = async () => signedBy((await access.policy('acme')).document.jws);
const membershipSignedBy = async () => signedBy(await access.membership('acme', 'mia'));
const published = async (org: string) =>
  (await keys.published()).keys.flatMap(({ kid, organizations }) => (organizations.includes(org) ? [kid] : []));
const statesOf = async (org: string) =>
  Object.fromEntries((await keys.states(org)).keys.map(({ kid, state }) => [kid, state]));

/** @returns the key that signed before, and its successor */
async function announce(): Promise<[before: string, successor: string]> {
  const [before = ''] = await published('acme');
  await access.announceKey('acme', 'olivia');
  return [before, (await published('acme')).find((kid) => kid !== before) ?? ''];
}

describe('the next key', () => {
  it('is published before it signs anything', async () => {
    const etag = (await access.policy('acme')).etag;
    const [before, successor] = await announce();
    expect(await published('acme')).toEqual([before, successor]);
    expect(await statesOf('acme')).toEqual({ [before]: 'signing', [successor]: 'announced' });
    expect((await access.policy('acme')).etag).toBe(etag);
    expect(await membershipSignedBy()).toBe(before);
    expect(await published('globex')).toHaveLength(1);
  });

  it('is created once, however often it is announced', async () => {
    const [, successor] = await announce();
    expect(await access.announceKey('acme', 'olivia')).toBe(false);
    expect((await published('acme')).at(-1)).toBe(successor);
    expect(await published('acme')).toHaveLength(2);
  });

  it('signs everything once it is used: the same revision and content with a later expiry', async () => {
    const [before, successor] = await announce();
    expect(await policySignedBy()).toBe(before);
    now += HOUR_MS;
    expect(await access.useKey('acme', successor, 'olivia')).toBe(true);
    expect([await policySignedBy(), await membershipSignedBy()]).toEqual([successor, successor]);
    expect((await access.policy('acme')).document.revision).toBe(1);
    expect(await published('acme')).toEqual([before, successor]);
    start();
    expect(await policySignedBy()).toBe(successor);
  });

  it('cannot be a key that was not announced, or was used before', async () => {
    const [before, successor] = await announce();
    expect(await access.useKey('acme', before, 'olivia')).toBe(false);
    expect(await access.useKey('globex', successor, 'gus')).toBe(false);
    await access.useKey('acme', successor, 'olivia');
    expect(await access.useKey('acme', before, 'olivia')).toBe(false);
    expect(await policySignedBy()).toBe(successor);
  });

  it('is recorded in the activity, with who did it', async () => {
    const [before, successor] = await announce();
    await access.useKey('acme', successor, 'olivia');
    expect((await createActivity(test.database).page('acme', null, 2)).items).toMatchObject([
      { actor: 'olivia', action: 'key.used', changes: [`replaced signing key ${before} with ${successor}`] },
      { actor: 'olivia', action: 'key.announced', changes: [`announced key ${successor}`] },
    ]);
  });
});

describe('the replaced key', () => {
  it('stays published until everything it signed has expired, and is then deleted', async () => {
    const [before, successor] = await announce();
    const { exp } = (await access.policy('acme')).document;
    await access.useKey('acme', successor, 'olivia');
    const until = Date.parse((await keys.states('acme')).keys.find(({ kid }) => kid === before)?.until ?? '');
    expect(until).toBeGreaterThan(exp * 1000);
    now = until - 1;
    expect(await published('acme')).toContain(before);
    now = until;
    expect(await published('acme')).toEqual([successor]);
    expect(JSON.stringify(await test.database.all(sql`SELECT kid FROM signing_keys`))).not.toContain(before);
  });
});

it('listeners are notified of each change of the published keys', async () => {
  let notifications = 0;
  const stop = keys.onChange(() => {
    notifications += 1;
  });
  const [, successor] = await announce();
  await access.useKey('acme', successor, 'olivia');
  stop();
  await announce();
  expect(notifications).toBe(2);
});

it('a database from before key rotation keeps its key', async () => {
  const kid = await policySignedBy();
  const row = await test.database.get(sql`SELECT jwk FROM signing_keys WHERE org = 'acme'`);
  const { jwk: stored } = z.object({ jwk: z.string() }).parse(row);
  const jwk = test.database.vault.open(placeOf('signing_keys', kid ?? ''), stored);
  const folder = join(test.dataDir, 'old');
  oldHubDatabase(
    folder,
    1,
    `INSERT INTO organizations VALUES ('acme'); INSERT INTO signing_keys VALUES ('${kid}', 'acme', '${jwk}');
     INSERT INTO settings VALUES ('acme', 1, 1, 'enforce', NULL, CAST('[]' AS BLOB));`,
  );
  await using opened = new AsyncDisposableStack();
  start(opened.adopt(await openSqlite(folder), (old) => old.close()));
  expect(await statesOf('acme')).toEqual({ [kid ?? '']: 'signing' });
  expect(await policySignedBy()).toBe(kid);
});
