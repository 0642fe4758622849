import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportedActivity } from '../../../../main/hub/activity/export.ts';
import { syslogMessage } from '../../../../main/hub/activity/rfc5424.ts';
import { createAccounts } from '../../../../main/hub/store/accounts.ts';
import { type Activity, type ActivityEntry, createActivity } from '../../../../main/hub/store/activity.ts';
import { detail } from '../../../../shared/activity/details.ts';
import { ActivityFilter } from '../../../../shared/schemas/hub/activity.ts';
import { type TestDatabase, testDatabase } from '../../../support/hub-database.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const HOUR = 3_600_000;

let test: TestDatabase;
let activity: Activity;
beforeEach(async () => {
  test = await testDatabase();
  await createAccounts(test.database).addOrganization('acme');
  await createAccounts(test.database).addOrganization('globex');
  activity = createActivity(test.database);
});
afterEach(() => test.close());

function record(entry: Partial<ActivityEntry>): Promise<number> {
  return activity.record('acme', { at: NOW, actor: 'olivia', action: 'settings.changed', revision: 2, ...entry });
}
const ids = async (query: Record<string, string>): Promise<number[]> =>
  (await activity.page('acme', null, 200, ActivityFilter.parse(query))).items.map(({ id }) => id);
const exported = async (org: string, format: 'csv' | 'jsonl'): Promise<string> => {
  let text = '';
  for await (const part of exportedActivity(activity, org, {}, format)) text += part;
  return text;
};

describe('the activity', () => {
  it('is filtered by action, kind of change, person, time and text, all at once', async () => {
    const created = await record({
      at: NOW - 5 * HOUR,
      actor: 'hub',
      action: 'organization.created',
      details: [detail('organization-created', { organization: 'acme', registries: 1 })],
    });
    const key = await record({
      at: NOW - 4 * HOUR,
      action: 'key.announced',
      details: [detail('key-announced', { key: 'ABC' })],
    });
    const added = await record({
      at: NOW - 3 * HOUR,
      diff: [{ kind: 'added', address: 'ghcr.io', nickname: 'Git "Hub"' }],
    });
    const removed = await record({ at: NOW - 2 * HOUR, actor: 'ray', diff: [{ kind: 'removed', address: 'quay.io' }] });
    const many = await record({ at: NOW - HOUR, diff: [{ kind: 'more', added: 0, removed: 5, renamed: 0 }] });
    expect(await ids({})).toEqual([many, removed, added, key, created]);
    expect(await ids({ action: 'key.' })).toEqual([key]);
    expect(await ids({ action: 'settings.changed' })).toEqual([many, removed, added]);
    expect(await ids({ change: 'removed' })).toEqual([many, removed]);
    expect(await ids({ change: 'added' })).toEqual([added]);
    expect(await ids({ actor: 'ray' })).toEqual([removed]);
    expect(await ids({ q: 'GHCR' })).toEqual([added]);
    expect(await ids({ q: 'git "hub"' })).toEqual([added]);
    expect(await ids({ q: '%' })).toEqual([]);
    expect(await ids({ from: '2026-11-21T09:00:00Z', to: '2026-11-21T12:00:00+01:00' })).toEqual([removed, added]);
    expect(await ids({ action: 'settings.changed', actor: 'olivia', change: 'removed' })).toEqual([many]);
  });

  it('comes in pages of what fits', async () => {
    const kept: number[] = [];
    for (let index = 0; index < 3; index += 1) {
      await record({ actor: 'ray' });
      kept.push(await record({}));
    }
    const filter = ActivityFilter.parse({ actor: 'olivia' });
    const first = await activity.page('acme', null, 2, filter);
    expect(first.items.map(({ id }) => id)).toEqual(kept.slice(1).reverse());
    const second = await activity.page('acme', Number(first.next), 2, filter);
    expect(second).toMatchObject({ items: [{ id: kept[0] }], next: null });
  });

  it('is kept as long as it should be', async () => {
    await record({ at: NOW - 2 * HOUR });
    const young = await record({ at: NOW - HOUR });
    await activity.removeBefore(NOW - HOUR);
    expect(await ids({})).toEqual([young]);
  });

  it('of an organization is not seen in another', async () => {
    await record({});
    expect((await activity.page('globex', null, 10, {})).items).toEqual([]);
    expect(await exported('globex', 'jsonl')).toBe('');
  });
});

describe('an export', () => {
  it('as CSV has one record an entry, and no cell that a spreadsheet runs', async () => {
    await record({
      actor: '=cmd',
      diff: [{ kind: 'added', address: 'ghcr.io', nickname: '=1+1' }],
      details: [detail('password-set', { username: '@x' })],
    });
    expect(await exported('acme', 'csv')).toBe(
      '\uFEFFtime,actor,action,revision,changes,id\r\n' +
        `2026-11-21T12:00:00.000Z,"'=cmd",settings.changed,2,"added ghcr.io (=1+1)\n@x set a password",1\r\n`,
    );
  });

  it('as JSON lines has everything, a line each, in ASCII', async () => {
    for (let index = 0; index < 450; index += 1)
      await record({ details: [detail('key-announced', { key: `änderung\u2028 ${index}` })] });
    const text = await exported('acme', 'jsonl');
    const lines = text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(Array.from({ length: 450 }, (_, index) => 450 - index));
    expect(JSON.parse(lines[0] ?? '').changes).toEqual(['announced key änderung\u2028 449']);
    expect(/^[\x20-\x7e\n]*$/.test(text)).toBe(true);
  });
});

describe('a syslog message', () => {
  const item = {
    id: 1,
    at: new Date(NOW).toISOString(),
    actor: 'olivia',
    action: 'key.used',
    changes: ['x'],
    revision: 2,
  };

  it('is one of RFC 5424', () => {
    expect(syslogMessage({ org: 'acme', item }, 'hub.example', 7).toString()).toBe(
      '<109>1 2026-11-21T12:00:00.000Z hub.example portcullis-hub 7 key.used - ' +
        '{"org":"acme","id":1,"at":"2026-11-21T12:00:00.000Z","actor":"olivia","action":"key.used","changes":["x"],"revision":2}',
    );
  });

  it('fits a datagram, whatever changed', () => {
    const changes = Array.from({ length: 200 }, (_, index) => `added r${index}.example (${'ü'.repeat(200)})`);
    const text = syslogMessage({ org: 'acme', item: { ...item, changes } }, 'h\u0000ö', 7).toString();
    expect(text.length).toBeLessThanOrEqual(8000);
    expect(text).toContain(' h portcullis-hub ');
    const said: string[] = JSON.parse(text.slice(text.indexOf('{'))).changes;
    expect(said.at(-1)).toBe(`and ${200 - (said.length - 1)} more`);
  });
});
