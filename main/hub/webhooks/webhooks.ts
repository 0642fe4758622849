import type { DatabaseSync } from 'node:sqlite';
import { problem } from '../../../shared/problems/catalogue.ts';
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
import { transaction } from '../store/database.ts';
import type { Deliver, Outcome } from './deliver.ts';
import { createHookStore, type Due, type Hook } from './hook-store.ts';
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
  /** Takes it in: what is sent, and when, is no matter of the caller. */
  send: (org: string, event: HookEvent, data: object) => void;
  list: (org: string) => Webhook[];
  add: (org: string, actor: string, hook: WebhookToAdd) => WebhookSecret;
  change: (org: string, actor: string, id: string, change: WebhookChange) => Webhook;
  remove: (org: string, actor: string, id: string) => void;
  newSecret: (org: string, actor: string, id: string) => WebhookSecret;
  /** Sends a test, once. */
  test: (org: string, id: string) => Promise<Delivery>;
  removeOld: () => void;
  stop: () => Promise<void>;
}

export function createWebhooks(deps: {
  database: DatabaseSync;
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

  wake();
  return {
    send: (org, event, data) => {
      const body = JSON.stringify({ type: event, timestamp: new Date(now()).toISOString(), data });
      for (const hook of store.list(org)) if (hook.enabled && hook.events.includes(event)) enqueue(hook, event, body);
      wake();
    },
    list: (org) => store.list(org).map(described),
    add: (org, actor, { name, url, events }) => {
      if (store.list(org).length >= MAX_WEBHOOKS) {
        throw new HttpProblem(409, problem('webhooks-too-many', { limit: MAX_WEBHOOKS }), { organization: org });
      }
      const secret = hookSecret(random(32));
      const id = random(8).toString('hex');
      transaction(database, () => {
        store.add({
          ...{ id, org, name, url: checkedUrl(org, url), events, enabled: true, secret, previous: null },
          ...{ previous_until: null, created_by: actor, created_at: now() },
        });
        record(org, actor, 'webhook.created', [`created webhook ${name} to ${hostOf(url)}`]);
      });
      return { webhook: described(found(org, id)), secret };
    },
    change: (org, actor, id, { name, url, events, enabled }) => {
      const hook = found(org, id);
      const changed: Hook = {
        ...hook,
        ...(name === undefined ? {} : { name }),
        ...(url === undefined ? {} : { url: checkedUrl(org, url) }),
        ...(events === undefined ? {} : { events }),
        ...(enabled === undefined ? {} : { enabled }),
      };
      const changes = describeChanges(hook, changed);
      if (changes.length > 0) {
        transaction(database, () => {
          store.save(changed);
          if (!changed.enabled) store.drop(id);
          record(org, actor, 'webhook.changed', changes);
        });
      }
      return described(found(org, id));
    },
    remove: (org, actor, id) => {
      const { name } = found(org, id);
      transaction(database, () => {
        store.remove(org, id);
        record(org, actor, 'webhook.deleted', [`deleted webhook ${name}`]);
      });
    },
    newSecret: (org, actor, id) => {
      const hook = found(org, id);
      const secret = hookSecret(random(32));
      transaction(database, () => {
        store.save({ ...hook, secret, previous: hook.secret, previous_until: now() + PREVIOUS_SECRET_MS });
        record(org, actor, 'webhook.secret-changed', [`changed the secret of webhook ${hook.name}`]);
      });
      return { webhook: described(found(org, id)), secret };
    },
    test: async (org, id) => {
      const hook = found(org, id);
      const delivery = `msg_${random(12).toString('hex')}`;
      const body = JSON.stringify({ type: 'test', timestamp: new Date(now()).toISOString(), data: { org } });
      store.enqueue({ id: delivery, hook: id, event: 'test', body, at: now(), nextTry: null });
      store.tried(delivery, await sent(hook, delivery, body), now(), null);
      const made = store.delivery(delivery);
      // Deleted meanwhile.
      if (made === undefined) throw unknown(org);
      return made;
    },
    removeOld: () => store.removeBefore(now() - KEPT_DAYS * DAY_MS),
    stop: async () => {
      stopped = true;
      cancel();
      await Promise.all([...running.values()].map(({ ended }) => ended));
    },
  };

  function enqueue(hook: Hook, event: string, body: string): void {
    const delivery = { id: `msg_${random(12).toString('hex')}`, hook: hook.id, event, at: now() };
    if (store.countWaiting(hook.id) < MOST_WAITING) store.enqueue({ ...delivery, body, nextTry: now() });
    else store.refuse({ ...delivery, problem: problem('webhook-queue-full', { limit: MOST_WAITING }) });
  }

  /** Starts what is due, and comes back for the rest. */
  function wake(): void {
    cancel();
    if (stopped) return;
    for (const due of store.due(now(), now() + LONGEST_WAIT_MS, [...running.keys()])) {
      const ofOrg = [...running.values()].filter(({ org }) => org === due.org).length;
      if (ofOrg < MOST_AT_ONCE && !running.has(due.hook)) start(due);
    }
    const next = store.nextTry();
    if (next !== null) cancel = clock.after(Math.min(Math.max(next - now(), 1000), CHECK_MS), wake);
  }

  function start(due: Due): void {
    const ended = attempt(due)
      .catch((error: unknown) => log.error({ hook: due.hook, err: error }, 'a webhook failed'))
      .finally(() => {
        running.delete(due.hook);
        wake();
      });
    running.set(due.hook, { org: due.org, ended });
  }

  async function attempt({ id, hook: hookId, org, body, tries }: Due): Promise<void> {
    const hook = store.find(org, hookId);
    if (hook === undefined) return;
    const outcome = await sent(hook, id, body);
    const wait = outcome.status === GONE ? null : waitAfter(tries + 1, random(1).readUInt8() / 255);
    store.tried(id, outcome, now(), wait === null ? null : now() + wait);
    if (outcome.status === GONE) switchOff(org, hookId);
  }

  /** The receiver says that it is gone for good (RFC 9110 section 15.5.11). */
  function switchOff(org: string, id: string): void {
    const hook = store.find(org, id);
    if (hook === undefined || !hook.enabled) return;
    transaction(database, () => {
      store.save({ ...hook, enabled: false });
      store.drop(id);
      record(org, 'hub', 'webhook.changed', [`switched webhook ${hook.name} off: its receiver answered 410 Gone`]);
    });
  }

  function sent(hook: Hook, id: string, body: string): Promise<Outcome> {
    const previous = hook.previous !== null && (hook.previous_until ?? 0) > now() ? [hook.previous] : [];
    return deliver({
      url: hook.url,
      body,
      headers: signedHeaders({ id, at: now(), body }, [hook.secret, ...previous]),
    });
  }

  function found(org: string, id: string): Hook {
    const hook = store.find(org, id);
    if (hook === undefined) throw unknown(org);
    return hook;
  }

  function described({ id, name, url, events, enabled, created_by, created_at, previous_until }: Hook): Webhook {
    const isKept = previous_until !== null && previous_until > now();
    return {
      ...{ id, name, url, events, enabled, createdBy: created_by, createdAt: new Date(created_at).toISOString() },
      previousUntil: isKept ? new Date(previous_until).toISOString() : null,
      deliveries: store.deliveries(id),
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

function describeChanges(before: Hook, after: Hook): string[] {
  const { name } = before;
  return [
    ...(before.name === after.name ? [] : [`renamed webhook ${name} to ${after.name}`]),
    ...(before.url === after.url ? [] : [`changed the address of webhook ${name} to ${hostOf(after.url)}`]),
    ...(JSON.stringify(before.events) === JSON.stringify(after.events)
      ? []
      : [`changed the events of webhook ${name} to ${after.events.join(', ')}`]),
    ...(before.enabled === after.enabled ? [] : [`switched webhook ${name} ${after.enabled ? 'on' : 'off'}`]),
  ];
}
