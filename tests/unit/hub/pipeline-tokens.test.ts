import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPipelineTokens, type PipelineTokens } from '../../../main/hub/pipelines/tokens.ts';
import { createAccounts } from '../../../main/hub/store/accounts.ts';
import type { CreatedToken } from '../../../shared/schemas/hub/tokens.ts';
import { type TestDatabase, testDatabase } from '../../support/hub-database.ts';

const DAY = 86_400_000;
const OLIVIA = { sub: 's', username: 'olivia' };
let test: TestDatabase;
let now: number;
let tokens: PipelineTokens;
beforeEach(async () => {
  test = await testDatabase();
  const accounts = createAccounts(test.database);
  await accounts.addOrganization('acme');
  await accounts.addUser({ ...OLIVIA, name: null, email: null, password: 'x' });
  await accounts.setMembership('acme', 's', 'owner');
  now = 1_800_000_000_000;
  tokens = createPipelineTokens(test.database, randomBytes, () => now);
});
afterEach(() => test.close());

async function created(name = 'deploy', days = 2): Promise<CreatedToken> {
  const made = await tokens.create('acme', { name, rights: 'apply', days }, OLIVIA);
  if (typeof made === 'string') throw new Error(made);
  return made;
}
const states = async () => (await tokens.list('acme')).map(({ state }) => state);

it('a token ends with its time', async () => {
  const { token } = await created();
  expect(await tokens.find(token)).toMatchObject({ org: 'acme', name: 'deploy', rights: 'apply' });
  now += 2 * DAY - 1;
  expect(await tokens.find(token)).toBeDefined();
  now += 1;
  expect(await tokens.find(token)).toBeUndefined();
  expect(await states()).toEqual(['expired']);
  now += 31 * DAY;
  await tokens.removeOld();
  expect(await states()).toEqual([]);
});

it.each([
  ['a registry manager', sql`UPDATE memberships SET role = 'registry-manager'`],
  ['no member', sql`DELETE FROM memberships`],
])('a token ends when its creator is %s', async (_next, change) => {
  const { token } = await created();
  await test.database.run(change);
  expect(await tokens.find(token)).toBeUndefined();
  expect(await states()).toEqual(['ended']);
});

it('the name of one that has ended can be used again; fifty are enough', async () => {
  await created();
  expect(await tokens.create('acme', { name: 'deploy', rights: 'read', days: 1 }, OLIVIA)).toBe('name-taken');
  now += 2 * DAY;
  for (let index = 1; index < 50; index += 1) await created(index === 1 ? 'deploy' : `t${index}`);
  expect(await tokens.create('acme', { name: 'more', rights: 'read', days: 1 }, OLIVIA)).toBe('too-many');
});

it('the last use is noted, and nothing in the database is the token', async () => {
  const { token } = await created();
  expect((await tokens.list('acme'))[0]?.lastUsed).toBeNull();
  await tokens.find(token);
  expect((await tokens.list('acme'))[0]?.lastUsed).toBe(new Date(now).toISOString());
  const rows = await test.database.all(sql`SELECT * FROM pipeline_tokens`);
  expect(rows).toHaveLength(1);
  expect(JSON.stringify(rows)).not.toContain(token.slice(-43));
});
