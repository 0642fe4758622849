import { z } from 'zod';
import {
  MAX_GRANTS,
  MAX_HINTS,
  NumericDate,
  PolicyGrant,
  PolicyHint,
  PolicySupport,
  readableList,
  TeamName,
} from './grants.ts';

/** `typ` of the three documents (RFC 7515 section 4.1.9): what is signed for one purpose is never taken for another. */
export const POLICY_TYP = 'registry-policy+jwt';
export const MEMBERSHIP_TYP = 'registry-membership+jwt';
export const KEYS_TYP = 'registry-keys+jwt';

/** A policy document larger than this is refused on its length, before anything of it is decoded. */
export const MAX_POLICY_BYTES = 256 * 1024 * 1024;
export const MAX_MEMBERSHIP_BYTES = 64 * 1024;
export const MAX_REGISTRIES = 1_000_000;
/** Of one line, in UTF-16 code units. */
export const MAX_ADDRESS_UNITS = 512;
export const MAX_NICKNAME_UNITS = 200;

/** What `allowedOrgs` accepts too: no comma, no white space, no control characters. Compared case-sensitively. */
export const OrganizationName = z
  .string()
  .min(1)
  .max(255)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this refuses
  .regex(/^[^\s,\u0000-\u001f\u007f-\u009f]+$/u, 'no white space, comma or control character');

/**
 * One line of the organization's list. `address` follows the grammar in hosts/address.ts; a bad one is skipped with a notice,
 * not fatal.
 */
export const RegistryEntry = z.object({
  address: z.string().min(1).max(MAX_ADDRESS_UNITS),
  nickname: z.string().max(MAX_NICKNAME_UNITS).optional(),
});
export type RegistryEntry = z.infer<typeof RegistryEntry>;

export const PolicyMode = z.enum(['enforce', 'audit']);
export type PolicyMode = z.infer<typeof PolicyMode>;

/** The claims of a policy document. Unknown claims are ignored, so that a newer hub can talk to an older gateway. */
export const PolicyClaims = z.object({
  iss: z.string().min(1).max(2048),
  org: OrganizationName,
  revision: z
    .number()
    .int()
    .min(1)
    .lt(2 ** 53),
  iat: NumericDate,
  exp: NumericDate,
  enabled: z.boolean(),
  mode: PolicyMode,
  registries: z.array(RegistryEntry).max(MAX_REGISTRIES),
  /** Whom to ask for a registry: an e-mail address, a chat channel, a URL. Shown in refusals. */
  contact: z.string().max(120).optional(),
  /** With `mode: "audit"`: when the organization will begin to enforce. Only told to people, so that a value we cannot read is no fault. */
  enforceFrom: NumericDate.optional().catch(undefined),
  /** Those that are void are left out: see `PolicyGrant`. A gateway that knows no grants ignores them all, and so allows less. */
  grants: readableList(PolicyGrant, MAX_GRANTS),
  /** These three decide nothing, so that none of them is a reason to reject a policy. */
  hints: readableList(PolicyHint, MAX_HINTS),
  /** Whether people may request access. */
  requests: z.boolean().optional().catch(undefined),
  support: PolicySupport.optional().catch(undefined),
});
export type PolicyClaims = z.infer<typeof PolicyClaims>;

/** The claims of a membership proof: `sub` belonged to `org` at `iat`. */
export const MembershipClaims = z.object({
  iss: z.string().min(1).max(2048),
  org: OrganizationName,
  sub: z.string().min(1).max(255),
  iat: NumericDate,
  exp: NumericDate,
  /** The teams of `sub`; they count only at the gateway to whose key the proof is bound. What cannot be read counts as none. */
  teams: z.array(TeamName).optional().catch(undefined),
  /** RFC 7800 section 3.1: the thumbprint (RFC 7638) of that gateway's key. */
  cnf: z
    .object({ jkt: z.string().regex(/^[A-Za-z0-9_-]{43}$/) })
    .optional()
    .catch(undefined),
});
export type MembershipClaims = z.infer<typeof MembershipClaims>;
