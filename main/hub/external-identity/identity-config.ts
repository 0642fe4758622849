import { z } from 'zod';
import { Access, HubName } from '../../../shared/schemas/hub/people.ts';
import { isPlainLoopback } from '../../platform/net/loopback.ts';

const Pointer = z.string().startsWith('/').max(255);
/** How the values are written: a text or a list of texts; the keys of an object; or this member of each object in a list. */
const ValueForm = z.enum(['names', 'keys', 'name', 'alias']);
const Value = z.string().min(1).max(255);

/** Sign-in by an OpenID provider instead of the hub's own accounts (`identity` of hub.json). */
export const IdentityConfig = z.strictObject({
  /** Spelled as in its discovery document. Plain HTTP on loopback only. */
  issuer: z
    .url({ protocol: /^https?$/ })
    .refine((issuer) => issuer.startsWith('https:') || isPlainLoopback(new URL(issuer)), 'must be an https address'),
  clientId: z.string().min(1).max(255),
  /** Holds the client's secret and nothing else. What the hub keeps of the provider is encrypted with it too. */
  clientSecretFile: z.string().min(1),
  /** Requested in addition to `openid` and `offline_access`. */
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/))
    .max(32)
    .default(['profile', 'email']),
  /** JSON pointer (RFC 6901) into ID token and user info. */
  rolesClaim: Pointer,
  rolesForm: ValueForm.default('names'),
  /** What each value of that claim gives. Values that are not listed give nothing; of several, the widest role counts. */
  roles: z
    .array(z.strictObject({ value: Value, organization: HubName, role: Access }))
    .min(1)
    .max(1000),
  /** Default: where the roles are. */
  teamsClaim: Pointer.optional(),
  teamsForm: ValueForm.default('names'),
  /** Only for members; a team that is not there is added. */
  teams: z
    .array(z.strictObject({ value: Value, organization: HubName, team: HubName }))
    .max(1000)
    .default([]),
  /** Whether the hub's own accounts can sign in too, for when the provider is down. */
  ownAccounts: z.boolean().default(false),
  /** How long what is known about a person counts while the provider cannot be asked. */
  unreachableHours: z.number().int().min(1).max(72).default(12),
});
export type IdentityConfig = z.infer<typeof IdentityConfig>;
