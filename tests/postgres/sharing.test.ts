import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSignInAttempts } from '../../main/hub/sign-in/attempts.ts';
import { createAccounts } from '../../main/hub/store/accounts.ts';
import type { Change } from '../../main/hub/store/changes.ts';
import { createLeases } from '../../main/hub/store/leases.ts';
import { createChanges } from '../../main/hub/store/shared-changes.ts';
import { createTallies } from '../../main/hub/store/tallies.ts';
import { createWebhooks } from '../../main/hub/webhooks/webhooks.ts';
import { systemClock } from '../../main/platform/time/clock.ts';
import { type TestDatabase, testDatabase, testServer } from '../support/hub-database.ts';
import { manualClock } from '../support/manual-clock.ts';
import { withClient } from '../support/postgres.ts';

const log = pino({ level: 'silent' });
let test: TestDatabase;
const stops: (() => Promise<void>)[] = [];
beforeEach(async () => {
  test = await testDatabase();
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await test.close();
});

describe('changes', () => {
  async function hub(origin: string) {
    const changes = createChanges(test.database, { origin, clock: systemClock, log });
    const heard: Change[] = [];
    const looks = vi.fn(async () => undefined);
    changes.onChange((change) => heard.push(change));
    changes.onLook(looks);
    await changes.start();
    stops.push(() => changes.stop());
    return { changes, heard, looks };
  }
  const access = (sub: string): Change => ({ kind: 'access', sub });
  const cut = () =>
    withClient(testServer() ?? '', 'postgres', (client) =>
      client.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"),
    );

  it('are heard once by every hub, and not at all where their transaction is undone', async () => {
    const [one, other] = [await hub('one'), await hub('other')];
    await test.database
      .transaction(async () => {
        await one.changes.tell(access('undone'));
        throw new Error('no');
      })
      .catch(() => undefined);
    await one.changes.tell(access('mia'));
    await other.changes.tell(access('max'));
    await vi.waitFor(
      () => {
        expect(one.heard.map((change) => change.kind === 'access' && change.sub).toSorted()).toEqual(['max', 'mia']);
        expect(other.heard.map((change) => change.kind === 'access' && change.sub).toSorted()).toEqual(['max', 'mia']);
      },
      { timeout: 60_000 },
    );
    const looks = other.looks.mock.calls.length;
    await vi.waitFor(() => expect(other.looks.mock.calls.length).toBeGreaterThan(looks), { timeout: 60_000 });
    expect(other.heard).toHaveLength(2);
  });

  it('are heard also where the connection that tells of them is cut', async () => {
    const [one, other] = [await hub('one'), await hub('other')];
    for (let turn = 0; turn < 5; turn += 1) {
      await cut();
      await one.changes.tell(access(`person ${turn}`));
    }
    await vi.waitFor(() => expect(other.heard).toHaveLength(5), { timeout: 60_000 });
  });

  it('of a newer version that this one does not know are passed over', async () => {
    const one = await hub('one');
    await test.database.run(
      sql`INSERT INTO changes (at, origin, body) VALUES (1, 'newer', '{"kind":"moon","phase":"full"}'),
        (1, 'newer', '{"kind":"access","sub":"mia","more":1}')`,
    );
    await vi.waitFor(() => expect(one.heard).toEqual([access('mia')]), { timeout: 60_000 });
  });
});

describe('throttles', () => {
  it('count what is tried at any of several hubs', async () => {
    let now = 1_800_000_000_000;
    const hubs = [1, 2, 3].map(() =>
      createSignInAttempts(
        createTallies(test.database, () => now),
        () => now,
      ),
    );
    const waits = await Promise.all(Array.from({ length: 24 }, (_, index) => hubs[index % 3]?.begin('Mia ')));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(8);
    expect(await hubs[0]?.begin('mia')).toBe(5000);
    now += 5000;
    expect(await hubs[1]?.begin('mia')).toBe(0);
    await hubs[2]?.succeeded('mia');
    expect(await hubs[0]?.begin('mia')).toBe(0);
    // What is typed as a name may be a password.
    const rows = JSON.stringify(await test.database.all(sql`SELECT * FROM tallies`));
    expect(rows).not.toContain('mia');
  });

  it('are forgotten when they mean nothing any more', async () => {
    let now = 1_800_000_000_000;
    const tallies = createTallies(test.database, () => now);
    await createSignInAttempts(tallies, () => now).begin('mia');
    now += 86_400_000;
    await tallies.removeOld();
    expect(await test.database.all(sql`SELECT * FROM tallies`)).toEqual([]);
  });
});

it('a lease is held by one hub, until it lets go or is gone for half a minute', async () => {
  let now = 1_800_000_000_000;
  const [one, other] = ['one', 'other'].map((holder) => createLeases(test.database, holder, () => now));
  expect(await Promise.all([one?.hold('syslog'), other?.hold('syslog')])).toContain(true);
  await one?.release('syslog');
  await other?.release('syslog');
  expect([await one?.hold('syslog'), await other?.hold('syslog'), await one?.hold('syslog')]).toEqual([
    true,
    false,
    true,
  ]);
  now += 29_999;
  expect(await other?.hold('syslog')).toBe(false);
  now += 1;
  expect(await other?.hold('syslog')).toBe(true);
  await other?.release('syslog');
  expect(await one?.hold('syslog')).toBe(true);
  // A clock that was ahead.
  now -= 3_600_000;
  expect(await other?.hold('syslog')).toBe(true);
});

it('a webhook gets each event once, however many hubs deliver', async () => {
  const { database } = test;
  await createAccounts(database).addOrganization('acme');
  const got: string[] = [];
  const underWay = new Set<string>();
  const clock = manualClock(1_800_000_000_000);
  const start = () => {
    const hooks = createWebhooks({
      ...{ database, clock, random: randomBytes, log, record: async () => undefined },
      deliver: async ({ url, headers }) => {
        // One at a time to each receiver.
        expect(underWay.has(url)).toBe(false);
        underWay.add(url);
        await new Promise((resolve) => setImmediate(resolve));
        got.push(headers['webhook-id'] ?? '');
        underWay.delete(url);
        return { status: 204, problem: null };
      },
    });
    stops.push(() => hooks.stop());
    return hooks;
  };
  const hubs = [start(), start(), start()];
  await hubs[0]?.add('acme', 'olivia', { name: 'one', url: 'https://one.example/', events: ['request.created'] });
  await Promise.all(
    Array.from({ length: 30 }, (_, number) => hubs[number % 3]?.send('acme', 'request.created', { number })),
  );
  await vi.waitFor(
    () => {
      clock.advance(1000);
      expect(got).toHaveLength(30);
    },
    { timeout: 120_000, interval: 50 },
  );
  expect(new Set(got).size).toBe(30);
});
