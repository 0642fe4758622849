import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { createAccounts } from '../../../../main/hub/store/accounts.ts';
import { createActivity } from '../../../../main/hub/store/activity.ts';
import { createForgetName, NAMED } from '../../../../main/hub/store/forget-name.ts';
import { detail } from '../../../../shared/activity/details.ts';
import { columnsOf, type TestDatabase, testDatabase } from '../../../support/hub-database.ts';

/** What a column that holds a name may be called. */
const NAMES = ['actor', 'created_by', 'enrolled_by', 'author', 'by'];
/** Columns of these names that hold the person's id, which is kept. */
const IDS = ['machine_codes.created_by', 'machines.enrolled_by'];

let test: TestDatabase;
beforeEach(async () => {
  test = await testDatabase();
});
afterEach(() => test.close());

it('knows each column in which names stand', async () => {
  const columns = (await columnsOf(test.database)).filter(({ column }) => NAMES.includes(column));
  // A new table that names people is renamed too, or says that it does not.
  expect(columns.map(({ table, column }) => `${table}.${column}`).toSorted()).toEqual(
    [...NAMED.map((named) => named.join('.')), ...IDS].toSorted(),
  );
});

it('replaces the name of a deleted person, and no other', async () => {
  const { database } = test;
  await createAccounts(database).addOrganization('acme');
  await database.run(
    sql`INSERT INTO pipeline_tokens (id, hash, org, name, rights, created_sub, created_by, created_at, expires_at)
        VALUES ('t', 'h', 'acme', 'ci', 'read', 's', 'mia', 1, 2), ('u', 'i', 'acme', 'ci', 'read', 's', 'miami', 1, 2)`,
  );
  await createForgetName(database)('mia', 'removed-1');
  const makers = await database.all(sql`SELECT created_by FROM pipeline_tokens ORDER BY id`);
  expect(
    z
      .array(z.object({ created_by: z.string() }))
      .parse(makers)
      .map((row) => row.created_by),
  ).toEqual(['removed-1', 'miami']);
});

it('replaces it in what the activity says in every language', async () => {
  const { database } = test;
  await createAccounts(database).addOrganization('acme');
  const activity = createActivity(database);
  const details = [
    detail('team-joined', { username: 'mia', team: 'mia-team' }),
    detail('person-removed', { username: 'miami' }),
  ];
  await activity.record('acme', { at: 1, actor: 'olivia', action: 'person.changed', details, revision: 1 });
  await createForgetName(database)('mia', 'removed-1');
  const { items } = await activity.page('acme', null, 1);
  expect(items[0]).toMatchObject({
    changes: ['added removed-1 to team mia-team', 'removed miami'],
    details: [
      { code: 'team-joined', args: { username: 'removed-1', team: 'mia-team' } },
      { code: 'person-removed', args: { username: 'miami' } },
    ],
  });
});
