import { failure, type Result, success } from '../problems/problem.ts';
import { contentDigest } from './content-digest.ts';
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
import { type DocumentKind, firstIssue, openSignedDocument, problem, quote } from './signed-document.ts';

export interface Expectations {
  /** The keys this machine trusts; each names the organizations it signs for. */
  keys: PolicyKeys;
  /** The one organization it must be for. */
  org?: string;
  /** Or any of these. */
  organizations?: readonly string[];
  /** The one issuer it must be from. */
  iss?: string;
  /** Seconds since 1970; the caller sees to it that it never runs behind the highest `iat` it accepted. */
  now: number;
}

export interface Verified<Claims> {
  claims: Claims;
  kid: string;
  /** SHA-256 of the document, lower-case hex. */
  digest: string;
}

export interface VerifiedPolicy extends Verified<PolicyClaims> {
  /** SHA-256 over what it says, without when it was signed: for `checkSuccession`. */
  contentDigest: string;
}

/**
 * How far ahead `iat` may be, in seconds. More means that one of two clocks is wrong. If it were accepted, time would be held to
 * that `iat` from then on, and a hub whose clock was a year ahead for one minute would have every later policy look expired.
 */
const MAX_CLOCK_SKEW = 600;

const POLICY: DocumentKind = { code: 'policy', noun: 'policy', typ: POLICY_TYP, maxBytes: MAX_POLICY_BYTES };
const MEMBERSHIP: DocumentKind = {
  code: 'membership',
  noun: 'membership proof',
  typ: MEMBERSHIP_TYP,
  maxBytes: MAX_MEMBERSHIP_BYTES,
};

/** All of a policy's claims but the long one, which is checked by hand: a schema would copy a million lines. */
const PolicyFrame = PolicyClaims.omit({ registries: true });

/**
 * Verifies a policy: size, header, key, signature, claims, organization, issuer, time, in this order. Refusals have the codes
 * `policy-too-large`, `-garbage`, `-header`, `-algorithm`, `-key-unknown`, `-key-organization`, `-signature`, `-claims`,
 * `-organization`, `-issuer`, `-expired`, `-not-yet`. Whether it may follow the one in force is `checkSuccession`'s question.
 */
export async function verifyPolicy(jws: string | Uint8Array, expected: Expectations): Promise<Result<VerifiedPolicy>> {
  const opened = await openSignedDocument(POLICY, jws, expected.keys, wanted(expected));
  if (!opened.ok) return opened;
  const { key, digest, json } = opened.value;
  const frame = PolicyFrame.safeParse(json);
  if (!frame.success) return badClaims(POLICY, firstIssue(frame.error));
  const { registries } = json as { registries: unknown };
  const fault = registriesFault(registries);
  if (fault !== null) return badClaims(POLICY, fault);
  const claims: PolicyClaims = { ...frame.data, registries: registries as PolicyClaims['registries'] };
  const misfit = verifyClaims(POLICY, claims, key.organizations, expected);
  if (misfit !== null) return misfit;
  return success({ claims, kid: key.kid, digest, contentDigest: await contentDigest(json as Record<string, unknown>) });
}

/** Verifies a membership proof by the same rules, with the same codes under `membership-`. */
export async function verifyMembership(
  jws: string | Uint8Array,
  expected: Expectations,
): Promise<Result<Verified<MembershipClaims>>> {
  const opened = await openSignedDocument(MEMBERSHIP, jws, expected.keys, wanted(expected));
  if (!opened.ok) return opened;
  const { key, digest, json } = opened.value;
  const claims = MembershipClaims.safeParse(json);
  if (!claims.success) return badClaims(MEMBERSHIP, firstIssue(claims.error));
  const misfit = verifyClaims(MEMBERSHIP, claims.data, key.organizations, expected);
  return misfit ?? success({ claims: claims.data, kid: key.kid, digest });
}

function wanted(expected: Expectations): readonly string[] | null {
  return expected.org === undefined ? (expected.organizations ?? null) : [expected.org];
}

function badClaims(kind: DocumentKind, cause: string) {
  const message = `The ${kind.noun} is signed, but its claims are not what they should be.`;
  return failure(problem(`${kind.code}-claims`, message, 'Tell the administrator of the server.', cause));
}

/** The first thing wrong with the list by `RegistryEntry`, or null. */
function registriesFault(registries: unknown): string | null {
  if (!Array.isArray(registries)) return 'registries: expected a list';
  if (registries.length > MAX_REGISTRIES)
    return `registries: ${registries.length} lines, ${MAX_REGISTRIES} are the most`;
  for (let i = 0; i < registries.length; i++) {
    const entry: unknown = registries[i];
    if (!isPlainEntry(entry)) {
      const judged = RegistryEntry.safeParse(entry);
      if (!judged.success) return `registries.${i}.${firstIssue(judged.error)}`;
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

function verifyClaims(
  kind: DocumentKind,
  claims: { iss: string; org: string; iat: number; exp: number },
  keyOrganizations: readonly string[],
  expected: Expectations,
): ReturnType<typeof failure> | null {
  const { iss, org, iat, exp } = claims;
  const { now } = expected;
  if (exp <= iat) return badClaims(kind, `exp ${exp} is not after iat ${iat}`);
  if (!keyOrganizations.includes(org)) {
    const message = `The ${kind.noun} is for ${quote(org)}, for which its key does not sign.`;
    const cause = `the key signs for ${keyOrganizations.join(', ')}`;
    return failure(problem(`${kind.code}-key-organization`, message, 'Tell the administrator of the server.', cause));
  }
  const organizations = wanted(expected);
  if (organizations !== null && !organizations.includes(org)) {
    const message = `The ${kind.noun} is for ${quote(org)}, not for ${organizations.slice(0, 3).join(' or ')}.`;
    return failure(problem(`${kind.code}-organization`, message, 'Check which organization this machine belongs to.'));
  }
  if (expected.iss !== undefined && iss !== expected.iss) {
    const message = `The ${kind.noun} is from another issuer than this machine's server.`;
    const cause = `iss is ${quote(iss)}, expected ${quote(expected.iss)}`;
    return failure(problem(`${kind.code}-issuer`, message, 'Check the address of the server.', cause));
  }
  if (exp <= now) {
    const message = `The ${kind.noun} expired at ${time(exp)}.`;
    return failure(
      problem(
        `${kind.code}-expired`,
        message,
        'Sync; if it stays, check this clock and the server.',
        `now is ${time(now)}`,
      ),
    );
  }
  if (iat > now + MAX_CLOCK_SKEW) {
    const message = `The ${kind.noun} was signed at ${time(iat)}, which is in the future.`;
    return failure(
      problem(`${kind.code}-not-yet`, message, "Check this machine's clock and the server's.", `now is ${time(now)}`),
    );
  }
  return null;
}

function time(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString();
}
