import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOidcStore } from '../../../../main/hub/sign-in/oidc-store.ts';
import { createAccounts } from '../../../../main/hub/store/accounts.ts';
import { type TestDatabase, testDatabase } from '../../../support/hub-database.ts';

const HOUR = 3600;
let test: TestDatabase;
/** Seconds since 1970. */
let now: number;
beforeEach(async () => {
  test = await testDatabase();
  now = 1_800_000_000;
});
afterEach(() => test.close());

const store = (limits?: { kept: number; every: number }) => createOidcStore(test.database, () => now * 1000, limits);

it('keeps the latest of what anybody can have stored, and all of what belongs to somebody', async () => {
  const { adapter } = store({ kept: 5, every: 10 });
  const [interactions, sessions, codes] = ['Interaction', 'Session', 'DeviceCode'].map(adapter);
  await sessions?.upsert('mine', { accountId: 'mia' }, 60);
  await codes?.upsert('confirmed', { accountId: 'mia' }, 60);
  for (let i = 0; i < 50; i += 1) {
    now += 1;
    await interactions?.upsert(`interaction-${i}`, {}, 60);
    await codes?.upsert(`code-${i}`, {}, 60);
    await sessions?.upsert(`session-${i}`, {}, 60);
  }
  const rows = await test.database.all(sql`SELECT model, count(*) AS count FROM oidc GROUP BY model`);
  // What came since the last count is above the limit.
  for (const { model, count } of rows)
    expect({ model, bounded: Number(count) <= 5 + 10 + 1 }).toEqual({ model, bounded: true });
  expect(rows).toHaveLength(3);
  expect(await sessions?.find('mine')).toMatchObject({ accountId: 'mia' });
  expect(await codes?.find('confirmed')).toMatchObject({ accountId: 'mia' });
  expect(await interactions?.find('interaction-49')).toEqual({});
  expect(await interactions?.find('interaction-0')).toBeUndefined();
});

it('removes what has expired', async () => {
  const { adapter, removeExpired } = store();
  await adapter('Session').upsert('short', {}, 60);
  await adapter('Session').upsert('long', {}, 120);
  now += 61;
  await removeExpired();
  expect(await adapter('Session').find('short')).toBeUndefined();
  expect(await adapter('Session').find('long')).toEqual({});
});

describe('a refresh token', () => {
  const sign = { grantId: 'g', accountId: 'mia', clientId: 'desktop' };
  const token = (more: object = {}) => ({ ...sign, iat: now, exp: now + HOUR, ...more });

  it('may be used again until something from its renewal was used', async () => {
    const { adapter } = store();
    const [refresh, access] = [adapter('RefreshToken'), adapter('AccessToken')];
    await refresh.upsert('first', token(), HOUR);
    await refresh.consume('first');
    // The answer never arrived.
    expect((await refresh.find('first'))?.consumed).toBeUndefined();
    await refresh.consume('first');
    await access.upsert('access', token(), HOUR);
    await access.find('access');
    expect((await refresh.find('first'))?.consumed).toBe(now);
    await expect(refresh.consume('first')).rejects.toThrow('invalid_grant');
  });

  it('is replaced by a later one of its grant', async () => {
    const { adapter } = store();
    const refresh = adapter('RefreshToken');
    await refresh.upsert('first', token(), HOUR);
    await refresh.upsert('second', token(), HOUR);
    await expect(refresh.consume('first')).rejects.toThrow('invalid_grant');
    expect((await refresh.find('second'))?.consumed).toBeUndefined();
  });

  it('is gone with its grant, and so is everything of an account that is ended', async () => {
    const { adapter, endSignIns } = store();
    const refresh = adapter('RefreshToken');
    await refresh.upsert('first', token(), HOUR);
    await adapter('Interaction').upsert('asked', { grantId: 'g', session: { accountId: 'mia' } }, HOUR);
    await refresh.revokeByGrantId('g');
    expect(await refresh.find('first')).toBeUndefined();
    expect(await adapter('Interaction').find('asked')).toBeDefined();
    await adapter('Interaction').upsert('entered', { result: { login: { accountId: 'mia' } } }, HOUR);
    await adapter('Session').upsert('browser', { accountId: 'mia' }, HOUR);
    await adapter('Session').upsert('other', { accountId: 'max' }, HOUR);
    await endSignIns('mia');
    expect(await test.database.all(sql`SELECT id FROM oidc`)).toEqual([{ id: 'other' }]);
  });
});

describe('an access token', () => {
  const expires = () => ({ iat: now, exp: now + HOUR });

  it('names its user and their role while it and its grant are valid', async () => {
    const accounts = createAccounts(test.database);
    await accounts.addOrganization('acme');
    await accounts.addUser({ sub: 'mia', username: 'mia', name: null, email: null, password: 'x' });
    await accounts.setMembership('acme', 'mia', 'auditor');
    const { adapter, bearer } = store();
    await adapter('Grant').upsert('g', { accountId: 'mia', clientId: 'desktop', ...expires() }, HOUR);
    const kept = { grantId: 'g', accountId: 'mia', clientId: 'desktop', ...expires() };
    await adapter('AccessToken').upsert('good', { ...kept, extra: { password_at: 7 } }, HOUR);
    await adapter('AccessToken').upsert('of-another-client', { ...kept, clientId: 'dashboard' }, HOUR);
    await adapter('AccessToken').upsert('of-another-person', { ...kept, accountId: 'max' }, HOUR);
    await adapter('AccessToken').upsert('without-grant', { ...kept, grantId: 'h' }, HOUR);

    expect(await bearer('good', 'acme')).toMatchObject({ user: { username: 'mia' }, role: 'auditor', passwordAt: 7 });
    expect(await bearer('good', 'globex')).toMatchObject({ user: { username: 'mia' }, role: undefined });
    for (const other of ['of-another-client', 'of-another-person', 'without-grant', 'unknown', '']) {
      expect(await bearer(other, 'acme')).toBeUndefined();
    }
    now += HOUR;
    expect(await bearer('good', 'acme')).toBeUndefined();
  });
});
