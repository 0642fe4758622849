import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { signCompact } from '../../../../main/hub/registry-access/compact-jws.ts';
import { settingsAnswer } from '../../../../main/hub/registry-access/document.ts';
import {
  createRegistryAccess,
  type PutOutcome,
  type RegistryAccess,
} from '../../../../main/hub/registry-access/registry-access.ts';
import { createSigningKeys } from '../../../../main/hub/registry-access/signing-keys.ts';
import { createAccounts } from '../../../../main/hub/store/accounts.ts';
import { createActivity } from '../../../../main/hub/store/activity.ts';
import type { Database } from '../../../../main/hub/store/database.ts';
import { openSqlite } from '../../../../main/hub/store/sqlite.ts';
import { contentDigest } from '../../../../shared/policy/content-digest.ts';
import { POLICY_TYP } from '../../../../shared/policy/schema.ts';
import { RegistryAccessSettingsAnswer } from '../../../../shared/schemas/hub-schema.ts';
import { type TestDatabase, testDatabase } from '../../../support/hub-database.ts';
import { oldHubDatabase } from '../../../support/old-hub-database.ts';

const HOUR = 3600;
const START = Date.UTC(2026, 11, 1, 8) / 1000;
const FRIDAY = '2026-12-04T18:00:00+01:00';
const FRIDAY_UTC = '2026-12-04T17:00:00Z';

let test: TestDatabase;
let seconds: number;

function start(database: Database = test.database): RegistryAccess {
  const now = (): number => seconds * 1000;
  const keys = createSigningKeys(database, randomBytes, now);
  return createRegistryAccess({
    database,
    keys,
    activity: createActivity(database),
    issuer: 'http://localhost:1',
    now,
  });
}

beforeEach(async () => {
  test = await testDatabase();
  seconds = START;
  await createAccounts(test.database).addOrganization('acme');
  await createSigningKeys(test.database, randomBytes, () => seconds * 1000).create('acme');
  await start().create('acme', { enabled: true, mode: 'enforce', registries: [{ address: 'docker.io' }] }, 'hub');
});
afterEach(() => test.close());

const list = { enabled: true, mode: 'enforce', registries: [{ address: 'docker.io' }] };
const saving = { actor: 'olivia', accepts: () => true };
const put = (access: RegistryAccess, more: object): Promise<PutOutcome> =>
  access.put('acme', Buffer.from(JSON.stringify({ ...list, ...more })), saving);

async function saved(access: RegistryAccess, more: object) {
  const outcome = await put(access, more);
  if (outcome.outcome !== 'saved') throw new Error(JSON.stringify(outcome));
  return outcome;
}

function claimsIn(jws: Uint8Array): Record<string, unknown> {
  const [, payload = ''] = new TextDecoder().decode(jws).split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString());
}
const claims = async (access: RegistryAccess) => claimsIn((await access.policy('acme')).document.jws);

const ALL = {
  grants: [
    { address: 'https://GCR.io/', nickname: 'Google', until: FRIDAY },
    { address: 'gcr.io', teams: ['platform'] },
  ],
  hints: [{ address: 'Quay.io', use: ' mirror.acme.example/quay ' }],
  requests: true,
  support: { text: 'Ask in #registries', url: 'https://help.acme.example' },
};

