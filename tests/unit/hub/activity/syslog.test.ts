import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startSyslog } from '../../../../main/hub/activity/syslog.ts';
import { createAccounts } from '../../../../main/hub/store/accounts.ts';
import { type Activity, createActivity } from '../../../../main/hub/store/activity.ts';
import { openDatabase } from '../../../../main/hub/store/database.ts';
import { createFacts } from '../../../../main/hub/store/facts.ts';
import { createLogger } from '../../../../main/platform/log/logger.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { type SyslogReceiver, tcpSyslogReceiver, udpSyslogReceiver } from '../../../support/syslog-receiver.ts';

let folder: string;
let database: DatabaseSync;
let activity: Activity;
const stops: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-hub-'));
  database = await openDatabase(join(folder, 'data'));
  createAccounts(database).addOrganization('acme');
  activity = createActivity(database);
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  database.close();
  await rm(folder, { recursive: true });
});

const clock = manualClock();
function start(port: number, protocol: 'tcp' | 'udp') {
  const log = createLogger('hub', join(folder, 'log'));
  const facts = createFacts(database);
  const deps = { activity, facts, clock, log, hostname: 'hub.example', pid: 7 };
  const syslog = startSyslog({ host: '127.0.0.1', port, protocol }, deps);
  stops.push(() => syslog.stop());
  return syslog;
}
const record = (actor: string): number =>
  activity.record('acme', { at: clock.wall(), actor, action: 'settings.changed', revision: 1 });
const actors = (receiver: Pick<SyslogReceiver, 'lines'>): string[] =>
  receiver.lines.map(({ text }) => JSON.parse(text).actor);
const arrived = (receiver: Pick<SyslogReceiver, 'lines'>, ...expected: string[]) =>
  vi.waitFor(() => expect(actors(receiver)).toEqual(expected), { timeout: 60_000 });

describe('a syslog receiver', () => {
  it('gets what happens from the first start on, over TCP, in order', async () => {
    const receiver = await tcpSyslogReceiver();
    stops.push(() => receiver.close());
    record('before');
    start(receiver.port, 'tcp');
    for (let index = 0; index < 250; index += 1) record(`p${index}`);
    await arrived(receiver, ...Array.from({ length: 250 }, (_, index) => `p${index}`));
    expect(receiver.lines[0]).toMatchObject({
      priority: 109,
      version: '1',
      app: 'portcullis-hub',
      id: 'settings.changed',
    });
  });

  it('that was away gets what it missed, and a hub that was stopped goes on where it was', async () => {
    const receiver = await tcpSyslogReceiver();
    stops.push(() => receiver.close());
    const first = start(receiver.port, 'tcp');
    record('one');
    await arrived(receiver, 'one');
    await receiver.pause();
    // What the system took after the far end had gone may be lost: a connection proves no more. So it is noticed first.
    await vi.waitFor(
      () => {
        record('probe');
        expect(clock.pending()).not.toEqual([]);
      },
      { timeout: 60_000 },
    );
    record('two');
    await receiver.listen();
    clock.advance(5_000);
    await vi.waitFor(() => expect(actors(receiver).at(-1)).toBe('two'), { timeout: 60_000 });

    await first.stop();
    record('three');
    start(receiver.port, 'tcp');
    await vi.waitFor(() => expect(actors(receiver).at(-1)).toBe('three'), { timeout: 60_000 });
    expect(actors(receiver).filter((actor) => actor === 'two' || actor === 'three')).toEqual(['two', 'three']);
  });

  it('gets datagrams over UDP', async () => {
    const receiver = await udpSyslogReceiver();
    stops.push(() => receiver.close());
    start(receiver.port, 'udp');
    record('one');
    record('two');
    await arrived(receiver, 'one', 'two');
  });
});
