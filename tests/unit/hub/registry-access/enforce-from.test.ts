import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startEnforcingOnTime } from '../../../../main/hub/registry-access/enforce-on-time.ts';
import { createRegistryAccess, type RegistryAccess } from '../../../../main/hub/registry-access/registry-access.ts';
import { createSigningKeys } from '../../../../main/hub/registry-access/signing-keys.ts';
import { createAccounts } from '../../../../main/hub/store/accounts.ts';
import { createActivity } from '../../../../main/hub/store/activity.ts';
import { createLogger } from '../../../../main/platform/log/logger.ts';
import { weakens } from '../../../../shared/lists/weakens.ts';
import { PolicyClaims } from '../../../../shared/policy/schema.ts';
import { type TestDatabase, testDatabase } from '../../../support/hub-database.ts';
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const HOUR = 3_600_000;
const at = (ms: number): string => new Date(ms).toISOString();

let test: TestDatabase;
let clock: ManualClock;
let access: RegistryAccess;
const stops: (() => Promise<void>)[] = [];
beforeEach(async () => {
  test = await testDatabase();
  clock = manualClock(NOW);
  await createAccounts(test.database).addOrganization('acme');
  await createSigningKeys(test.database, randomBytes, () => clock.wall()).create('acme');
  access = open();
  await access.create('acme', { enabled: true, mode: 'audit', registries: [{ address: 'docker.io' }] }, 'hub');
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await test.close();
});

function open(): RegistryAccess {
  const { database } = test;
  const keys = createSigningKeys(database, randomBytes, () => clock.wall());
  const activity = createActivity(database);
  return createRegistryAccess({ database, keys, activity, issuer: 'http://localhost:1', now: () => clock.wall() });
}
function run(): () => Promise<void> {
  const log = createLogger('hub', join(test.dataDir, 'log'));
  const { stop } = startEnforcingOnTime(['acme'], { access, clock, log });
  stops.push(stop);
  return stop;
}
const put = (settings: object) =>
  access.put('acme', Buffer.from(JSON.stringify({ enabled: true, mode: 'audit', registries: [], ...settings })), {
    actor: 'olivia',
    accepts: () => true,
  });
const claims = async (): Promise<PolicyClaims> => {
  const [, payload = ''] = new TextDecoder().decode((await access.policy('acme')).document.jws).split('.');
  return PolicyClaims.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
};
/** It has looked at the date that is set. */
const waiting = () => vi.waitFor(() => expect(clock.pending()).toHaveLength(1), { timeout: 60_000 });
const enforced = () =>
  vi.waitFor(async () => expect((await access.settings('acme')).mode).toBe('enforce'), { timeout: 60_000 });
const actions = async (): Promise<string[]> =>
  (await createActivity(test.database).page('acme', null, 50)).items.map(({ action }) => action);

