import { idTokenTermsOf } from '../../../shared/policy/id-token.ts';
import type { PolicyKeys } from '../../../shared/policy/keys.ts';
import { areKeysTooOld, countingKeys, type ProviderKey, withPublished } from '../../../shared/policy/provider-keys.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { failure, type Result, success } from '../../../shared/problems/problem.ts';
import type { LockReason } from '../../../shared/reasons.ts';
import type { ManagedConfig } from '../../../shared/schemas/managed-config.ts';
import type { IdTokenVerification, VerifiedMembership, VerifiedPolicyDocument } from './policy-job.ts';
import type { PolicyState } from './policy-state.ts';
import { isProofOutdated, isSamePerson, withProof } from './proof-marks.ts';
import { withMark } from './revision-marks.ts';
import type { StoredMark, StoredState } from './state-store.ts';
import { areTrusted, trustedKeys } from './trusted-keys.ts';

/** What an offered policy is verified against, as of when it is offered. */
export interface OfferTerms {
  isManaged: boolean;
  keys: PolicyKeys;
  /** By which an ID token proves membership; null where a hub does. */
  idToken: IdTokenVerification | null;
  /** Those offered now, or those known before; they count only while nobody manages this machine. */
  firstUseKeys: PolicyKeys | null;
  /** null: any that the keys sign for. */
  organizations: string[] | null;
}

/** A policy that verified, with the terms it was verified on. */
export interface VerifiedOffer extends OfferTerms {
  policy: VerifiedPolicyDocument;
  membership: VerifiedMembership | null;
  /** A lock was asked for after the offer. */
  lockedSince: boolean;
  /** The restrictions were released after the offer. */
  releasedSince: boolean;
  /** Milliseconds since 1970. */
  at: number;
}

/**
 * Whether a policy may be offered at all. Refused as `no-policy-key` or `membership-missing`.
 * @param now seconds since 1970
 */
export function offerTerms(
  stored: StoredState,
  managed: ManagedConfig,
  offered: { firstUseKeys: PolicyKeys | undefined; hasMembership: boolean },
  now: number,
): Result<OfferTerms> {
  const isManaged = managed.verdict !== 'absent';
  const firstUseKeys = offered.firstUseKeys ?? stored.firstUseKeys;
  const keys = trustedKeys(managed, firstUseKeys);
  if (keys === null) {
    return failure(problem('no-policy-key', { organizations: isManaged ? managed.allowedOrgs : [] }));
  }
  if (isManaged && !offered.hasMembership) return failure(problem('membership-missing'));
  const organizations = isManaged ? managed.allowedOrgs : null;
  return success({ isManaged, keys, firstUseKeys, organizations, idToken: idTokenVerification(stored, managed, now) });
}

function idTokenVerification(
  { providerKeys }: StoredState,
  { settings }: ManagedConfig,
  now: number,
): IdTokenVerification | null {
  const terms = idTokenTermsOf(settings);
  if (terms === null) return null;
  const isTooOld = providerKeys !== null && areKeysTooOld(providerKeys, now);
  return { terms, keys: isTooOld ? [] : countingKeys(providerKeys, terms.issuer, now) };
}

/** The provider has answered with these keys. @param now seconds since 1970 */
export function keysPublished(
  state: PolicyState,
  issuer: string,
  published: readonly ProviderKey[],
  now: number,
): PolicyState {
  const providerKeys = withPublished(state.stored.providerKeys, issuer, published, now);
  return { ...state, stored: { ...state.stored, providerKeys } };
}

/**
 * The state with an offered policy in it, or `policy-superseded`, `membership-superseded`. A lock that was asked for after the offer
 * stays.
 */
export function program(state: PolicyState, offer: VerifiedOffer): Result<PolicyState> {
  if (offer.releasedSince) return failure(problem('policy-superseded'));
  const { stored } = state;
  const policy = laterOf(state.policy, offer);
  const offered = newestProof(state, offer);
  if (!offered.ok) return offered;
  const membership = offered.value ?? (offer.isManaged ? null : state.membership);
  return success({
    stored: {
      ...stored,
      lock: offer.lockedSince ? stored.lock : null,
      damaged: null,
      policy: { digest: policy.digest, iat: policy.claims.iat, verifiedBy: policy.verifiedBy },
      ...storedProof(membership, membership && (sinceOf(state, membership) ?? offer.at)),
      proofs: membership === null ? stored.proofs : withProof(stored.proofs, membership),
      firstUseKeys: offer.isManaged ? stored.firstUseKeys : offer.firstUseKeys,
      highest: withMark(stored.highest, offer.policy),
    },
    policy,
    membership,
    unusable: null,
  });
}

