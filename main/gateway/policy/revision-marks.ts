import type { PolicyKeys } from '../../../shared/policy/keys.ts';
import type { VerifiedPolicyDocument } from './policy-job.ts';
import type { StoredMark } from './state-store.ts';
import { areTrusted, keyMaterial } from './trusted-keys.ts';

const MAX_MARKS = 1_000;

/**
 * The marks that bind, highest revision first. A key that is no longer trusted, or was only while nobody managed this
 * machine, must not keep out the policies of those that are.
 */
export function bindingMarks(marks: readonly StoredMark[], keys: PolicyKeys | null): StoredMark[] {
  return marks
    .filter(({ org, verifiedBy }) => verifiedBy.length === 0 || areTrusted(keys, org, verifiedBy))
    .sort((a, b) => b.revision - a.revision);
}

/** The marks once `document` is accepted: one for each issuer, organization and set of keys, the newest last. */
export function withMark(
  marks: readonly StoredMark[],
  { claims, contentDigest, verifiedBy }: VerifiedPolicyDocument,
): StoredMark[] {
  const { iss, org, revision, iat, exp } = claims;
  const keys = verifiedBy.map(keyMaterial).join();
  const previous = marks.find(
    (mark) => mark.iss === iss && mark.org === org && mark.verifiedBy.map(keyMaterial).join() === keys,
  );
  const others = marks.filter((mark) => mark !== previous);
  const mark: StoredMark = {
    ...{ iss, org, revision, contentDigest, verifiedBy },
    iat: Math.max(iat, previous?.iat ?? 0),
    exp: previous?.revision === revision ? Math.max(exp, previous.exp) : exp,
  };
  return [...others, mark].slice(-MAX_MARKS);
}
