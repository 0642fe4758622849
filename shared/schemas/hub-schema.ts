import { z } from 'zod';
import { MAX_REGISTRIES, OrganizationName, PolicyMode, RegistryEntry } from '../policy/schema.ts';

/** The public client by which Portcullis signs in at its own hub: native, no secret, PKCE (RFC 8252, RFC 7636). */
export const DESKTOP_CLIENT_ID = 'portcullis-desktop';
/** Registered as `http://127.0.0.1{path}` and `http://[::1]{path}`; any port will do (RFC 8252 section 7.3). */
export const SIGN_IN_REDIRECT_PATH = '/callback';

/** The hub's HTTP API (docs/hub-api.md). Both ends parse with these. */
export const Role = z.enum(['owner', 'member']);
export type Role = z.infer<typeof Role>;

/** `GET /v1/me` */
export const Me = z.object({
  sub: z.string().min(1).max(255),
  name: z.string().max(255).optional(),
  email: z.string().max(320).optional(),
  organizations: z.array(z.object({ name: OrganizationName, role: Role })).max(10_000),
});
export type Me = z.infer<typeof Me>;

/** `GET`/`PUT /v1/orgs/{org}/registry-access/settings`: what an owner edits. `PUT` needs `If-Match`. */
export const RegistryAccessSettings = z.object({
  enabled: z.boolean(),
  mode: PolicyMode,
  registries: z.array(RegistryEntry).max(MAX_REGISTRIES),
  contact: z.string().max(120).optional(),
});
export type RegistryAccessSettings = z.infer<typeof RegistryAccessSettings>;

/** The answer to both: the settings and the revision they became. */
export const RegistryAccessSettingsAnswer = RegistryAccessSettings.extend({ revision: z.number().int().min(1) });
export type RegistryAccessSettingsAnswer = z.infer<typeof RegistryAccessSettingsAnswer>;

/**
 * `GET`/`POST /v1/orgs/{org}/policy-keys`, `PUT …/policy-keys/signing`: the keys of an organization. `announced`: to be pinned, and
 * signs nothing yet; `retiring`: signs nothing any more, and is published until nothing that it signed is good.
 */
export const OrganizationKeys = z.object({
  keys: z.array(
    z.object({
      kid: z.string(),
      state: z.enum(['announced', 'signing', 'retiring']),
      /** RFC 3339; of a retiring one. */
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
  'policy.renewed',
  'key.announced',
  'key.used',
] as const;

/** `GET /v1/orgs/{org}/activity`, newest first. */
export const ActivityPage = z.object({
  items: z.array(
    z.object({
      id: z.number().int(),
      /** RFC 3339. */
      at: z.string(),
      actor: z.string(),
      action: z.enum(ACTIVITIES),
      /** One sentence per change: `added ghcr.io (GitHub)`, `switched to audit`. */
      changes: z.array(z.string()),
      revision: z.number().int(),
    }),
  ),
  next: z.string().nullable(),
});
export type ActivityPage = z.infer<typeof ActivityPage>;

/** Every error of the hub: RFC 9457 problem details, `application/problem+json`, with a `code` of ours. */
export const HubError = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string().optional(),
  /** Named where an organization is what was refused. */
  organization: z.string().optional(),
  /** Where the body sent was at fault: a JSON pointer (RFC 6901) into it and one sentence each; at most 20. */
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
});
export type HubError = z.infer<typeof HubError>;
