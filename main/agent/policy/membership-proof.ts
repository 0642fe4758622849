import { claimsOfToken, type IdTokenTerms, readIdToken } from '../../../shared/policy/id-token.ts';
import type { PolicyKeys } from '../../../shared/policy/keys.ts';
import type { MembershipClaims } from '../../../shared/policy/schema.ts';
import { verifyMembership } from '../../../shared/policy/verify.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { failure, type Result, success } from '../../../shared/problems/problem.ts';

/**
 * What a proof of membership says, a hub's or an ID token. The signature of an ID token is left to the gateway, which alone decides by it:
 * this agent got it from the provider over TLS.
 *
 * @param now seconds since 1970
 */
export async function proofIn(
  document: string | Uint8Array,
  { keys, org, now, idToken }: { keys: PolicyKeys; org: string; now: number; idToken: IdTokenTerms | null },
): Promise<Result<MembershipClaims>> {
  if (idToken === null) {
    const verified = await verifyMembership(document, { keys, org, now });
    return verified.ok ? success(verified.value.claims) : verified;
  }
  const claims = claimsOfToken(typeof document === 'string' ? document : new TextDecoder().decode(document));
  return claims === null
    ? failure(problem('id-token-unusable', {}, { cause: 'it is no token' }))
    : readIdToken(claims, idToken, org, now);
}
