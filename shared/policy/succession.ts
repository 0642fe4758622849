import { problem } from '../problems/catalogue.ts';
import { failure, type Result, success } from '../problems/problem.ts';

/** What is kept of the highest policy accepted for an `iss` and `org`, to compare the next one with. */
export interface PolicyMark {
  iss: string;
  org: string;
  revision: number;
  /** Seconds since 1970. */
  iat: number;
  exp: number;
  /** SHA-256 over all claims but `iat` and `exp` (`contentDigest`), lower-case hex. */
  contentDigest: string;
}

/**
 * Whether a verified policy may follow the highest one accepted: `newer` by its revision; `renewal`, the same content signed again
 * for longer; `same`, nothing new. A lower revision is `policy-rollback`, so that an old list cannot be brought back while it is
 * still valid; the same revision with other content is `policy-equivocation`, because a hub that publishes two versions of one
 * revision cannot be trusted with either. Where issuer or organization differ there is nothing to compare: the caller keeps one
 * mark for each.
 */
export function checkSuccession(previous: PolicyMark | null, next: PolicyMark): Result<'newer' | 'renewal' | 'same'> {
  if (previous === null || previous.iss !== next.iss || previous.org !== next.org) return success('newer');
  const { org: organization, revision } = next;
  if (revision > previous.revision) return success('newer');
  if (revision < previous.revision) {
    return failure(problem('policy-rollback', { organization, revision, highest: previous.revision }));
  }
  if (next.contentDigest !== previous.contentDigest) {
    return failure(problem('policy-equivocation', { organization, revision }));
  }
  return success(next.exp > previous.exp ? 'renewal' : 'same');
}
