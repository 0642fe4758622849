import { freeMemory } from '../free-memory.ts';
import { printable } from '../printable.ts';
import { problem } from '../problems/catalogue.ts';
import { failure, type Problem, type Result, success } from '../problems/problem.ts';
import { grantsWithoutAddress } from '../rule-set/compile-grants.ts';
import { packLines, type RegistryLines } from '../rule-set/lines.ts';
import { contentDigest } from './content-digest.ts';
import { MAX_GRANTS, PolicyGrant, readableEntries } from './grants.ts';
import type { PolicyKeys } from './keys.ts';
import { findLongList, readLongList } from './long-list.ts';
import { registriesFault } from './registry-entries.ts';
import {
  MAX_MEMBERSHIP_BYTES,
  MAX_POLICY_BYTES,
  MEMBERSHIP_TYP,
  MembershipClaims,
  POLICY_TYP,
  PolicyClaims,
  type RegistryEntry,
} from './schema.ts';
import { firstIssue, openSignedDocument, parseJson } from './signed-document.ts';

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

/** All of a policy's claims except the long one. */
export type ShortClaims = Omit<PolicyClaims, 'registries'>;

export interface VerifiedPolicy extends Verified<ShortClaims> {
  /** The list, of which nobody has looked yet which lines are addresses. */
  lines: RegistryLines;
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

/** From this size on a payload is read without objects for its lines, in bytes; a shorter one is not worth it. */
const LONG = 256 * 1024;

const POLICY = { code: 'policy', typ: POLICY_TYP, maxBytes: MAX_POLICY_BYTES } as const;
const MEMBERSHIP = { code: 'membership', typ: MEMBERSHIP_TYP, maxBytes: MAX_MEMBERSHIP_BYTES } as const;
type ClaimedKind = typeof POLICY | typeof MEMBERSHIP;

const ShortClaims = PolicyClaims.omit({ registries: true });

/**
 * Verifies a policy: size, header, key, signature, claims, organization, issuer, time, in this order. Problems have the codes
 * `policy-too-large`, `-garbage`, `-header`, `-algorithm`, `-key-unknown`, `-key-organization`, `-signature`, `-claims`,
 * `-organization`, `-issuer`, `-expired`, `-not-yet`. Whether it may replace the one in force is decided by `checkSuccession`.
 *
 * @param longFrom tests have short ones read in the other way too
 */
export async function verifyPolicy(
  jws: string | Uint8Array,
  expected: Expectations,
  longFrom = LONG,
): Promise<Result<VerifiedPolicy>> {
  const opened = await openSignedDocument(POLICY, jws, expected.keys, expectedOrganizations(expected));
  if (!opened.ok) return opened;
  const { key, digest, payload } = opened.value;
  const long = payload.length < longFrom ? null : findLongList(payload);
  const json = long === null ? parseJson(payload) : long.claims;
  const short = ShortClaims.safeParse(json);
  if (!short.success) return failure(problem('policy-claims', {}, { cause: firstIssue(short.error) }));
  const content = json as Record<string, unknown>;
  const fault = long === null ? registriesFault(content.registries) : null;
  if (fault !== null) return failure(problem('policy-claims', {}, { cause: fault }));
  const claims = short.data;
  const misfit = problemOfClaims(POLICY, claims, key.organizations, expected);
  if (misfit !== null) return failure(misfit);
  const { entries, unreadable } = readableEntries(content.grants, PolicyGrant, MAX_GRANTS);
  const voidGrants = unreadable + grantsWithoutAddress(entries);
  const list =
    long === null
      ? { lines: packLines(content.registries as RegistryEntry[]), contentDigest: await contentDigest(content) }
      : await readLongList(payload, long);
  freeMemory(payload);
  return success({ claims, kid: key.kid, digest, ...list, voidGrants });
}

/** Verifies a membership proof by the same rules, with the same codes under `membership-`. */
export async function verifyMembership(
  jws: string | Uint8Array,
  expected: Expectations,
): Promise<Result<Verified<MembershipClaims>>> {
  const opened = await openSignedDocument(MEMBERSHIP, jws, expected.keys, expectedOrganizations(expected));
  if (!opened.ok) return opened;
  const { key, digest, payload } = opened.value;
  const claims = MembershipClaims.safeParse(parseJson(payload));
  if (!claims.success) {
    return failure(problem('membership-claims', {}, { cause: firstIssue(claims.error) }));
  }
  const misfit = problemOfClaims(MEMBERSHIP, claims.data, key.organizations, expected);
  return misfit === null ? success({ claims: claims.data, kid: key.kid, digest }) : failure(misfit);
}

function expectedOrganizations(expected: Expectations): readonly string[] | null {
  return expected.org === undefined ? (expected.organizations ?? null) : [expected.org];
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
