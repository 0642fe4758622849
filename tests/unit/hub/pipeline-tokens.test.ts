import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createPipelineTokens, type PipelineTokens } from '../../../main/hub/pipelines/tokens.ts';
import { createAccounts } from '../../../main/hub/store/accounts.ts';
import { openDatabase } from '../../../main/hub/store/database.ts';
import type { Access } from '../../../shared/schemas/hub/people.ts';
import type { CreatedToken } from '../../../shared/schemas/hub/tokens.ts';

const DAY = 86_400_000;
let folder: string;
let database: DatabaseSync;
let now: number;
let role: Access | undefined;
let tokens: PipelineTokens;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-hub-'));
  database = await openDatabase(folder);
  createAccounts(database).addOrganization('acme');
  now = 1_800_000_000_000;
  role = 'owner';
  tokens = createPipelineTokens(database, { role: () => role }, randomBytes, () => now);
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

function created(name = 'deploy', days = 2): CreatedToken {
  const made = tokens.create('acme', { name, rights: 'apply', days }, { sub: 's', username: 'olivia' });
  if (typeof made === 'string') throw new Error(made);
  return made;
}
const states = () => tokens.list('acme').map(({ state }) => state);

it('a token ends with its time', () => {
  const { token } = created();
  expect(tokens.find(token)).toMatchObject({ org: 'acme', name: 'deploy', rights: 'apply' });
  now += 2 * DAY - 1;
  expect(tokens.find(token)).toBeDefined();
  now += 1;
  expect(tokens.find(token)).toBeUndefined();
  expect(states()).toEqual(['expired']);
  now += 31 * DAY;
  tokens.removeOld();
  expect(states()).toEqual([]);
});

it.each(['registry-manager', undefined] as const)('a token ends when its creator is %s', (next) => {
  const { token } = created();
  role = next;
  expect(tokens.find(token)).toBeUndefined();
  expect(states()).toEqual(['ended']);
});

it('the name of one that has ended can be used again; fifty are enough', () => {
  created();
  expect(tokens.create('acme', { name: 'deploy', rights: 'read', days: 1 }, { sub: 's', username: 'o' })).toBe(
    'name-taken',
  );
  now += 2 * DAY;
  for (let index = 1; index < 50; index += 1) created(index === 1 ? 'deploy' : `t${index}`);
  expect(tokens.create('acme', { name: 'more', rights: 'read', days: 1 }, { sub: 's', username: 'o' })).toBe(
    'too-many',
  );
});

it('the last use is noted, and nothing in the database is the token', async () => {
  const { token } = created();
  expect(tokens.list('acme')[0]?.lastUsed).toBeNull();
  tokens.find(token);
  expect(tokens.list('acme')[0]?.lastUsed).toBe(new Date(now).toISOString());
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  expect((await readFile(join(folder, 'hub.sqlite'))).includes(token.slice(-43))).toBe(false);
});
