import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFirstOwner, FIRST_OWNER_FACT, type FirstOwner } from '../../../../main/hub/first-owner/first-owner.ts';
import { HttpProblem } from '../../../../main/hub/http/problem-response.ts';
import { type Accounts, createAccounts } from '../../../../main/hub/store/accounts.ts';
import { openDatabase } from '../../../../main/hub/store/database.ts';
import { createFacts, type Facts } from '../../../../main/hub/store/facts.ts';

let folder: string;
let database: DatabaseSync;
let facts: Facts;
let accounts: Accounts;
let firstOwner: FirstOwner;
let now: number;
const account = { username: 'olivia', passwordHash: 'hash' };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-first-owner-'));
  database = await openDatabase(folder);
  facts = createFacts(database);
  accounts = createAccounts(database);
  now = Date.parse('2026-11-28T12:00:00Z');
  const issuer = 'https://hub.acme.example';
  firstOwner = createFirstOwner({ database, facts, accounts, issuer, random: randomBytes, now: () => now });
  accounts.addOrganization('acme');
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true, force: true });
});

function refusal(organization?: string): string | undefined {
  try {
    firstOwner.makeCode(organization);
    return undefined;
  } catch (error) {
    return error instanceof HttpProblem ? error.body.code : String(error);
  }
}

it('makes a code for the only organization, and keeps nothing that would tell it', () => {
  const { code, ...rest } = firstOwner.makeCode(undefined);
  expect(rest).toEqual({
    url: 'https://hub.acme.example/first-owner',
    organization: 'acme',
    until: '2026-11-28T12:30:00.000Z',
  });
  expect(code).toMatch(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
  expect(facts.get(FIRST_OWNER_FACT)).not.toContain(code.slice(0, 5));
});

it('lets whoever enters it, in any spelling, become the owner, once', () => {
  const { code } = firstOwner.makeCode('acme');
  expect(firstOwner.organizationOf(` ${code.toUpperCase().replaceAll('-', ' ')} `)).toBe('acme');
  expect(firstOwner.create(code, account)).toBeNull();
  const user = accounts.byUsername('olivia');
  expect(accounts.role('acme', user?.sub ?? '')).toBe('owner');
  expect(firstOwner.organizationOf(code)).toBeNull();
  expect(firstOwner.create(code, { ...account, username: 'mallory' })).toMatchObject({
    code: 'first-owner-code-wrong',
  });
  expect(accounts.byUsername('mallory')).toBeUndefined();
  expect(refusal()).toBe('owner-exists');
});

it('takes no other code, no older one and none after half an hour', () => {
  const first = firstOwner.makeCode('acme');
  const second = firstOwner.makeCode('acme');
  for (const code of ['', 'aaaaa-aaaaa-aaaaa-aaaaa', first.code]) expect(firstOwner.organizationOf(code)).toBeNull();
  now += 30 * 60_000 - 1;
  expect(firstOwner.organizationOf(second.code)).toBe('acme');
  now += 1;
  expect(firstOwner.organizationOf(second.code)).toBeNull();
  expect(firstOwner.create(second.code, account)).toMatchObject({ code: 'first-owner-code-wrong' });
});

it('is closed as soon as there is an owner, whoever made them one', () => {
  const { code } = firstOwner.makeCode('acme');
  accounts.addUser({ sub: '1', username: 'ann', name: null, email: null, password: 'hash' });
  accounts.setMembership('acme', '1', 'member');
  expect(firstOwner.organizationOf(code)).toBe('acme');
  accounts.setMembership('acme', '1', 'owner');
  expect(firstOwner.organizationOf(code)).toBeNull();
  expect(firstOwner.create(code, account)).toMatchObject({ code: 'first-owner-code-wrong' });
});

it('keeps the code where the user name is taken', () => {
  accounts.addUser({ sub: '1', username: 'olivia', name: null, email: null, password: 'hash' });
  const { code } = firstOwner.makeCode('acme');
  expect(firstOwner.create(code, account)).toMatchObject({ code: 'user-name-taken' });
  expect(firstOwner.create(code, { ...account, username: 'olive' })).toBeNull();
});

it('wants an organization named where there are several, and knows each', () => {
  accounts.addOrganization('globex');
  expect(refusal()).toBe('organization-needed');
  expect(refusal('initech')).toBe('organization-unknown');
  expect(refusal('globex')).toBeUndefined();
});
