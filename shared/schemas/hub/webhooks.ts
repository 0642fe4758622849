import { z } from 'zod';
import { isOneLine } from '../../printable.ts';
import { Problem } from '../../problems/problem.ts';

/** What a webhook can be told of. */
export const HookEvent = z.enum(['request.created', 'request.decided', 'settings.changed', 'machine.alert']);
export type HookEvent = z.infer<typeof HookEvent>;

export const MAX_WEBHOOKS = 20;
/** How every secret begins (Standard Webhooks); the rest is base64 of 32 random bytes. */
export const HOOK_SECRET_PREFIX = 'whsec_';

const HookUrl = z.url({ protocol: /^https$/ }).max(2048);
const HookName = z.string().trim().min(1).max(100).refine(isOneLine, 'one line, without control characters');
const HookEvents = z
  .array(HookEvent)
  .min(1)
  .max(HookEvent.options.length)
  .transform((events) => [...new Set(events)]);

/** The body of `POST /v1/orgs/{org}/webhooks`. */
export const WebhookToAdd = z.strictObject({ name: HookName, url: HookUrl, events: HookEvents });
export type WebhookToAdd = z.input<typeof WebhookToAdd>;
/** The body of `PATCH …/webhooks/{id}`: what it does not name stays. */
export const WebhookChange = z.strictObject({
  name: HookName.optional(),
  url: HookUrl.optional(),
  events: HookEvents.optional(),
  /** false: nothing is sent. */
  enabled: z.boolean().optional(),
});
export type WebhookChange = z.input<typeof WebhookChange>;

/** `waiting`: not tried yet, or tried in vain and tried again; `failed`: given up after a day; `dropped`: switched off or deleted meanwhile. */
export const DeliveryState = z.enum(['waiting', 'delivered', 'failed', 'dropped']);
export type DeliveryState = z.infer<typeof DeliveryState>;

export const Delivery = z.object({
  /** The `webhook-id` of each try. */
  id: z.string(),
  /** A `HookEvent`, or `test`. */
  event: z.string(),
  /** RFC 3339. */
  at: z.string(),
  state: DeliveryState,
  tries: z.number().int(),
  /** RFC 3339: when it was last tried, and when it is tried again. */
  lastTry: z.string().nullable(),
  nextTry: z.string().nullable(),
  /** The status of the last answer; null where there was none. Nothing else of it is kept. */
  status: z.number().int().nullable(),
  /** Why the last try failed. */
  problem: Problem.nullable(),
});
export type Delivery = z.infer<typeof Delivery>;

export const Webhook = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  events: z.array(HookEvent),
  enabled: z.boolean(),
  /** User name. */
  createdBy: z.string(),
  createdAt: z.string(),
  /** RFC 3339: until when deliveries are signed with the secret before this one too; null where there is none. */
  previousUntil: z.string().nullable(),
  /** Newest first, at most 20. */
  deliveries: z.array(Delivery),
});
export type Webhook = z.infer<typeof Webhook>;

/** `GET …/webhooks`, by name. */
export const WebhookList = z.object({ items: z.array(Webhook) });
/** The answer to `POST …/webhooks` and `POST …/webhooks/{id}/secret`: the only time that a secret is told. */
export const WebhookSecret = z.object({ webhook: Webhook, secret: z.string() });
export type WebhookSecret = z.infer<typeof WebhookSecret>;
/** The answer to `POST …/webhooks/{id}/test`: the delivery as it went. */
export const WebhookTested = z.object({ delivery: Delivery });
