import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFirstOwner, FIRST_OWNER_FACT, type FirstOwner } from '../../../../main/hub/first-owner/first-owner.ts';
import { HttpProblem } from '../../../../main/hub/http/problem-response.ts';
import { type Accounts, createAccounts } from '../../../../main/hub/store/accounts.ts';
import { createFacts, type Facts } from '../../../../main/hub/store/facts.ts';
import { type TestDatabase, testDatabase } from '../../../support/hub-database.ts';

let test: TestDatabase;
let facts: Facts;
let accounts: Accounts;
let firstOwner: FirstOwner;
let now: number;
const account = { username: 'olivia', passwordHash: 'hash' };

beforeEach(async () => {
  test = await testDatabase();
  const { database } = test;
  facts = createFacts(database);
  accounts = createAccounts(database);
  now = Date.parse('2026-11-28T12:00:00Z');
  const issuer = 'https://hub.acme.example';
  firstOwner = createFirstOwner({ database, facts, accounts, issuer, random: randomBytes, now: () => now });
  await accounts.addOrganization('acme');
});
afterEach(() => test.close());

async function refusal(organization?: string): Promise<string | undefined> {
  try {
    await firstOwner.makeCode(organization);
    return undefined;
  } catch (error) {
    return error instanceof HttpProblem ? error.body.code : String(error);
  }
}

it('makes a code for the only organization, and keeps nothing that would tell it', async () => {
  const { code, ...rest } = await firstOwner.makeCode(undefined);
  expect(rest).toEqual({
    url: 'https://hub.acme.example/first-owner',
    organization: 'acme',
    until: '2026-11-28T12:30:00.000Z',
  });
  expect(code).toMatch(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
  expect(await facts.get(FIRST_OWNER_FACT)).not.toContain(code.slice(0, 5));
});

it('lets whoever enters it, in any spelling, become the owner, once', async () => {
  const { code } = await firstOwner.makeCode('acme');
  expect(await firstOwner.organizationOf(` ${code.toUpperCase().replaceAll('-', ' ')} `)).toBe('acme');
  expect(await firstOwner.create(code, account)).toBeNull();
  const user = await accounts.byUsername('olivia');
  expect(await accounts.role('acme', user?.sub ?? '')).toBe('owner');
  expect(await firstOwner.organizationOf(code)).toBeNull();
  expect(await firstOwner.create(code, { ...account, username: 'mallory' })).toMatchObject({
    code: 'first-owner-code-wrong',
  });
  expect(await accounts.byUsername('mallory')).toBeUndefined();
  expect(await refusal()).toBe('owner-exists');
});

it('takes no other code, no older one and none after half an hour', async () => {
  const first = await firstOwner.makeCode('acme');
  const second = await firstOwner.makeCode('acme');
  for (const code of ['', 'aaaaa-aaaaa-aaaaa-aaaaa', first.code])
    expect(await firstOwner.organizationOf(code)).toBeNull();
  now += 30 * 60_000 - 1;
  expect(await firstOwner.organizationOf(second.code)).toBe('acme');
  now += 1;
  expect(await firstOwner.organizationOf(second.code)).toBeNull();
  expect(await firstOwner.create(second.code, account)).toMatchObject({ code: 'first-owner-code-wrong' });
});

it('is closed as soon as there is an owner, whoever made them one', async () => {
  const { code } = await firstOwner.makeCode('acme');
  await accounts.addUser({ sub: '1', username: 'ann', name: null, email: null, password: 'hash' });
  await accounts.setMembership('acme', '1', 'member');
  expect(await firstOwner.organizationOf(code)).toBe('acme');
  await accounts.setMembership('acme', '1', 'owner');
  expect(await firstOwner.organizationOf(code)).toBeNull();
  expect(await firstOwner.create(code, account)).toMatchObject({ code: 'first-owner-code-wrong' });
});

it('keeps the code where the user name is taken', async () => {
  await accounts.addUser({ sub: '1', username: 'olivia', name: null, email: null, password: 'hash' });
  const { code } = await firstOwner.makeCode('acme');
  expect(await firstOwner.create(code, account)).toMatchObject({ code: 'user-name-taken' });
  expect(await firstOwner.create(code, { ...account, username: 'olive' })).toBeNull();
});

it('wants an organization named where there are several, and knows each', async () => {
  await accounts.addOrganization('globex');
  expect(await refusal()).toBe('organization-needed');
  expect(await refusal('initech')).toBe('organization-unknown');
  expect(await refusal('globex')).toBeUndefined();
});
