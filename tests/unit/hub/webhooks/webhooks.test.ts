import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAccounts } from '../../../../main/hub/store/accounts.ts';
import type { Deliver, Outcome } from '../../../../main/hub/webhooks/deliver.ts';
import { signedHeaders } from '../../../../main/hub/webhooks/signature.ts';
import {
  createWebhooks,
  MOST_WAITING,
  PREVIOUS_SECRET_MS,
  type Webhooks,
} from '../../../../main/hub/webhooks/webhooks.ts';
import { detailIn } from '../../../../shared/activity/details.ts';
import { problem } from '../../../../shared/problems/catalogue.ts';
import { type TestDatabase, testDatabase } from '../../../support/hub-database.ts';
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts';

const HOUR = 3_600_000;
let test: TestDatabase;
let clock: ManualClock;
let hooks: Webhooks;
let sent: { url: string; headers: Record<string, string>; body: string }[];
let answer: (url: string) => Outcome | Promise<Outcome>;
let recorded: string[];

const DELIVERED: Outcome = { status: 204, problem: null };
const FAILED: Outcome = { status: 500, problem: problem('webhook-answered', { host: 'a.example', status: 500 }) };

function start(): Webhooks {
  const deliver: Deliver = async (sending) => {
    sent.push(sending);
    return answer(sending.url);
  };
  return createWebhooks({
    ...{ database: test.database, deliver, clock, random: randomBytes, log: pino({ level: 'silent' }) },
    record: async (_org, actor, _action, details) =>
      void recorded.push(...details.map((one) => `${actor}: ${detailIn('en', one)}`)),
  });
}

