import { detail } from '../../../shared/activity/details.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { ActivityDetail } from '../../../shared/schemas/hub/activity.ts';
import {
  type Delivery,
  type HookEvent,
  MAX_WEBHOOKS,
  type Webhook,
  type WebhookChange,
  type WebhookSecret,
  type WebhookToAdd,
} from '../../../shared/schemas/hub/webhooks.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { HttpProblem } from '../http/problem-response.ts';
import type { RecordActivity } from '../store/activity.ts';
import type { Database } from '../store/database.ts';
import type { Deliver, Outcome } from './deliver.ts';
import { CLAIM_MS, createHookStore, type Due, type Hook } from './hook-store.ts';
import { LONGEST_WAIT_MS, waitAfter } from './retry.ts';
import { hookSecret, signedHeaders } from './signature.ts';

const DAY_MS = 86_400_000;
/** While it lasts, deliveries are signed with the secret before this one too. */
export const PREVIOUS_SECRET_MS = DAY_MS;
/** A receiver that is away must not fill the disk. */
export const MOST_WAITING = 1000;
/** At a time: slow receivers of one organization must not hold up those of another. */
const MOST_AT_ONCE = 4;
const KEPT_DAYS = 30;
/** A clock that is set, or a machine that slept, is noticed by then. */
const CHECK_MS = 30_000;
const GONE = 410;

/** Tells other programs what happens in an organization, as Standard Webhooks. What throws, throws HttpProblem. */
export interface Webhooks {
  /** Takes it in, with the transaction that it is called in: what is sent, and when, is no matter of the caller. */
  send: (org: string, event: HookEvent, data: object) => Promise<void>;
  list: (org: string) => Promise<Webhook[]>;
  add: (org: string, actor: string, hook: WebhookToAdd) => Promise<WebhookSecret>;
  change: (org: string, actor: string, id: string, change: WebhookChange) => Promise<Webhook>;
  remove: (org: string, actor: string, id: string) => Promise<void>;
  newSecret: (org: string, actor: string, id: string) => Promise<WebhookSecret>;
  /** Sends a test, once. */
  test: (org: string, id: string) => Promise<Delivery>;
  removeOld: () => Promise<void>;
  stop: () => Promise<void>;
}

