import { type IdTokenTerms, idTokenTermsOf, readIdToken } from '../../../shared/policy/id-token.ts';
import { countingKeys, isSameKey } from '../../../shared/policy/provider-keys.ts';
import type { MembershipClaims } from '../../../shared/policy/schema.ts';
import type { ManagedConfig } from '../../../shared/schemas/managed-config.ts';
import type { VerifiedMembership } from './policy-job.ts';
import type { StoredState } from './state-store.ts';
import { areTrusted, trustedKeys } from './trusted-keys.ts';

/**
 * The proof of membership in hand, where it counts under this configuration: a hub's where a hub proves membership, and an ID token where
 * the administrator says so, by the terms and the provider's keys of now. Whether it has expired is for the caller.
 *
 * @param now seconds since 1970
 */
export function countingProof(
  { stored, membership }: { stored: StoredState; membership: VerifiedMembership | null },
  managed: ManagedConfig,
  now: number,
): VerifiedMembership | null {
  const terms = idTokenTermsOf(managed.settings);
  if (membership === null || (terms === null) !== (membership.idToken === undefined)) return null;
  if (terms === null) {
    const keys = trustedKeys(managed, stored.firstUseKeys);
    return areTrusted(keys, membership.claims.org, membership.verifiedBy) ? membership : null;
  }
  const signer = membership.idToken?.key;
  const isSigned = countingKeys(stored.providerKeys, terms.issuer, now).some((key) => signer && isSameKey(key, signer));
  const claims = isSigned ? claimsUnder(membership, terms) : null;
  return claims && { ...membership, claims };
}

/** The same state, with what its ID token says by the terms of now: for how long it is good may have changed. */
export function underTerms<State extends { membership: VerifiedMembership | null }>(
  state: State,
  managed: ManagedConfig,
): State {
  const { membership } = state;
  const terms = idTokenTermsOf(managed.settings);
  const claims = membership && terms && claimsUnder(membership, terms);
  if (membership === null || claims === null || claims.exp === membership.claims.exp) return state;
  return { ...state, membership: { ...membership, claims } };
}

/** As of when it was issued: whoever shows an expired one is told that it has expired. null: it proves nothing by these terms. */
function claimsUnder({ claims, idToken }: VerifiedMembership, terms: IdTokenTerms): MembershipClaims | null {
  const reading = idToken && readIdToken(idToken.payload, terms, claims.org, claims.iat);
  return reading?.ok ? reading.value : null;
}
