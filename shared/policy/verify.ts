import { printable } from '../printable.ts';
import { problem } from '../problems/catalogue.ts';
import { failure, type Problem, type Result, success } from '../problems/problem.ts';
import { grantsWithoutAddress } from '../rule-set/compile-grants.ts';
import { contentDigest } from './content-digest.ts';
import { MAX_GRANTS, PolicyGrant, readableEntries } from './grants.ts';
import type { PolicyKeys } from './keys.ts';
import {
  MAX_MEMBERSHIP_BYTES,
  MAX_POLICY_BYTES,
  MAX_REGISTRIES,
  MEMBERSHIP_TYP,
  MembershipClaims,
  POLICY_TYP,
  PolicyClaims,
  RegistryEntry,
} from './schema.ts';
import { firstIssue, openSignedDocument } from './signed-document.ts';

export interface Expectations {
  /** The keys this machine trusts; each names the organizations it signs for. */
  keys: PolicyKeys;
  /** The one organization it must be for. */
  org?: string;
  /** Or any of these. */
  organizations?: readonly string[];
  /** The one issuer it must be from. */
  iss?: string;
  /** Seconds since 1970; the caller ensures that it never falls behind the highest `iat` it accepted. */
  now: number;
}

export interface Verified<Claims> {
  claims: Claims;
  kid: string;
  /** SHA-256 of the document, lower-case hex. */
  digest: string;
}

export interface VerifiedPolicy extends Verified<PolicyClaims> {
  /** SHA-256 over its content, without when it was signed: for `checkSuccession`. */
  contentDigest: string;
  /** Grants that cannot be read, or whose address is none. */
  voidGrants: number;
}

/**
 * How far ahead `iat` may be, in seconds. More means that one of two clocks is wrong. Accepting it would keep time from falling
 * behind that `iat`, and after one minute with a hub's clock a year ahead every later policy would look expired.
 */
const MAX_CLOCK_SKEW = 600;

const POLICY = { code: 'policy', typ: POLICY_TYP, maxBytes: MAX_POLICY_BYTES } as const;
const MEMBERSHIP = { code: 'membership', typ: MEMBERSHIP_TYP, maxBytes: MAX_MEMBERSHIP_BYTES } as const;
type ClaimedKind = typeof POLICY | typeof MEMBERSHIP;

/** All of a policy's claims except the long one, which is checked by hand: a schema would copy a million lines. */
const ShortClaims = PolicyClaims.omit({ registries: true });

/**
 * Verifies a policy: size, header, key, signature, claims, organization, issuer, time, in this order. Problems have the codes
 * `policy-too-large`, `-garbage`, `-header`, `-algorithm`, `-key-unknown`, `-key-organization`, `-signature`, `-claims`,
 * `-organization`, `-issuer`, `-expired`, `-not-yet`. Whether it may replace the one in force is decided by `checkSuccession`.
 */
export async function verifyPolicy(jws: string | Uint8Array, expected: Expectations): Promise<Result<VerifiedPolicy>> {
  const opened = await openSignedDocument(POLICY, jws, expected.keys, expectedOrganizations(expected));
  if (!opened.ok) return opened;
  const { key, digest, json } = opened.value;
  const short = ShortClaims.safeParse(json);
  if (!short.success) return failure(problem('policy-claims', {}, { cause: firstIssue(short.error) }));
  const { registries } = json as { registries: unknown };
  const fault = registriesFault(registries);
  if (fault !== null) return failure(problem('policy-claims', {}, { cause: fault }));
  const claims: PolicyClaims = { ...short.data, registries: registries as PolicyClaims['registries'] };
  const misfit = problemOfClaims(POLICY, claims, key.organizations, expected);
  if (misfit !== null) return failure(misfit);
  const content = json as Record<string, unknown>;
  const { entries, unreadable } = readableEntries(content.grants, PolicyGrant, MAX_GRANTS);
  return success({
    claims,
    kid: key.kid,
    digest,
    contentDigest: await contentDigest(content),
    voidGrants: unreadable + grantsWithoutAddress(entries),
  });
}

/** Verifies a membership proof by the same rules, with the same codes under `membership-`. */
export async function verifyMembership(
  jws: string | Uint8Array,
  expected: Expectations,
): Promise<Result<Verified<MembershipClaims>>> {
  const opened = await openSignedDocument(MEMBERSHIP, jws, expected.keys, expectedOrganizations(expected));
  if (!opened.ok) return opened;
  const { key, digest, json } = opened.value;
  const claims = MembershipClaims.safeParse(json);
  if (!claims.success) {
    return failure(problem('membership-claims', {}, { cause: firstIssue(claims.error) }));
  }
  const misfit = problemOfClaims(MEMBERSHIP, claims.data, key.organizations, expected);
  return misfit === null ? success({ claims: claims.data, kid: key.kid, digest }) : failure(misfit);
}

function expectedOrganizations(expected: Expectations): readonly string[] | null {
  return expected.org === undefined ? (expected.organizations ?? null) : [expected.org];
}

/** The first thing wrong with the list by `RegistryEntry`, or null. */
function registriesFault(registries: unknown): string | null {
  if (!Array.isArray(registries)) return 'registries: expected a list';
  if (registries.length > MAX_REGISTRIES)
    return `registries: ${registries.length} entries, at most ${MAX_REGISTRIES} allowed`;
  for (let i = 0; i < registries.length; i++) {
    const entry: unknown = registries[i];
    if (!isPlainEntry(entry)) {
      const parsed = RegistryEntry.safeParse(entry);
      if (!parsed.success) return `registries.${i}.${firstIssue(parsed.error)}`;
    }
  }
  return null;
}

function isPlainEntry(entry: unknown): boolean {
  if (typeof entry !== 'object' || entry === null) return false;
  const { address, nickname } = entry as { address?: unknown; nickname?: unknown };
  if (typeof address !== 'string' || address.length < 1 || address.length > 512) return false;
  return nickname === undefined || (typeof nickname === 'string' && nickname.length <= 200);
}

/** Why a verified document does not fit this machine; null if it does. */
function problemOfClaims(
  { code }: ClaimedKind,
  claims: { iss: string; org: string; iat: number; exp: number },
  keyOrganizations: readonly string[],
  expected: Expectations,
): Problem | null {
  const { iss, org, iat, exp } = claims;
  const { now } = expected;
  if (exp <= iat) return problem(`${code}-claims`, {}, { cause: `exp ${exp} is not after iat ${iat}` });
  if (!keyOrganizations.includes(org)) {
    const cause = `it is for ${printable(org)}; the key signs for ${keyOrganizations.join(', ')}`;
    return problem(`${code}-key-organization`, {}, { cause });
  }
  const organizations = expectedOrganizations(expected);
  if (organizations !== null && !organizations.includes(org)) {
    return problem(`${code}-organization`, { organization: printable(org), expected: organizations.slice(0, 3) });
  }
  if (expected.iss !== undefined && iss !== expected.iss) {
    return problem(`${code}-issuer`, { issuer: printable(iss) }, { cause: `expected ${expected.iss}` });
  }
  if (exp <= now) return problem(`${code}-expired`, { expired: time(exp) }, { cause: `now is ${time(now)}` });
  if (iat > now + MAX_CLOCK_SKEW) {
    return problem(`${code}-not-yet`, { signed: time(iat) }, { cause: `now is ${time(now)}` });
  }
  return null;
}

function time(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString();
}
