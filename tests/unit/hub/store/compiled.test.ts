import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from 'kysely';
import { beforeEach, expect, it } from 'vitest';
import { type Compiled, createCompiler } from '../../../../main/hub/store/compiled.ts';

const kysely = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (database) => new PostgresIntrospector(database),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});
let kept: string[];
let compiled: ReturnType<typeof createCompiler>;
beforeEach(() => {
  kept = [];
  compiled = createCompiler(kysely, (text) => kept.push(text));
});

it('keeps a text that is used again, once, and takes the values anew', () => {
  const byName = (name: string): Compiled => compiled(sql`SELECT * FROM users WHERE name = ${name}`);
  expect(byName('mia').parameters).toEqual(['mia']);
  expect(kept).toEqual([]);
  expect(byName('olivia')).toEqual({ text: 'SELECT * FROM users WHERE name = $1', parameters: ['olivia'] });
  byName('gus');
  expect(kept).toEqual(['SELECT * FROM users WHERE name = $1']);
});

it('tells the texts apart that constants give a template', () => {
  const columns = { short: sql`id`, long: sql`id, name` };
  const find = (which: 'short' | 'long', id: string): string =>
    compiled(sql`SELECT ${columns[which]} FROM users WHERE id = ${id}`).text;
  for (const id of ['a', 'b', 'c']) {
    expect(find('short', id)).toBe('SELECT id FROM users WHERE id = $1');
    expect(find('long', id)).toBe('SELECT id, name FROM users WHERE id = $1');
  }
  expect(kept).toEqual(['SELECT id FROM users WHERE id = $1', 'SELECT id, name FROM users WHERE id = $1']);
});

it('keeps nothing that is put together of its values, however often', () => {
  for (let round = 0; round < 3; round += 1) {
    for (let length = 1; length < 20; length += 1) {
      const ids = Array.from({ length }, (_, index) => index + round);
      const { parameters } = compiled(sql`SELECT name FROM users WHERE id IN (${sql.join(ids)})`);
      expect(parameters).toEqual(ids);
      compiled(sql.raw(`SELECT ${length}`));
      compiled(sql`SELECT ${sql.raw(String(length))}`);
    }
  }
  expect(kept).toEqual([]);
});

it('takes the values anew that a constant holds', () => {
  const isOfAcme = sql`org = ${'acme'}`;
  for (const id of ['a', 'b', 'c']) {
    const { text, parameters } = compiled(sql`SELECT name FROM users WHERE id = ${id} AND ${isOfAcme}`);
    expect(text).toBe('SELECT name FROM users WHERE id = $1 AND org = $2');
    expect(parameters).toEqual([id, 'acme']);
  }
});