/** What is under way has come back: nothing here waits for anything but promises. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await setImmediate();
}

beforeEach(async () => {
  test = await testDatabase();
  const accounts = createAccounts(test.database);
  await accounts.addOrganization('acme');
  await accounts.addOrganization('globex');
  clock = manualClock();
  sent = [];
  recorded = [];
  answer = () => DELIVERED;
  hooks = start();
});
afterEach(async () => {
  await hooks.stop();
  await test.close();
});

const add = (name: string, more: object = {}, org = 'acme') =>
  hooks.add(org, 'olivia', { name, url: `https://${name}.example/x`, events: ['request.created'], ...more });
const deliveries = async (id: string) => (await hooks.list('acme')).find((hook) => hook.id === id)?.deliveries ?? [];

describe('an event', () => {
  it('goes to the webhooks of its organization that want it, signed', async () => {
    const { secret } = await add('one');
    await add('other', { events: ['settings.changed'] });
    await add('theirs', {}, 'globex');
    await hooks.send('acme', 'request.created', { host: 'gcr.io' });
    await settled();
    const [only] = sent;
    expect(sent.map(({ url }) => url)).toEqual(['https://one.example/x']);
    expect(JSON.parse(only?.body ?? '')).toEqual({
      ...{ type: 'request.created', data: { host: 'gcr.io' } },
      timestamp: new Date(clock.wall()).toISOString(),
    });
    const id = only?.headers['webhook-id'] ?? '';
    expect(only?.headers).toEqual(signedHeaders({ id, at: clock.wall(), body: only?.body ?? '' }, [secret]));
  });

  it('is signed as Standard Webhooks says', async () => {
    // The example of its specification.
    const headers = signedHeaders(
      { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', at: 1_614_265_330_000, body: '{"test": 2432232314}' },
      ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    );
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('is tried again over nearly a day, with the same id, and then given up', async () => {
    answer = () => FAILED;
    const { webhook } = await add('one');
    const from = clock.wall();
    await hooks.send('acme', 'request.created', {});
    await settled();
    for (let turn = 0; turn < 5000; turn++) {
      clock.advance(clock.pending()[0] ?? 0);
      await settled();
      if ((await deliveries(webhook.id))[0]?.state === 'failed') break;
    }
    const [made] = await deliveries(webhook.id);
    expect(made).toMatchObject({
      state: 'failed',
      tries: 9,
      status: 500,
      problem: { code: 'webhook-answered' },
      nextTry: null,
    });
    expect((clock.wall() - from) / HOUR).toBeGreaterThan(20);
    expect((clock.wall() - from) / HOUR).toBeLessThan(27);
    expect(new Set(sent.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    // Each try says when it was made.
    expect(new Set(sent.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(9);
  });

  it('is kept over a restart', async () => {
    answer = () => FAILED;
    const { webhook } = await add('one');
    await hooks.send('acme', 'request.created', { host: 'gcr.io' });
    await settled();
    await hooks.stop();
    answer = () => DELIVERED;
    hooks = start();
    clock.advance(10_000);
    await settled();
    expect(await deliveries(webhook.id)).toMatchObject([{ state: 'delivered', tries: 2, problem: null }]);
    expect(await test.database.get(sql`SELECT count(body) AS bodies FROM webhook_deliveries`)).toEqual({ bodies: 0 });
  });

  it('is not lost where the clock is set back', async () => {
    answer = () => FAILED;
    const { webhook } = await add('one');
    await hooks.send('acme', 'request.created', {});
    await settled();
    clock.set(clock.wall() - 365 * 24 * HOUR);
    answer = () => DELIVERED;
    clock.advance(30_000);
    await settled();
    expect((await deliveries(webhook.id))[0]?.state).toBe('delivered');
  });
});

describe('a slow or broken receiver', () => {
  it('holds up no other one', async () => {
    const never = Promise.withResolvers<Outcome>();
    answer = (url) => (url.startsWith('https://slow') ? never.promise : DELIVERED);
    for (const n of [1, 2, 3]) await add(`slow${n}`);
    await add('quick');
    await add('theirs', {}, 'globex');
    for (let n = 0; n < 5; n++) {
      await hooks.send('acme', 'request.created', { n });
      await hooks.send('globex', 'request.created', { n });
    }
    await settled();
    const counted = (name: string) => sent.filter(({ url }) => url.startsWith(`https://${name}`)).length;
    // One at a time to each.
    expect([counted('slow1'), counted('quick'), counted('theirs')]).toEqual([1, 5, 5]);
    never.resolve(DELIVERED);
    await settled();
    expect(counted('slow1')).toBe(5);
  });

  it('has only so much waiting for it: what comes then is dropped, and shown', async () => {
    const never = Promise.withResolvers<Outcome>();
    answer = () => never.promise;
    const { webhook } = await add('one');
    for (let n = 0; n < MOST_WAITING + 1; n++) await hooks.send('acme', 'request.created', { n });
    expect((await deliveries(webhook.id))[0]).toMatchObject({
      state: 'dropped',
      problem: { code: 'webhook-queue-full' },
    });
    never.resolve(DELIVERED);
    await settled();
  });

  it('that says it is gone is switched off', async () => {
    answer = () => ({ status: 410, problem: problem('webhook-answered', { host: 'one.example', status: 410 }) });
    const { webhook } = await add('one');
    await hooks.send('acme', 'request.created', {});
    await settled();
    expect(await hooks.list('acme')).toMatchObject([
      { id: webhook.id, enabled: false, deliveries: [{ state: 'failed' }] },
    ]);
    expect(recorded.at(-1)).toContain('hub: switched webhook one off');
  });
});

describe('a webhook', () => {
  it('that is switched off or deleted gets nothing more', async () => {
    answer = () => FAILED;
    const { webhook } = await add('one');
    await hooks.send('acme', 'request.created', {});
    await settled();
    await hooks.change('acme', 'olivia', webhook.id, { enabled: false });
    expect((await deliveries(webhook.id))[0]?.state).toBe('dropped');
    clock.advance(HOUR);
    await settled();
    expect(sent).toHaveLength(1);
    await hooks.remove('acme', 'olivia', webhook.id);
    expect(await hooks.list('acme')).toEqual([]);
  });

  it('is signed with both secrets for a day after a change, and its secret is never told again', async () => {
    const { webhook, secret } = await add('one');
    const { secret: next } = await hooks.newSecret('acme', 'olivia', webhook.id);
    expect(next).not.toBe(secret);
    const signatures = async () => {
      await hooks.test('acme', webhook.id);
      return sent.at(-1)?.headers['webhook-signature']?.split(' ').length;
    };
    expect(await signatures()).toBe(2);
    clock.advance(PREVIOUS_SECRET_MS + 1);
    expect(await signatures()).toBe(1);
    const told = JSON.stringify([await hooks.list('acme'), recorded]);
    for (const one of [secret, next]) expect(told).not.toContain(one.slice('whsec_'.length));
    // Nor the path of the address, in the activity.
    expect(recorded.join()).not.toContain('/x');
  });

  it('is tested once, and says how that went', async () => {
    answer = () => FAILED;
    const { webhook } = await add('one');
    expect(await hooks.test('acme', webhook.id)).toMatchObject({
      event: 'test',
      state: 'failed',
      tries: 1,
      status: 500,
    });
    clock.advance(HOUR);
    await settled();
    expect(sent).toHaveLength(1);
  });

  it('takes no user in its address', async () => {
    await expect(add('one', { url: 'https://user:secret@one.example/' })).rejects.toThrow('https address');
  });
});
