import type { PolicyKeys } from '../../../shared/policy/keys.ts';
import type { MembershipClaims } from '../../../shared/policy/schema.ts';
import type { VerifiedMembership } from './policy-job.ts';
import type { ProofMark } from './state-store.ts';
import { areTrusted } from './trusted-keys.ts';

const MAX_MARKS = 1_000;

/** Whether two proofs, or what is remembered of them, are the same person's of the same organization. */
export function isSamePerson(
  one: Pick<MembershipClaims, 'iss' | 'org' | 'sub'>,
  other: Pick<MembershipClaims, 'iss' | 'org' | 'sub'>,
): boolean {
  return one.iss === other.iss && one.org === other.org && one.sub === other.sub;
}

/**
 * Whether a newer proof of the same person was taken before: who has left a team must not come back to it with the proof of the day
 * before. What a key said that is not trusted any more does not keep anybody out.
 */
export function isProofOutdated(
  marks: readonly ProofMark[],
  { claims, idToken }: VerifiedMembership,
  keys: PolicyKeys | null,
): boolean {
  if (idToken !== undefined) {
    // Whatever organization it was for then: an older token could be from before the person left this one.
    return marks.some(
      (mark) => isOfProvider(mark) && mark.iss === claims.iss && mark.sub === claims.sub && mark.iat > claims.iat,
    );
  }
  return marks.some(
    (mark) => isSamePerson(mark, claims) && mark.iat > claims.iat && areTrusted(keys, mark.org, mark.verifiedBy),
  );
}

/** No policy key has verified an ID token. */
function isOfProvider({ verifiedBy }: ProofMark): boolean {
  return verifiedBy.length === 0;
}

/** The marks once a proof is taken, one a person, the newest last. */
export function withProof(marks: readonly ProofMark[], { claims, verifiedBy }: VerifiedMembership): ProofMark[] {
  const { iss, org, sub, iat } = claims;
  const previous = marks.find((mark) => isSamePerson(mark, claims));
  const others = marks.filter((mark) => mark !== previous);
  const mark = previous !== undefined && previous.iat > iat ? previous : { iss, org, sub, iat, verifiedBy };
  return [...others, mark].slice(-MAX_MARKS);
}
