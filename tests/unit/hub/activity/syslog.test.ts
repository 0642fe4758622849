import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { settled, startSyslog } from '../../../../main/hub/activity/syslog.ts';
import { createAccounts } from '../../../../main/hub/store/accounts.ts';
import { type Activity, createActivity } from '../../../../main/hub/store/activity.ts';
import { createOwnChanges } from '../../../../main/hub/store/changes.ts';
import { createFacts } from '../../../../main/hub/store/facts.ts';
import { createLeases } from '../../../../main/hub/store/leases.ts';
import { createLogger } from '../../../../main/platform/log/logger.ts';
import { type TestDatabase, testDatabase } from '../../../support/hub-database.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { type SyslogReceiver, tcpSyslogReceiver, udpSyslogReceiver } from '../../../support/syslog-receiver.ts';

let test: TestDatabase;
let activity: Activity;
const stops: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  test = await testDatabase();
  await createAccounts(test.database).addOrganization('acme');
  activity = createActivity(test.database);
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await test.close();
});

const clock = manualClock();
async function start(port: number, protocol: 'tcp' | 'udp') {
  const log = createLogger('hub', join(test.dataDir, 'log'));
  const facts = createFacts(test.database);
  const shared = { leases: createLeases(test.database, 'this', clock.wall), changes: createOwnChanges(test.database) };
  const deps = { activity, facts, ...shared, clock, log, hostname: 'hub.example', pid: 7 };
  const syslog = await startSyslog({ host: '127.0.0.1', port, protocol }, deps);
  stops.push(() => syslog.stop());
  return syslog;
}
const record = (actor: string): Promise<number> =>
  activity.record('acme', { at: clock.wall(), actor, action: 'settings.changed', revision: 1 });
const actors = (receiver: Pick<SyslogReceiver, 'lines'>): string[] =>
  receiver.lines.map(({ text }) => JSON.parse(text).actor);
const arrived = (receiver: Pick<SyslogReceiver, 'lines'>, ...expected: string[]) =>
  vi.waitFor(() => expect(actors(receiver)).toEqual(expected), { timeout: 60_000 });

describe('a syslog receiver', () => {
  it('gets what happens from the first start on, over TCP, in order', async () => {
    const receiver = await tcpSyslogReceiver();
    stops.push(() => receiver.close());
    await record('before');
    await start(receiver.port, 'tcp');
    for (let index = 0; index < 250; index += 1) await record(`p${index}`);
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
    const first = await start(receiver.port, 'tcp');
    await record('one');
    await arrived(receiver, 'one');
    await receiver.pause();
    // What the system took after the far end had gone may be lost: a connection proves no more. So it is noticed first.
    await vi.waitFor(
      async () => {
        await record('probe');
        expect(clock.pending()).not.toEqual([]);
      },
      { timeout: 60_000 },
    );
    await record('two');
    await receiver.listen();
    clock.advance(5_000);
    await vi.waitFor(() => expect(actors(receiver).at(-1)).toBe('two'), { timeout: 60_000 });

    await first.stop();
    await record('three');
    await start(receiver.port, 'tcp');
    await vi.waitFor(() => expect(actors(receiver).at(-1)).toBe('three'), { timeout: 60_000 });
    expect(actors(receiver).filter((actor) => actor === 'two' || actor === 'three')).toEqual(['two', 'three']);
  });

  it('gets datagrams over UDP', async () => {
    const receiver = await udpSyslogReceiver();
    stops.push(() => receiver.close());
    await start(receiver.port, 'udp');
    await record('one');
    await record('two');
    await arrived(receiver, 'one', 'two');
  });
});

it('waits for an entry whose number is missing, as long as the transaction that has it may be under way', () => {
  const NOW = 1_800_000_000_000;
  const entry = (id: number, ago: number) => ({ item: { id, at: new Date(NOW - ago).toISOString() } });
  const ids = (...entries: ReturnType<typeof entry>[]) => settled(entries, 3, NOW).map(({ item }) => item.id);
  expect(ids(entry(4, 0), entry(5, 0))).toEqual([4, 5]);
  expect(ids(entry(4, 0), entry(6, 100), entry(7, 0))).toEqual([4]);
  expect(ids(entry(5, 100))).toEqual([]);
  expect(ids(entry(4, 90_000), entry(6, 31_000), entry(7, 0))).toEqual([4, 6, 7]);
});
