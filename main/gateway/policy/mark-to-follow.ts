import type { PolicyKey } from '../../../shared/policy/keys.ts';
import type { PolicyMark } from '../../../shared/policy/succession.ts';
import { keyMaterial } from './trusted-keys.ts';

/** The highest that some keys have been seen to sign. */
export interface BindingMark extends PolicyMark {
  /** Empty in files of older versions: then it counts whoever signs. */
  verifiedBy: PolicyKey[];
}

/**
 * The mark that a document is measured against. Where the administrator says who issues policies, that of its issuer and organization: no
 * other issuer's policy gets here. Else also those of whoever signed with the same key: a name that anyone can write must not make the
 * same key's revisions start again.
 * @param marks those that bind, highest first
 */
export function markToFollow(
  marks: readonly BindingMark[],
  { claims, verifiedBy }: { claims: { iss: string; org: string }; verifiedBy: readonly PolicyKey[] },
  isIssuerKnown: boolean,
): BindingMark | null {
  const signedBy = verifiedBy.map(keyMaterial);
  const found = marks.find(
    (mark) =>
      mark.org === claims.org &&
      (mark.iss === claims.iss ||
        (!isIssuerKnown &&
          (mark.verifiedBy.length === 0 || mark.verifiedBy.some((key) => signedBy.includes(keyMaterial(key)))))),
  );
  return found ?? null;
}
