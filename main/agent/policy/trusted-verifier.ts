import type { PolicyKeys } from '../../../shared/policy/keys.ts';
import { ProblemError, type Result } from '../../../shared/problems/problem.ts';

/** A document was rejected, as opposed to not obtained. */
export class Rejection extends ProblemError {}

/** The keys by which documents are verified. */
export interface TrustedKeys {
  /** @throws ProblemError where there are none. */
  keys: (signal: AbortSignal) => Promise<PolicyKeys>;
  /** What the known keys say of their successors, where they may introduce any; null: nothing new. */
  introduced: ((signal: AbortSignal) => Promise<PolicyKeys | null>) | null;
}

/** @throws Rejection, or ProblemError where a document could not be obtained. */
export type TrustedVerifier = <T>(verify: (keys: PolicyKeys) => Promise<Result<T>>) => Promise<T>;

/**
 * Verifies by the trusted keys, and a document whose key they do not contain once more by the successors that they introduce.
 *
 * @throws ProblemError where there are no keys.
 */
export async function createTrustedVerifier(
  { keys, introduced }: TrustedKeys,
  signal: AbortSignal,
): Promise<TrustedVerifier> {
  let trusted = await keys(signal).catch((error: unknown) => {
    throw error instanceof ProblemError && error.problem.code === 'no-policy-key'
      ? new Rejection(error.problem)
      : error;
  });
  return async (verify) => {
    let outcome = await verify(trusted);
    if (!outcome.ok && isKeyUnknown(outcome.problem.code) && introduced !== null) {
      trusted = (await introduced(signal).catch(() => null)) ?? trusted;
      outcome = await verify(trusted);
    }
    if (!outcome.ok) throw new Rejection(outcome.problem);
    return outcome.value;
  };
}

function isKeyUnknown(code: string): boolean {
  return code === 'policy-key-unknown' || code === 'membership-key-unknown';
}