describe('grants, hints, requests and support', () => {
  it('are kept in one spelling, signed with their times as NumericDate, and answered', async () => {
    await test.database.run(sql`INSERT INTO teams VALUES ('acme', 'platform')`);
    const access = start();
    const { settings, changes, notices } = await saved(access, ALL);
    expect(notices.map(({ pointer, problem }) => [pointer, problem.code])).toEqual([]);
    expect(changes.map(({ kind }) => kind)).toEqual(['grant-added', 'grant-added', 'hint', 'requests', 'support']);
    expect(await claims(access)).toEqual({
      ...{ iss: 'http://localhost:1', org: 'acme', revision: 2, iat: START, exp: START + 72 * HOUR, ...list },
      grants: [
        { address: 'gcr.io', nickname: 'Google', until: Date.parse(FRIDAY) / 1000 },
        { address: 'gcr.io', teams: ['platform'] },
      ],
      hints: [{ address: 'quay.io', use: 'mirror.acme.example/quay' }],
      ...{ requests: true, support: ALL.support },
    });
    const answer = RegistryAccessSettingsAnswer.parse(JSON.parse(settingsAnswer(settings).toString()));
    expect(answer.grants).toEqual([
      { address: 'gcr.io', nickname: 'Google', until: FRIDAY_UTC },
      { address: 'gcr.io', teams: ['platform'] },
    ]);
    expect(settingsAnswer(await start().settings('acme'))).toEqual(settingsAnswer(settings));
  });

  it('stay where an older command line saves without naming them, and go where they are named empty', async () => {
    const access = start();
    await saved(access, ALL);
    const { changes, settings } = await saved(access, { contact: '#registries' });
    expect(changes).toEqual([{ kind: 'contact', from: null, to: '#registries' }]);
    expect(settings).toMatchObject({ grants: [{ until: FRIDAY_UTC }, { teams: ['platform'] }], requests: true });
    const emptied = await saved(access, { grants: [], hints: null, requests: false, support: null });
    expect(emptied.changes.map(({ kind }) => kind)).toEqual([
      ...['contact', 'grant-removed', 'grant-removed', 'hint', 'requests', 'support'],
    ]);
    expect(Object.keys(await claims(access))).not.toEqual(expect.arrayContaining(['grants']));
    expect(JSON.parse(settingsAnswer(emptied.settings).toString())).toMatchObject({
      grants: [],
      hints: [],
      requests: false,
    });
  });

  it('are saved by no save that says nothing new, whatever its spelling', async () => {
    const access = start();
    await saved(access, ALL);
    expect((await saved(access, ALL)).changes).toEqual([]);
    expect((await saved(access, { grants: ALL.grants.toReversed() })).changes).toEqual([]);
    expect(await access.revision('acme')).toBe(2);
  });

  it.each<[string, object, string, string]>([
    ['a bad address', { grants: [{ address: 'no host', until: FRIDAY }] }, '/grants/0/address', 'address-invalid'],
    ['neither time nor teams', { grants: [{ address: 'gcr.io' }] }, '/grants/0', 'setting-invalid'],
    ['no team', { grants: [{ address: 'gcr.io', teams: [] }] }, '/grants/0/teams', 'setting-invalid'],
    [
      'a time without an offset',
      { grants: [{ address: 'gcr.io', until: '2026-12-04T18:00' }] },
      '/grants/0/until',
      'setting-invalid',
    ],
    [
      'the same twice',
      { grants: [ALL.grants[0], { address: 'gcr.io', until: '2027-01-01T00:00:00Z' }] },
      '/grants/1/address',
      'grant-listed-twice',
    ],
    [
      'a nickname that steers',
      { grants: [{ address: 'gcr.io', nickname: '\u202e', until: FRIDAY }] },
      '/grants/0/nickname',
      'setting-invalid',
    ],
    [
      'an unknown member',
      { grants: [{ address: 'gcr.io', until: FRIDAY, user: 'mia' }] },
      '/grants/0',
      'setting-invalid',
    ],
    [
      'two hints for one',
      {
        hints: [
          { address: 'gcr.io', use: 'a' },
          { address: 'GCR.io', use: 'b' },
        ],
      },
      '/hints/1/address',
      'hint-listed-twice',
    ],
    ['a hint of two lines', { hints: [{ address: 'gcr.io', use: 'a\nb' }] }, '/hints/0/use', 'setting-invalid'],
    ['a link that is none', { support: { url: 'javascript:alert(1)' } }, '/support/url', 'setting-invalid'],
    ['a switch that is none', { requests: 'yes' }, '/requests', 'setting-invalid'],
  ])('are rejected with the place: %s', async (_what, more, pointer, code) => {
    const outcome = await put(start(), more);
    expect(outcome).toMatchObject({ outcome: 'invalid', faults: [{ pointer }] });
    if (code !== 'address-invalid') expect(outcome).toMatchObject({ faults: [{ problem: { code } }] });
  });

  it('come with what there is to say about them', async () => {
    const { notices } = await saved(start(), {
      grants: [
        { address: 'gcr.io/acme', until: FRIDAY },
        { address: 'docker.io', teams: ['platfrom'] },
        { address: 'quay.io', until: '2025-12-04T18:00:00Z' },
      ],
    });
    expect(notices.map(({ pointer, problem }) => [pointer, problem.code])).toEqual([
      ['/grants/0/address', 'address-path-dropped'],
      ['/grants/1/teams/0', 'grant-team-unknown'],
      ['/grants/1/address', 'grant-covered'],
      ['/grants/2/until', 'grant-over'],
    ]);
  });

  it('come back with the revision that had them, and are seen with it', async () => {
    const access = start();
    await saved(access, ALL);
    await saved(access, { grants: [], hints: [], requests: false, support: null });
    const found = await access.findRevision('acme', 2);
    expect(found).toMatchObject({
      outcome: 'found',
      settings: { grants: [{ until: FRIDAY_UTC }, {}], requests: true },
    });
    const restored = await access.restore('acme', 2, saving);
    expect(restored).toMatchObject({
      outcome: 'saved',
      settings: { hints: [{ address: 'quay.io' }], support: ALL.support },
    });
    expect(await access.restore('acme', 1, saving)).toMatchObject({ changes: { length: 6 } });
    expect(await access.settings('acme')).not.toHaveProperty('grants');
  });

  it('a preview names the hosts that are allowed for a time or for teams, and those that no longer are', async () => {
    const access = start();
    await saved(access, { grants: [{ address: 'quay.io', until: FRIDAY }] });
    const body = Buffer.from(JSON.stringify({ ...list, grants: [{ address: 'ghcr.io', teams: ['platform'] }] }));
    expect(await access.preview('acme', body)).toMatchObject({
      preview: {
        ...{ addedHosts: { hosts: [] }, removedHosts: { hosts: [] } },
        grantedHosts: { hosts: ['ghcr.io', 'pkg-containers.githubusercontent.com'] },
        revokedHosts: { hosts: expect.arrayContaining(['quay.io']) },
      },
    });
    const always = Buffer.from(
      JSON.stringify({ ...list, registries: [...list.registries, { address: 'quay.io' }], grants: [] }),
    );
    expect(await access.preview('acme', always)).toMatchObject({
      preview: { addedHosts: { hosts: expect.arrayContaining(['quay.io']) }, revokedHosts: { hosts: [] } },
    });
  });

  it('are the same from a thread of its own', async () => {
    const many = Array.from({ length: 40_000 }, (_, index) => ({ address: `r${index}.registries.example` }));
    const access = start();
    const { settings } = await saved(access, { ...ALL, registries: many });
    expect(settings).toMatchObject({
      grants: [{ until: FRIDAY_UTC }, {}],
      hints: [{ use: 'mirror.acme.example/quay' }],
    });
    expect(await claims(access)).toMatchObject({ requests: true, grants: [{}, {}] });
  });
});

