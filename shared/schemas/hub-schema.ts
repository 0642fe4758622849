import { z } from 'zod';
import { MAX_REGISTRIES, OrganizationName, PolicyMode, RegistryEntry } from '../policy/schema.ts';
import { Problem } from '../problems/problem.ts';
import { ActivityDetail } from './hub/activity.ts';
import { SettingsChanges } from './hub/changes.ts';
import { SentExtras, SettingsExtras } from './hub/grants.ts';
import { Access } from './hub/people.ts';

/** The public client as which Portcullis signs in to its own hub: native, no secret, PKCE (RFC 8252, RFC 7636). */
export const DESKTOP_CLIENT_ID = 'portcullis-desktop';
/** Registered as `http://127.0.0.1{path}` and `http://[::1]{path}`; any port is accepted (RFC 8252 section 7.3). */
export const SIGN_IN_REDIRECT_PATH = '/callback';

/** The dashboard: where the hub serves it, and the public client as which it signs in, with `{issuer}{path}` as the one redirect. */
export const DASHBOARD_PATH = '/dashboard/';
/** The hub's page on which people change their own password. */
export const CHANGE_PASSWORD_PATH = '/password';
export const DASHBOARD_CLIENT_ID = 'portcullis-dashboard';

// The hub's HTTP API (docs/hub-api.md). Both ends use these schemas.

/** For clients that know no other roles: what they called a member is everyone who is no owner. */
export const Role = z.enum(['owner', 'member']);
export type Role = z.infer<typeof Role>;

/** `GET /v1/me` */
export const Me = z.object({
  sub: z.string().min(1).max(255),
  name: z.string().max(255).optional(),
  email: z.string().max(320).optional(),
  /** Whether they sign in with a password of the hub's, which they can change; hubs of earlier versions leave it out. */
  hasPassword: z.boolean().optional(),
  organizations: z
    .array(
      z.object({
        name: OrganizationName,
        role: Role,
        /** What the person may do there; hubs of earlier versions leave it out. A newer role than these is left out too. */
        access: Access.optional().catch(undefined),
      }),
    )
    .max(10_000),
});
export type Me = z.infer<typeof Me>;

/** `GET`/`PUT /v1/orgs/{org}/registry-access/settings`: what an owner edits. `PUT` needs `If-Match`. */
export const RegistryAccessSettings = z.object({
  enabled: z.boolean(),
  mode: PolicyMode,
  registries: z.array(RegistryEntry).max(MAX_REGISTRIES),
  contact: z.string().max(120).optional(),
  /** RFC 3339: with `mode: "audit"`, when the hub begins to enforce. */
  enforceFrom: z.iso.datetime({ offset: true }).optional(),
  ...SettingsExtras.shape,
});
export type RegistryAccessSettings = z.infer<typeof RegistryAccessSettings>;

/** The body of `PUT` and of a preview. What came later than the list (`enforceFrom`, grants …): left out, it stays as it is; null removes it. */
export const SentSettings = RegistryAccessSettings.extend({
  enforceFrom: z.iso.datetime({ offset: true }).nullable().optional(),
  ...SentExtras.shape,
});
export type SentSettings = z.infer<typeof SentSettings>;

/** What there is to say about a part of the body sent: a JSON pointer (RFC 6901) into it and a problem. */
export const InBody = z.object({
  pointer: z.string(),
  code: z.string().optional(),
  args: Problem.shape.args,
  detail: z.string(),
});

/** The answer to both: the settings and their revision. */
export const RegistryAccessSettingsAnswer = RegistryAccessSettings.extend({
  revision: z.number().int().min(1),
  /** After `PUT`: addresses that were saved, but may not be what was meant; at most 20. */
  notices: z.array(InBody).optional(),
});
export type RegistryAccessSettingsAnswer = z.infer<typeof RegistryAccessSettingsAnswer>;

/**
 * `GET`/`POST /v1/orgs/{org}/policy-keys`, `PUT …/policy-keys/signing`: the keys of an organization. `announced`: published so that
 * it can be pinned, not signing yet; `retiring`: no longer signing, published until everything it signed has expired.
 */
export const OrganizationKeys = z.object({
  keys: z.array(
    z.object({
      kid: z.string(),
      state: z.enum(['announced', 'signing', 'retiring']),
      /** RFC 3339; null unless the key is retiring. */
      until: z.string().nullable(),
    }),
  ),
});
export type OrganizationKeys = z.infer<typeof OrganizationKeys>;

/** The body of `PUT …/policy-keys/signing`. */
export const KeyToUse = z.strictObject({ kid: z.string().min(1).max(256) });

/** One `data:` of `GET /v1/orgs/{org}/registry-access/events`, event name `revision`. */
export const RevisionEvent = z.object({ org: OrganizationName, revision: z.number().int().min(1) });
export type RevisionEvent = z.infer<typeof RevisionEvent>;

export const ACTIVITIES = [
  'organization.created',
  'settings.changed',
  'settings.restored',
  'settings.enforced',
  'policy.renewed',
  'key.announced',
  'key.used',
  'person.invited',
  'person.added',
  'person.changed',
  'person.removed',
  'person.password-reset',
  'person.password-set',
  'team.created',
  'team.renamed',
  'team.deleted',
  'signed-in',
  'token.created',
  'token.deleted',
  'request.decided',
  'webhook.created',
  'webhook.changed',
  'webhook.secret-changed',
  'webhook.deleted',
  'machine.enrolled',
  'machine.codes-created',
  'machine.codes-revoked',
  'machine.forgotten',
  'machine.cloned',
  'machine.alert',
] as const;

/** `GET /v1/orgs/{org}/activity`, newest first. */
export const ActivityPage = z.object({
  items: z.array(
    z.object({
      id: z.number().int(),
      /** RFC 3339. */
      at: z.string(),
      actor: z.string(),
      /** One of `ACTIVITIES`, or another one of a newer hub. */
      action: z.string(),
      /** One English phrase per change: `added ghcr.io (GitHub)`, `switched to audit`. */
      changes: z.array(z.string()),
      /** The same for programs; left out where the entry is older than that. */
      diff: SettingsChanges.optional(),
      /** What was done beside that, likewise, one for each phrase. */
      details: z.array(ActivityDetail).optional(),
      revision: z.number().int(),
    }),
  ),
  next: z.string().nullable(),
});
export type ActivityPage = z.infer<typeof ActivityPage>;

/** Every error of the hub: RFC 9457 problem details, `application/problem+json`, made from a row of the problem catalogue. */
export const HubError = z.object({
  type: z.string(),
  /** The problem's message. */
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  args: Problem.shape.args,
  /** The problem's next step. */
  detail: z.string().optional(),
  /** Named where access to an organization was denied. */
  organization: z.string().optional(),
  /** What is wrong with the body sent: a JSON pointer (RFC 6901) into it and one problem each; at most 20. */
  errors: z.array(InBody).optional(),
});
export type HubError = z.infer<typeof HubError>;
