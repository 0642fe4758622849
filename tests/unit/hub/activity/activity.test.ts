import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportedActivity } from '../../../../main/hub/activity/export.ts';
import { syslogMessage } from '../../../../main/hub/activity/rfc5424.ts';
import { createAccounts } from '../../../../main/hub/store/accounts.ts';
import { type Activity, type ActivityEntry, createActivity } from '../../../../main/hub/store/activity.ts';
import { openDatabase } from '../../../../main/hub/store/database.ts';
import { ActivityFilter } from '../../../../shared/schemas/hub/activity.ts';

const NOW = Date.UTC(2026, 10, 21, 12);
const HOUR = 3_600_000;

let folder: string;
let database: DatabaseSync;
let activity: Activity;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-hub-'));
  database = await openDatabase(join(folder, 'data'));
  createAccounts(database).addOrganization('acme');
  createAccounts(database).addOrganization('globex');
  activity = createActivity(database);
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true });
});

function record(entry: Partial<ActivityEntry>): number {
  return activity.record('acme', { at: NOW, actor: 'olivia', action: 'settings.changed', revision: 2, ...entry });
}
const ids = (query: Record<string, string>): number[] =>
  activity.page('acme', null, 200, ActivityFilter.parse(query)).items.map(({ id }) => id);

describe('the activity', () => {
  it('is filtered by action, kind of change, person, time and text, all at once', () => {
    const created = record({ at: NOW - 5 * HOUR, actor: 'hub', action: 'organization.created', changes: ['created'] });
    const key = record({ at: NOW - 4 * HOUR, action: 'key.announced', changes: ['announced key ABC'] });
    const added = record({ at: NOW - 3 * HOUR, diff: [{ kind: 'added', address: 'ghcr.io', nickname: 'Git "Hub"' }] });
    const removed = record({ at: NOW - 2 * HOUR, actor: 'ray', diff: [{ kind: 'removed', address: 'quay.io' }] });
    const many = record({ at: NOW - HOUR, diff: [{ kind: 'more', added: 0, removed: 5, renamed: 0 }] });
    expect(ids({})).toEqual([many, removed, added, key, created]);
    expect(ids({ action: 'key.' })).toEqual([key]);
    expect(ids({ action: 'settings.changed' })).toEqual([many, removed, added]);
    expect(ids({ change: 'removed' })).toEqual([many, removed]);
    expect(ids({ change: 'added' })).toEqual([added]);
    expect(ids({ actor: 'ray' })).toEqual([removed]);
    expect(ids({ q: 'GHCR' })).toEqual([added]);
    expect(ids({ q: 'git "hub"' })).toEqual([added]);
    expect(ids({ q: '%' })).toEqual([]);
    expect(ids({ from: '2026-11-21T09:00:00Z', to: '2026-11-21T12:00:00+01:00' })).toEqual([removed, added]);
    expect(ids({ action: 'settings.changed', actor: 'olivia', change: 'removed' })).toEqual([many]);
  });

  it('comes in pages of what fits', () => {
    const kept = [1, 2, 3].map(() => {
      record({ actor: 'ray' });
      return record({});
    });
    const filter = ActivityFilter.parse({ actor: 'olivia' });
    const first = activity.page('acme', null, 2, filter);
    expect(first.items.map(({ id }) => id)).toEqual(kept.slice(1).reverse());
    const second = activity.page('acme', Number(first.next), 2, filter);
    expect(second).toMatchObject({ items: [{ id: kept[0] }], next: null });
  });

  it('is kept as long as it should be', () => {
    record({ at: NOW - 2 * HOUR });
    const young = record({ at: NOW - HOUR });
    activity.removeBefore(NOW - HOUR);
    expect(ids({})).toEqual([young]);
  });

  it('of an organization is not seen in another', () => {
    record({});
    expect(activity.page('globex', null, 10, {}).items).toEqual([]);
    expect([...exportedActivity(activity, 'globex', {}, 'jsonl')].join('')).toBe('');
  });
});

describe('an export', () => {
  it('as CSV has one record an entry, and no cell that a spreadsheet runs', () => {
    record({ actor: '=cmd', diff: [{ kind: 'added', address: 'ghcr.io', nickname: '=1+1' }], changes: ['@x'] });
    expect([...exportedActivity(activity, 'acme', {}, 'csv')].join('')).toBe(
      '\uFEFFtime,actor,action,revision,changes,id\r\n' +
        `2026-11-21T12:00:00.000Z,"'=cmd",settings.changed,2,"added ghcr.io (=1+1)\n@x",1\r\n`,
    );
  });

  it('as JSON lines has everything, a line each, in ASCII', () => {
    for (let index = 0; index < 450; index += 1) record({ changes: [`änderung\u2028 ${index}`] });
    const text = [...exportedActivity(activity, 'acme', {}, 'jsonl')].join('');
    const lines = text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(Array.from({ length: 450 }, (_, index) => 450 - index));
    expect(JSON.parse(lines[0] ?? '').changes).toEqual(['änderung\u2028 449']);
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