export function createWebhooks(deps: {
  database: Database;
  deliver: Deliver;
  record: RecordActivity;
  clock: Clock;
  random: (bytes: number) => Buffer;
  log: Logger;
}): Webhooks {
  const { database, deliver, record, clock, random } = deps;
  const log = deps.log.child({ part: 'webhooks' });
  const store = createHookStore(database);
  const now = (): number => clock.wall();
  /** Under way, by hook. */
  const running = new Map<string, { org: string; ended: Promise<void> }>();
  let cancel = (): void => {};
  let stopped = false;
  let isAsked = false;
  let looking: Promise<void> = begin();

  return {
    send: async (org, event, data) => {
      const body = JSON.stringify({ type: event, timestamp: new Date(now()).toISOString(), data });
      await database.transaction(async () => {
        for (const hook of await store.list(org)) {
          if (hook.enabled && hook.events.includes(event)) await enqueue(hook, event, body);
        }
      });
      database.afterCommit(wake);
    },
    list: async (org) => Promise.all((await store.list(org)).map(described)),
    add: (org, actor, { name, url, events }) =>
      database.transaction(async () => {
        if ((await store.list(org)).length >= MAX_WEBHOOKS) {
          throw new HttpProblem(409, problem('webhooks-too-many', { limit: MAX_WEBHOOKS }), { organization: org });
        }
        const secret = hookSecret(random(32));
        const id = random(8).toString('hex');
        await store.add({
          ...{ id, org, name, url: checkedUrl(org, url), events, enabled: true, secret, previous: null },
          ...{ previous_until: null, created_by: actor, created_at: now() },
        });
        await record(org, actor, 'webhook.created', [detail('webhook-created', { name, host: hostOf(url) })]);
        return { webhook: await described(await found(org, id)), secret };
      }),
    change: (org, actor, id, { name, url, events, enabled }) =>
      database.transaction(async () => {
        const hook = await found(org, id);
        const changed: Hook = {
          ...hook,
          ...(name === undefined ? {} : { name }),
          ...(url === undefined ? {} : { url: checkedUrl(org, url) }),
          ...(events === undefined ? {} : { events }),
          ...(enabled === undefined ? {} : { enabled }),
        };
        const details = changeDetails(hook, changed);
        if (details.length > 0) {
          await store.save(changed);
          if (!changed.enabled) await store.drop(id);
          await record(org, actor, 'webhook.changed', details);
        }
        return described(await found(org, id));
      }),
    remove: (org, actor, id) =>
      database.transaction(async () => {
        const { name } = await found(org, id);
        await store.remove(org, id);
        await record(org, actor, 'webhook.deleted', [detail('webhook-deleted', { name })]);
      }),
    newSecret: (org, actor, id) =>
      database.transaction(async () => {
        const hook = await found(org, id);
        const secret = hookSecret(random(32));
        await store.save({ ...hook, secret, previous: hook.secret, previous_until: now() + PREVIOUS_SECRET_MS });
        await record(org, actor, 'webhook.secret-changed', [detail('webhook-secret', { name: hook.name })]);
        return { webhook: await described(await found(org, id)), secret };
      }),
    test: async (org, id) => {
      const hook = await found(org, id);
      const delivery = `msg_${random(12).toString('hex')}`;
      const body = JSON.stringify({ type: 'test', timestamp: new Date(now()).toISOString(), data: { org } });
      await store.enqueue({ id: delivery, hook: id, event: 'test', body, at: now(), nextTry: null });
      await store.tried(delivery, await sent(hook, delivery, body), now(), null);
      const made = await store.delivery(delivery);
      // Deleted meanwhile.
      if (made === undefined) throw unknown(org);
      return made;
    },
    removeOld: () => store.removeBefore(now() - KEPT_DAYS * DAY_MS),
    stop: async () => {
      stopped = true;
      cancel();
      await looking;
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
  };

  async function enqueue(hook: Hook, event: string, body: string): Promise<void> {
    const delivery = { id: `msg_${random(12).toString('hex')}`, hook: hook.id, event, at: now() };
    if ((await store.countWaiting(hook.id)) < MOST_WAITING) await store.enqueue({ ...delivery, body, nextTry: now() });
    else await store.refuse({ ...delivery, problem: problem('webhook-queue-full', { limit: MOST_WAITING }) });
  }

  async function begin(): Promise<void> {
    // What a hub had begun that was killed; where there may be others, its claims pass.
    if (database.engine === 'sqlite') await store.releaseAll().catch(failed);
    await lookUntilDone();
  }

  /** Starts what is due, and comes back for the rest. */
  function wake(): void {
    cancel();
    if (stopped) return;
    isAsked = true;
    looking = looking.then(() => (isAsked && !stopped ? lookUntilDone() : undefined));
  }

  async function lookUntilDone(): Promise<void> {
    isAsked = false;
    const wait = await look().catch((error: unknown) => {
      failed(error);
      return CHECK_MS;
    });
    cancel();
    if (wait !== null && !stopped) cancel = clock.after(wait, wake);
  }

  /** @returns after how many milliseconds to look again; null where nothing waits */
  async function look(): Promise<number | null> {
    for (const due of await store.due(now(), now() + LONGEST_WAIT_MS)) {
      const ofOrg = [...running.values()].filter(({ org }) => org === due.org).length;
      if (ofOrg >= MOST_AT_ONCE || running.has(due.hook) || stopped) continue;
      if (await store.claim(due.hook, now(), now() + CLAIM_MS)) start(due);
    }
    const next = await store.nextTry();
    // What a hub had taken in that was killed, its neighbours find.
    if (next === null) return database.engine === 'sqlite' ? null : CHECK_MS;
    return Math.min(Math.max(next - now(), 1000), CHECK_MS);
  }

  function start(due: Due): void {
    const ended = attempt(due)
      .finally(() => store.release(due.hook))
      .catch((error: unknown) => log.error({ hook: due.hook, err: error }, 'a webhook failed'))
      .finally(() => {
        running.delete(due.hook);
        wake();
      });
    running.set(due.hook, { org: due.org, ended });
  }

  async function attempt({ id, hook: hookId, org, body, tries }: Due): Promise<void> {
    const hook = await store.find(org, hookId);
    const present = await store.delivery(id);
    // Deleted, or tried by another hub between our look and our claim.
    if (hook === undefined || present?.state !== 'waiting' || present.tries !== tries) return;
    const outcome = await sent(hook, id, body);
    const wait = outcome.status === GONE ? null : waitAfter(tries + 1, random(1).readUInt8() / 255);
    await store.tried(id, outcome, now(), wait === null ? null : now() + wait);
    if (outcome.status === GONE) await switchOff(org, hookId);
  }

  /** The receiver says that it is gone for good (RFC 9110 section 15.5.11). */
  async function switchOff(org: string, id: string): Promise<void> {
    await database.transaction(async () => {
      const hook = await store.find(org, id);
      if (hook === undefined || !hook.enabled) return;
      await store.save({ ...hook, enabled: false });
      await store.drop(id);
      await record(org, 'hub', 'webhook.changed', [detail('webhook-gone', { name: hook.name })]);
    });
  }

  function failed(error: unknown): void {
    log.error({ err: error }, 'looking for what webhooks are to get failed; trying again');
  }

  function sent(hook: Hook, id: string, body: string): Promise<Outcome> {
    const previous = hook.previous !== null && (hook.previous_until ?? 0) > now() ? [hook.previous] : [];
    return deliver({
      url: hook.url,
      body,
      headers: signedHeaders({ id, at: now(), body }, [hook.secret, ...previous]),
    });
  }

  async function found(org: string, id: string): Promise<Hook> {
    const hook = await store.find(org, id);
    if (hook === undefined) throw unknown(org);
    return hook;
  }

  async function described(hook: Hook): Promise<Webhook> {
    const { id, name, url, events, enabled, created_by, created_at, previous_until } = hook;
    const isKept = previous_until !== null && previous_until > now();
    return {
      ...{ id, name, url, events, enabled, createdBy: created_by, createdAt: new Date(created_at).toISOString() },
      previousUntil: isKept ? new Date(previous_until).toISOString() : null,
      deliveries: await store.deliveries(id),
    };
  }
}

function unknown(organization: string): HttpProblem {
  return new HttpProblem(404, problem('webhook-unknown'), { organization });
}

/** Without a user or a fragment, neither of which is sent. @throws HttpProblem 422 */
function checkedUrl(organization: string, text: string): string {
  const url = new URL(text);
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    throw new HttpProblem(422, problem('webhook-url-invalid'), { organization });
  }
  return url.href;
}

/** The path may hold a secret of the receiver: it stands in no activity. */
function hostOf(url: string): string {
  return new URL(url).host;
}

function changeDetails(before: Hook, after: Hook): ActivityDetail[] {
  const { name } = before;
  const { url, events } = after;
  return [
    ...(before.name === after.name ? [] : [detail('webhook-renamed', { name, after: after.name })]),
    ...(before.url === url ? [] : [detail('webhook-moved', { name, host: hostOf(url) })]),
    ...(JSON.stringify(before.events) === JSON.stringify(events) ? [] : [detail('webhook-events', { name, events })]),
    ...(before.enabled === after.enabled ? [] : [detail(after.enabled ? 'webhook-on' : 'webhook-off', { name })]),
  ];
}