describe('a grant that expires', () => {
  const grants = [
    { address: 'gcr.io', until: FRIDAY },
    { address: 'quay.io', until: '2027-01-01T00:00:00Z' },
  ];

  it('stays in each renewal to the letter, and goes with the next revision, whatever that is about', async () => {
    const access = start();
    await saved(access, { grants });
    const first = await claims(access);
    for (let day = 2; day <= 10; day += 2) {
      seconds = START + day * 24 * HOUR;
      const renewed = await claims(start());
      expect(renewed).toMatchObject({ iat: seconds, exp: seconds + 72 * HOUR });
      expect({ ...renewed, iat: 0, exp: 0 }).toEqual({ ...first, iat: 0, exp: 0 });
      expect(await contentDigest(renewed)).toBe(await contentDigest(first));
    }
    const { changes } = await saved(start(), { contact: '#registries' });
    expect(changes).toEqual([
      { kind: 'contact', from: null, to: '#registries' },
      { kind: 'grant-over', address: 'gcr.io', until: FRIDAY_UTC },
    ]);
    expect(await claims(start())).toMatchObject({ revision: 3, grants: [{ address: 'quay.io' }] });
    const [latest] = (await createActivity(test.database).page('acme', null, 1)).items;
    expect(latest?.changes.at(-1)).toBe(`removed gcr.io until ${FRIDAY_UTC}, which has expired`);
  });

  it('makes no revision by itself: not by being sent again, and not by being sent for the first time', async () => {
    const access = start();
    await saved(access, { grants });
    seconds = START + 7 * 24 * HOUR;
    expect(await saved(access, { grants })).toMatchObject({ changes: [], notices: [] });
    const late = [...grants, { address: 'ghcr.io', until: '2026-12-05T00:00:00Z' }];
    expect(await saved(access, { grants: late })).toMatchObject({
      ...{ changes: [], notices: [{ pointer: '/grants/2/until', problem: { code: 'grant-over' } }] },
    });
    expect(await access.revision('acme')).toBe(2);
    expect((await saved(access, { grants: grants.slice(1) })).changes).toMatchObject([{ kind: 'grant-over' }]);
  });

  it('ends at once where its time is moved into the past', async () => {
    const access = start();
    await saved(access, { grants });
    const ended = [{ address: 'gcr.io', until: '2026-11-01T00:00:00Z' }, grants[1]];
    const { changes, notices } = await saved(access, { grants: ended });
    expect(changes).toEqual([{ kind: 'grant-removed', address: 'gcr.io', until: FRIDAY_UTC }]);
    expect(notices).toMatchObject([{ problem: { code: 'grant-over' } }]);
  });

  it('is dropped too when the hub begins to enforce by itself', async () => {
    const access = start();
    await saved(access, { mode: 'audit', enforceFrom: '2026-12-06T08:00:00Z', grants });
    seconds = Date.UTC(2026, 11, 6, 8) / 1000;
    await access.enforceDue('acme');
    expect(await access.settings('acme')).toMatchObject({
      mode: 'enforce',
      revision: 3,
      grants: [{ address: 'quay.io' }],
    });
  });
});

