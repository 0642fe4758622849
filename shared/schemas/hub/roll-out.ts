import { z } from 'zod';
import { Problem } from '../../problems/problem.ts';
import { OrganizationKeys } from '../hub-schema.ts';

/** The files that an administrator can be given, by the names of `portcullis managed-config create`; `policy-keys` is the JWKS alone. */
export const RollOutFormat = z.enum([
  'registry-json',
  'portcullis-json',
  'plist',
  'mobileconfig',
  'reg',
  'intune',
  'policy-keys',
]);
export type RollOutFormat = z.infer<typeof RollOutFormat>;

/** `problem`: what keeps this format from holding the organization's values. */
export const RollOutFile = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('made'), format: RollOutFormat, name: z.string(), base64: z.base64() }),
  z.object({ kind: z.literal('not-made'), format: RollOutFormat, problem: Problem }),
]);
export type RollOutFile = z.infer<typeof RollOutFile>;

/** `GET /v1/orgs/{org}/roll-out`: what makes a machine require a member of the organization, and take its policy from this hub. */
export const RollOut = z.object({
  /** The address of the hub, as it is in the files. */
  hub: z.url(),
  /** The keys that the files pin. Each `kid` is the key's thumbprint (RFC 7638). */
  keys: OrganizationKeys.shape.keys,
  files: z.array(RollOutFile),
});
export type RollOut = z.infer<typeof RollOut>;

/** Its query: whom people ask where the policy names nobody. */
export const RollOutQuery = z.object({ supportContact: z.string().max(120).optional() });
