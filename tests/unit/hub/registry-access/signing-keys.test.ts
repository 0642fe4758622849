import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { decodeProtectedHeader } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createRegistryAccess, type RegistryAccess } from '../../../../main/hub/registry-access/registry-access.ts';
import { createSigningKeys, type SigningKeys } from '../../../../main/hub/registry-access/signing-keys.ts';
import { createAccounts } from '../../../../main/hub/store/accounts.ts';
import { createActivity } from '../../../../main/hub/store/activity.ts';
import { openDatabase } from '../../../../main/hub/store/database.ts';
import { oldHubDatabase } from '../../../support/old-hub-database.ts';

const HOUR_MS = 3_600_000;
let folder: string;
let database: DatabaseSync;
let keys: SigningKeys;
let access: RegistryAccess;
let now: number;

function start(): void {
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
  folder = await mkdtemp(join(tmpdir(), 'portcullis-hub-'));
  database = await openDatabase(join(folder, 'data'));
  now = 1_800_000_000_000;
  start();
  const accounts = createAccounts(database);
  for (const org of ['acme', 'globex']) {
    accounts.addOrganization(org);
    keys.create(org);
    access.create(org, { enabled: true, mode: 'enforce', registries: [{ address: 'docker.io' }] }, 'hub');
  }
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

const signedBy = (jws: Uint8Array) => decodeProtectedHeader(new TextDecoder().decode(jws)).kid;
const policySignedBy = () => signedBy(access.policy('acme').document.jws);
const membershipSignedBy = () => signedBy(access.membership('acme', 'mia'));
const published = (org: string) =>
  keys.published().keys.flatMap(({ kid, organizations }) => (organizations.includes(org) ? [kid] : []));
const statesOf = (org: string) => Object.fromEntries(keys.states(org).keys.map(({ kid, state }) => [kid, state]));

/** @returns the key that signed before, and its successor */
function announce(): [before: string, successor: string] {
  const [before = ''] = published('acme');
  access.announceKey('acme', 'olivia');
  return [before, published('acme').find((kid) => kid !== before) ?? ''];
}

describe('the next key', () => {
  it('is published before it signs anything', () => {
    const etag = access.policy('acme').etag;
    const [before, successor] = announce();
    expect(published('acme')).toEqual([before, successor]);
    expect(statesOf('acme')).toEqual({ [before]: 'signing', [successor]: 'announced' });
    expect(access.policy('acme').etag).toBe(etag);
    expect(membershipSignedBy()).toBe(before);
    expect(published('globex')).toHaveLength(1);
  });

  it('is created once, however often it is announced', () => {
    const [, successor] = announce();
    expect(access.announceKey('acme', 'olivia')).toBe(false);
    expect(published('acme').at(-1)).toBe(successor);
    expect(published('acme')).toHaveLength(2);
  });

  it('signs everything once it is used: the same revision and content with a later expiry', () => {
    const [before, successor] = announce();
    expect(policySignedBy()).toBe(before);
    now += HOUR_MS;
    expect(access.useKey('acme', successor, 'olivia')).toBe(true);
    expect([policySignedBy(), membershipSignedBy()]).toEqual([successor, successor]);
    expect(access.policy('acme').document.revision).toBe(1);
    expect(published('acme')).toEqual([before, successor]);
    start();
    expect(policySignedBy()).toBe(successor);
  });

  it('cannot be a key that was not announced, or was used before', () => {
    const [before, successor] = announce();
    expect(access.useKey('acme', before, 'olivia')).toBe(false);
    expect(access.useKey('globex', successor, 'gus')).toBe(false);
    access.useKey('acme', successor, 'olivia');
    expect(access.useKey('acme', before, 'olivia')).toBe(false);
    expect(policySignedBy()).toBe(successor);
  });

  it('is recorded in the activity, with who did it', () => {
    const [before, successor] = announce();
    access.useKey('acme', successor, 'olivia');
    expect(createActivity(database).page('acme', null, 2).items).toMatchObject([
      { actor: 'olivia', action: 'key.used', changes: [`replaced signing key ${before} with ${successor}`] },
      { actor: 'olivia', action: 'key.announced', changes: [`announced key ${successor}`] },
    ]);
  });
});

describe('the replaced key', () => {
  it('stays published until everything it signed has expired, and is then deleted', () => {
    const [before, successor] = announce();
    const { exp } = access.policy('acme').document;
    access.useKey('acme', successor, 'olivia');
    const until = Date.parse(keys.states('acme').keys.find(({ kid }) => kid === before)?.until ?? '');
    expect(until).toBeGreaterThan(exp * 1000);
    now = until - 1;
    expect(published('acme')).toContain(before);
    now = until;
    expect(published('acme')).toEqual([successor]);
    expect(JSON.stringify(database.prepare('SELECT kid FROM signing_keys').all())).not.toContain(before);
  });
});

it('listeners are notified of each change of the published keys', () => {
  let notifications = 0;
  const stop = keys.onChange(() => {
    notifications += 1;
  });
  const [, successor] = announce();
  access.useKey('acme', successor, 'olivia');
  stop();
  announce();
  expect(notifications).toBe(2);
});

it('a database from before key rotation keeps its key', async () => {
  const kid = policySignedBy();
  const { jwk } = z.object({ jwk: z.string() }).parse(database.prepare('SELECT jwk FROM signing_keys').get());
  database.close();
  oldHubDatabase(
    join(folder, 'old'),
    1,
    `INSERT INTO organizations VALUES ('acme'); INSERT INTO signing_keys VALUES ('${kid}', 'acme', '${jwk}');
     INSERT INTO settings VALUES ('acme', 1, 1, 'enforce', NULL, CAST('[]' AS BLOB));`,
  );
  database = await openDatabase(join(folder, 'old'));
  start();
  expect(statesOf('acme')).toEqual({ [kid ?? '']: 'signing' });
  expect(policySignedBy()).toBe(kid);
});