/** ID tokens apart from a hub's proofs, which older versions would take them for. */
function storedProof(
  proof: VerifiedMembership | null,
  since: number | null,
): Pick<StoredState, 'membership' | 'idToken'> {
  if (proof === null || since === null) return { membership: null, idToken: null };
  const { token, claims, verifiedBy, idToken } = proof;
  if (idToken !== undefined) return { membership: null, idToken: { token, key: idToken.key, claims, since } };
  return { membership: { token, iat: claims.iat, verifiedBy, since }, idToken: null };
}

export function lock(state: PolicyState, reason: LockReason, at: number): PolicyState {
  return { ...state, stored: { ...state.stored, lock: { reason, at } } };
}

/** Without restrictions, as on a machine where nobody ever signed in. Refused as `release-refused` on a managed one. */
export function release(state: PolicyState, { verdict, source }: ManagedConfig): Result<PolicyState> {
  if (verdict !== 'absent') {
    const cause = source === null ? undefined : `${source} is ${verdict}`;
    return failure(problem('release-refused', {}, { cause }));
  }
  const nothing = { lock: null, damaged: null, policy: null, membership: null, idToken: null, firstUseKeys: null };
  const stored = { ...state.stored, ...nothing };
  return success({ stored, policy: null, membership: null, unusable: null });
}

/** The state without the marks of an organization, and those marks. Refused as `revision-unknown` where there are none. */
export function resetRevision(
  state: PolicyState,
  org: string,
): Result<{ state: PolicyState; forgotten: StoredMark[] }> {
  const forgotten = state.stored.highest.filter((mark) => mark.org === org);
  if (forgotten.length === 0) return failure(problem('revision-unknown', { org }));
  const highest = state.stored.highest.filter((mark) => mark.org !== org);
  // What a server with a wrong clock has signed must not keep out what it signs now.
  const proofs = state.stored.proofs.filter((mark) => mark.org !== org && mark.verifiedBy.length > 0);
  return success({ state: { ...state, stored: { ...state.stored, highest, proofs } }, forgotten });
}

/**
 * The offered proof; the one in hand where that is the same person's newer one, as somebody with two agents may offer either. Refused as
 * `membership-superseded` where a newer one was taken and is not at hand any more.
 */
function newestProof(state: PolicyState, { membership, keys }: VerifiedOffer): Result<VerifiedMembership | null> {
  if (membership === null || !isProofOutdated(state.stored.proofs, membership, keys)) return success(membership);
  const known = state.membership;
  const isKnownNewest =
    known !== null &&
    isSamePerson(known.claims, membership.claims) &&
    (known.idToken !== undefined || areTrusted(keys, known.claims.org, known.verifiedBy)) &&
    !isProofOutdated(state.stored.proofs, known, keys);
  return isKnownNewest ? success(known) : failure(problem('membership-superseded'));
}

/** Since when the proof of this person decides, where it does already. */
function sinceOf({ stored, membership }: PolicyState, next: VerifiedMembership): number | null {
  const isSame = membership !== null && isSamePerson(membership.claims, next.claims);
  return isSame ? ((stored.membership ?? stored.idToken)?.since ?? null) : null;
}

/** The same content for longer may be known already: an older signature must not shorten it. */
function laterOf(known: VerifiedPolicyDocument | null, { policy, keys }: VerifiedOffer): VerifiedPolicyDocument {
  if (known === null || !isSameContent(known, policy)) return policy;
  const isKnownGood = areTrusted(keys, known.claims.org, known.verifiedBy);
  // Compiled rules are kept: they are the same, and large.
  return isKnownGood && known.claims.exp >= policy.claims.exp ? known : { ...policy, rules: known.rules };
}

function isSameContent(known: VerifiedPolicyDocument, offered: VerifiedPolicyDocument): boolean {
  return known.claims.iss === offered.claims.iss && known.contentDigest === offered.contentDigest;
}