describe('an upgrade of the hub', () => {
  it('renews the revision of an older one with the same content', async () => {
    const keys = createSigningKeys(test.database, randomBytes, () => seconds * 1000);
    const key = await keys.signingKey('acme');
    // As the version before signed and stored it.
    const head = { iss: 'http://localhost:1', org: 'acme', revision: 7, iat: START, exp: START + 72 * HOUR };
    const older = { ...head, enabled: true, mode: 'audit', contact: '#registries', enforceFrom: START + 90_001 };
    const registries = [{ address: 'docker.io', nickname: 'Docker Hub' }, { address: 'ghcr.io' }];
    const jws = signCompact(Buffer.from(JSON.stringify({ ...older, registries })), POLICY_TYP, key);
    const folder = join(test.dataDir, 'older');
    oldHubDatabase(
      folder,
      6,
      `INSERT INTO organizations VALUES ('acme');
       INSERT INTO signing_keys (kid, org, jwk) VALUES ('${key.kid}', 'acme', '${JSON.stringify(key)}');
       INSERT INTO settings (org, revision, enabled, mode, contact, registries, enforce_from)
         VALUES ('acme', 7, 1, 'audit', '#registries', CAST('${JSON.stringify(registries)}' AS BLOB), ${(START + 90_000) * 1000 + 1});
       INSERT INTO policies (org, iss, kid, revision, iat, exp, jws)
         VALUES ('acme', '${head.iss}', '${key.kid}', 7, ${head.iat}, ${head.exp}, x'${jws.toString('hex')}');`,
    );
    await using opened = new AsyncDisposableStack();
    const access = start(opened.adopt(await openSqlite(folder), (older) => older.close()));
    await access.keepPresent('acme');
    expect(await claims(access)).toEqual({ ...older, registries });
    seconds += 40 * HOUR;
    const renewed = await claims(access);
    expect(renewed).toMatchObject({ revision: 7, iat: seconds });
    expect(await contentDigest(renewed)).toBe(await contentDigest({ ...older, registries }));
  });

  it('repeats the claims of a revision as they were saved, also those that it would make in another way', async () => {
    const access = start();
    await saved(access, { grants: [{ address: 'gcr.io', until: FRIDAY }] });
    const other = '{"enabled":true,"mode":"enforce","grants":[{"address":"gcr.io","until":"as it was"}],"later":1}';
    await test.database.run(sql`UPDATE settings SET claims = ${other}`);
    seconds += 40 * HOUR;
    expect(await claims(start())).toEqual({
      ...{ iss: 'http://localhost:1', org: 'acme', revision: 2, iat: seconds, exp: seconds + 72 * HOUR },
      ...JSON.parse(other),
      registries: list.registries,
    });
  });

  it('keeps the claims of a revision that an older one saved, so that the next upgrade repeats them too', async () => {
    await test.database.run(sql`UPDATE settings SET claims = NULL`);
    const access = start();
    await access.keepPresent('acme');
    expect((await access.settings('acme')).claims).toBe('{"enabled":true,"mode":"enforce"}');
  });
});

describe('a proof of membership', () => {
  const jkt = 'A'.repeat(43);
  beforeEach(async () => {
    for (const statement of [
      sql`INSERT INTO users (sub, username, password) VALUES ('s1', 'mia', 'x'), ('s2', 'max', 'x')`,
      sql`INSERT INTO memberships (org, sub, role) VALUES ('acme', 's1', 'member'), ('acme', 's2', 'member')`,
      sql`INSERT INTO teams VALUES ('acme', 'platform'), ('acme', 'data')`,
      sql`INSERT INTO team_members VALUES ('acme', 's1', 'platform'), ('acme', 's1', 'data'), ('acme', 's2', 'data')`,
    ]) {
      await test.database.run(statement);
    }
  });
  const proof = async (access: RegistryAccess, sub: string, key?: string) =>
    claimsIn(await access.membership('acme', sub, key));

  it('names the teams of its person, bound to the key of one gateway', async () => {
    expect(await proof(start(), 's1', jkt)).toEqual({
      ...{ iss: 'http://localhost:1', org: 'acme', sub: 's1', iat: START, exp: START + 72 * HOUR },
      ...{ teams: ['data', 'platform'], cnf: { jkt } },
    });
  });

  it('names none without a key, as before', async () => {
    expect(Object.keys(await proof(start(), 's1'))).toEqual(['iss', 'org', 'sub', 'iat', 'exp']);
  });

  it('no longer names a team that the person has left', async () => {
    const access = start();
    await test.database.run(sql`DELETE FROM team_members WHERE sub = 's1' AND team = 'platform'`);
    expect(await proof(access, 's1', jkt)).toMatchObject({ teams: ['data'] });
    expect(await proof(access, 's2', jkt)).toMatchObject({ teams: ['data'] });
  });
});
