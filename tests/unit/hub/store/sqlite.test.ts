import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../../support/hub-database.ts';

let test: TestDatabase;
beforeEach(async () => {
  test = await testDatabase();
});
afterEach(() => test.close());

const organizations = () => test.database.all(sql`SELECT name FROM organizations ORDER BY name`);
const add = (name: string) => test.database.run(sql`INSERT INTO organizations (name) VALUES (${name})`);

it('shows nobody what a transaction has not saved yet', async () => {
  const begun = Promise.withResolvers<void>();
  const go = Promise.withResolvers<void>();
  const undone = test.database
    .transaction(async () => {
      await add('acme');
      expect(await organizations()).toHaveLength(1);
      begun.resolve();
      await go.promise;
      throw new Error('undone');
    })
    .catch((error: Error) => error.message);
  await begun.promise;
  const seen = organizations();
  const added = add('globex');
  go.resolve();
  expect(await undone).toBe('undone');
  // Whether what was added meanwhile is among them, is theirs to decide: PostgreSQL runs both at once.
  expect((await seen).map(({ name }) => name)).not.toContain('acme');
  expect(await added).toBe(1);
  expect((await organizations()).map(({ name }) => name)).toEqual(['globex']);
});

it('takes a statement of the same text with other values, and one that holds another', async () => {
  for (const name of ['acme', 'globex', 'initech']) expect(await add(name)).toBe(1);
  const named = (name: string) => test.database.get(sql`SELECT name FROM organizations WHERE name = ${name}`);
  expect((await named('acme'))?.name).toBe('acme');
  expect((await named('globex'))?.name).toBe('globex');
  expect(await named('umbrella')).toBeUndefined();
  const among = (condition: ReturnType<typeof sql>) =>
    test.database.all(sql`SELECT name FROM organizations WHERE ${condition} ORDER BY name`);
  expect(await among(sql`name > ${'acme'}`)).toHaveLength(2);
  expect(await among(sql`name = ${'acme'}`)).toHaveLength(1);
  expect(await among(sql`name IN (${sql.join(['acme', 'initech'])})`)).toHaveLength(2);
});

it('gives a row as an object of its columns, whether or not a transaction is open', async () => {
  const select = () =>
    test.database.all(sql`
      SELECT CAST(${'a'} AS TEXT) AS text, CAST(${1} AS INTEGER) AS number, NULL AS missing, name FROM organizations
      ORDER BY name`);
  await add('acme');
  await add('globex');
  const row = { text: 'a', number: 1, missing: null };
  const rows = [
    { ...row, name: 'acme' },
    { ...row, name: 'globex' },
  ];
  expect(await select()).toStrictEqual(rows);
  expect(await test.database.transaction(select)).toStrictEqual(rows);
  // Behind somebody else's transaction it takes another way.
  const begun = Promise.withResolvers<void>();
  const other = test.database.transaction(async () => {
    begun.resolve();
    await add('initech');
  });
  await begun.promise;
  const behind = select();
  await other;
  expect((await behind).slice(0, 2)).toStrictEqual(rows);
});
