import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startEnforcingOnTime } from '../../../../main/hub/registry-access/enforce-on-time.ts';
import { createRegistryAccess, type RegistryAccess } from '../../../../main/hub/registry-access/registry-access.ts';
import { createSigningKeys } from '../../../../main/hub/registry-access/signing-keys.ts';
import { createAccounts } from '../../../../main/hub/store/accounts.ts';
import { createActivity } from '../../../../main/hub/store/activity.ts';
import { openDatabase } from '../../../../main/hub/store/database.ts';
import { createLogger } from '../../../../main/platform/log/logger.ts';
import { weakens } from '../../../../shared/lists/weakens.ts';
import { PolicyClaims } from '../../../../shared/policy/schema.ts';
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const HOUR = 3_600_000;
const at = (ms: number): string => new Date(ms).toISOString();

let folder: string;
let database: DatabaseSync;
let clock: ManualClock;
let access: RegistryAccess;
const stops: (() => Promise<void>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-hub-'));
  database = await openDatabase(join(folder, 'data'));
  clock = manualClock(NOW);
  createAccounts(database).addOrganization('acme');
  createSigningKeys(database, randomBytes, () => clock.wall()).create('acme');
  access = open();
  access.create('acme', { enabled: true, mode: 'audit', registries: [{ address: 'docker.io' }] }, 'hub');
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  database.close();
  await rm(folder, { recursive: true });
});

function open(): RegistryAccess {
  const keys = createSigningKeys(database, randomBytes, () => clock.wall());
  const activity = createActivity(database);
  return createRegistryAccess({ database, keys, activity, issuer: 'http://localhost:1', now: () => clock.wall() });
}
function run(): () => Promise<void> {
  const log = createLogger('hub', join(folder, 'log'));
  const { stop } = startEnforcingOnTime(['acme'], { access, clock, log });
  stops.push(stop);
  return stop;
}
const put = (settings: object) =>
  access.put('acme', Buffer.from(JSON.stringify({ enabled: true, mode: 'audit', registries: [], ...settings })), {
    actor: 'olivia',
    accepts: () => true,
  });
const claims = (): PolicyClaims => {
  const [, payload = ''] = new TextDecoder().decode(access.policy('acme').document.jws).split('.');
  return PolicyClaims.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
};
const enforced = () => vi.waitFor(() => expect(access.settings('acme').mode).toBe('enforce'), { timeout: 60_000 });
const actions = (): string[] =>
  createActivity(database)
    .page('acme', null, 50)
    .items.map(({ action }) => action);

describe('a list that is enforced from a date', () => {
  it('is told in the policy, and enforced at that moment, once, by a revision of the hub', async () => {
    run();
    await put({ enforceFrom: '2026-11-21T15:00:00+01:00' });
    expect(access.settings('acme')).toMatchObject({ mode: 'audit', enforceFrom: at(NOW + 2 * HOUR) });
    expect(claims()).toMatchObject({ mode: 'audit', enforceFrom: (NOW + 2 * HOUR) / 1000 });

    clock.advance(2 * HOUR - 1);
    await Promise.resolve();
    expect(access.settings('acme')).toMatchObject({ mode: 'audit', revision: 2 });
    clock.advance(1);
    await enforced();
    expect(access.settings('acme')).toMatchObject({ revision: 3 });
    expect(access.settings('acme').enforceFrom).toBeUndefined();
    expect(claims()).toMatchObject({ mode: 'enforce', revision: 3 });
    expect(claims().enforceFrom).toBeUndefined();
    clock.advance(48 * HOUR);
    await access.enforceDue('acme');
    expect(access.revision('acme')).toBe(3);
    expect(actions().filter((action) => action === 'settings.enforced')).toHaveLength(1);
    expect(access.revisions('acme', null, 1).items).toMatchObject([{ by: 'hub', mode: 'enforce' }]);
  });

  it('is enforced at the start of a hub that was stopped over the date', async () => {
    const stop = run();
    await put({ enforceFrom: at(NOW + HOUR) });
    await stop();
    clock.advance(30 * HOUR);
    expect(access.settings('acme').mode).toBe('audit');
    access = open();
    run();
    run();
    await enforced();
    expect(access.revision('acme')).toBe(3);
  });

  it('is enforced when the clock is set past the date', async () => {
    run();
    await put({ enforceFrom: at(NOW + 100 * HOUR) });
    clock.set(NOW + 101 * HOUR);
    clock.advance(30_000);
    await enforced();
  });

  it('is enforced on the date that was named last, or not at all where it was removed', async () => {
    run();
    await put({ enforceFrom: at(NOW + HOUR) });
    await put({ enforceFrom: at(NOW + 3 * HOUR) });
    clock.advance(2 * HOUR);
    expect(access.settings('acme').mode).toBe('audit');
    await put({ enforceFrom: null });
    clock.advance(3 * HOUR);
    await Promise.resolve();
    expect(access.settings('acme')).toMatchObject({ mode: 'audit', revision: 4 });
    expect(clock.pending()).toEqual([]);
  });

  it('keeps its date where a client does not name it, and loses it where it means nothing any more', async () => {
    await put({ enforceFrom: at(NOW + HOUR) });
    await put({ contact: '#registries' });
    expect(access.settings('acme').enforceFrom).toBe(at(NOW + HOUR));
    await put({ mode: 'enforce' });
    expect(access.settings('acme').enforceFrom).toBeUndefined();
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
    expect(access.settings('acme').enforceFrom).toBeUndefined();
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

it('a date that an older or broken hub writes otherwise is no fault of the policy', () => {
  const policy = { iss: 'x', org: 'acme', revision: 1, iat: 1, exp: 2, enabled: true, mode: 'audit', registries: [] };
  expect(PolicyClaims.parse({ ...policy, enforceFrom: 'soon' }).enforceFrom).toBeUndefined();
});

it('to enforce later than before, or no longer from a date, is to enforce less', () => {
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