describe('a list that is enforced from a date', () => {
  it('is told in the policy, and enforced at that moment, once, by a revision of the hub', async () => {
    run();
    await put({ enforceFrom: '2026-11-21T15:00:00+01:00' });
    await waiting();
    expect(await access.settings('acme')).toMatchObject({ mode: 'audit', enforceFrom: at(NOW + 2 * HOUR) });
    expect(await claims()).toMatchObject({ mode: 'audit', enforceFrom: (NOW + 2 * HOUR) / 1000 });

    clock.advance(2 * HOUR - 1);
    await waiting();
    expect(await access.settings('acme')).toMatchObject({ mode: 'audit', revision: 2 });
    clock.advance(1);
    await enforced();
    expect(await access.settings('acme')).toMatchObject({ revision: 3 });
    expect((await access.settings('acme')).enforceFrom).toBeUndefined();
    expect(await claims()).toMatchObject({ mode: 'enforce', revision: 3 });
    expect((await claims()).enforceFrom).toBeUndefined();
    clock.advance(48 * HOUR);
    await access.enforceDue('acme');
    expect(await access.revision('acme')).toBe(3);
    expect((await actions()).filter((action) => action === 'settings.enforced')).toHaveLength(1);
    expect((await access.revisions('acme', null, 1)).items).toMatchObject([{ by: 'hub', mode: 'enforce' }]);
  });

  it('is enforced at the start of a hub that was stopped over the date', async () => {
    const stop = run();
    await put({ enforceFrom: at(NOW + HOUR) });
    await stop();
    clock.advance(30 * HOUR);
    expect((await access.settings('acme')).mode).toBe('audit');
    access = open();
    run();
    run();
    await enforced();
    expect(await access.revision('acme')).toBe(3);
  });

  it('is enforced when the clock is set past the date', async () => {
    run();
    await put({ enforceFrom: at(NOW + 100 * HOUR) });
    await waiting();
    clock.set(NOW + 101 * HOUR);
    clock.advance(30_000);
    await enforced();
  });

  it('is enforced on the date that was named last, or not at all where it was removed', async () => {
    const stop = run();
    await put({ enforceFrom: at(NOW + HOUR) });
    await put({ enforceFrom: at(NOW + 3 * HOUR) });
    await waiting();
    clock.advance(2 * HOUR);
    await waiting();
    expect((await access.settings('acme')).mode).toBe('audit');
    await put({ enforceFrom: null });
    clock.advance(3 * HOUR);
    await stop();
    expect(await access.settings('acme')).toMatchObject({ mode: 'audit', revision: 4 });
  });

  it('keeps its date where a client does not name it, and loses it where it means nothing any more', async () => {
    await put({ enforceFrom: at(NOW + HOUR) });
    await put({ contact: '#registries' });
    expect((await access.settings('acme')).enforceFrom).toBe(at(NOW + HOUR));
    await put({ mode: 'enforce' });
    expect((await access.settings('acme')).enforceFrom).toBeUndefined();
  });

  it('keeps its date in a revision that is restored while that is ahead', async () => {
    await put({ enforceFrom: at(NOW + HOUR) });
    await put({ mode: 'enforce' });
    const restore = () => access.restore('acme', 2, { actor: 'ray', accepts: () => true });
    expect(await restore()).toMatchObject({ settings: { enforceFrom: at(NOW + HOUR) } });
    await put({ mode: 'enforce' });
    clock.advance(2 * HOUR);
    const late = await restore();
    expect(late).toMatchObject({ outcome: 'saved', settings: { mode: 'audit' } });
    expect((await access.settings('acme')).enforceFrom).toBeUndefined();
  });

  it.each([
    ['in the past', { enforceFrom: at(NOW - 1) }],
    ['too far ahead', { enforceFrom: at(NOW + 400 * 24 * HOUR) }],
    ['without an offset', { enforceFrom: '2026-12-01T09:00:00' }],
    ['while enforcing', { mode: 'enforce', enforceFrom: at(NOW + HOUR) }],
    ['while off', { enabled: false, enforceFrom: at(NOW + HOUR) }],
  ])('cannot have a date %s', async (_what, settings) => {
    expect(await put(settings)).toMatchObject({ outcome: 'invalid', faults: [{ pointer: '/enforceFrom' }] });
  });
});

it('a date that an older or broken hub writes otherwise is no fault of the policy', async () => {
  const policy = { iss: 'x', org: 'acme', revision: 1, iat: 1, exp: 2, enabled: true, mode: 'audit', registries: [] };
  expect(PolicyClaims.parse({ ...policy, enforceFrom: 'soon' }).enforceFrom).toBeUndefined();
});

it('to enforce later than before, or no longer from a date, is to enforce less', async () => {
  const audit = (enforceFrom?: string) => ({
    enabled: true,
    mode: 'audit' as const,
    ...(enforceFrom ? { enforceFrom } : {}),
  });
  const enforce = { enabled: true, mode: 'enforce' as const };
  expect(weakens(audit(at(NOW)), audit(at(NOW + 1)))).toBe(true);
  expect(weakens(audit(at(NOW)), audit())).toBe(true);
  expect(weakens(enforce, audit(at(NOW)))).toBe(true);
  expect(weakens(enforce, { ...enforce, enabled: false })).toBe(true);
  expect(weakens(audit(), audit(at(NOW)))).toBe(false);
  expect(weakens(audit(at(NOW)), audit(at(NOW - 1)))).toBe(false);
  expect(weakens(audit(at(NOW)), enforce)).toBe(false);
});
