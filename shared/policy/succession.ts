import { failure, type Problem, type Result, success } from '../problems/problem.ts';

/** What is kept of the highest policy seen for an `iss` and `org`, to measure the next one against. */
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
 * Whether a verified policy may follow the highest one seen: `newer` by its revision; `renewal`, the same content signed again
 * for longer; `same`, nothing new. A lower revision is refused (`policy-rollback`), so that an old list cannot be brought back
 * while it is still valid; and the same revision with other content (`policy-equivocation`), because a hub that tells two stories
 * cannot be trusted on either. Where issuer or organization differ there is nothing to compare: the caller keeps one mark for each.
 */
export function checkSuccession(previous: PolicyMark | null, next: PolicyMark): Result<'newer' | 'renewal' | 'same'> {
  if (previous === null || previous.iss !== next.iss || previous.org !== next.org) return success('newer');
  if (next.revision > previous.revision) return success('newer');
  if (next.revision < previous.revision) {
    return failure(
      problem(
        'policy-rollback',
        `Revision ${next.revision} of ${next.org}'s policy is older than revision ${previous.revision}, which was seen before.`,
      ),
    );
  }
  if (next.contentDigest !== previous.contentDigest) {
    return failure(
      problem(
        'policy-equivocation',
        `Revision ${next.revision} of ${next.org}'s policy exists with two different contents.`,
      ),
    );
  }
  return success(next.exp > previous.exp ? 'renewal' : 'same');
}

function problem(code: string, message: string): Problem {
  return { code, message, next: 'The last good policy stays in force. Tell the administrator of the server.' };
}
