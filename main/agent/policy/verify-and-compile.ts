import type { PolicyKeys } from '../../../shared/policy/keys.ts';
import type { PolicyMark } from '../../../shared/policy/succession.ts';
import { verifyPolicy } from '../../../shared/policy/verify.ts';
import { type Result, success } from '../../../shared/problems/problem.ts';
import { compilePolicy, type PolicyRules } from '../../../shared/rule-set/compile.ts';
import type { PolicySummary } from '../../../shared/state/inputs.ts';

/** A document, and what it is judged by. Plain data: it can be sent to a thread. */
export interface PolicyToVerify {
  document: string | Uint8Array;
  keys: PolicyKeys;
  org: string;
  /** Seconds since 1970. */
  now: number;
  /** 32 random bits for the table of names. */
  seed: number;
}

/** A policy that verified, ready to be looked into; the list itself is in `rules`, and nowhere else. */
export interface CompiledPolicy {
  summary: PolicySummary;
  rules: PolicyRules;
  mark: PolicyMark;
}

export async function verifyAndCompile({
  document,
  keys,
  org,
  now,
  seed,
}: PolicyToVerify): Promise<Result<CompiledPolicy>> {
  const judged = await verifyPolicy(document, { keys, org, now });
  if (!judged.ok) return judged;
  const { claims, digest, contentDigest } = judged.value;
  const rules = compilePolicy(claims, seed);
  const { registries: _list, ...frame } = claims;
  const { registries, skipped } = rules.counts;
  const { iss, revision, iat, exp } = frame;
  return success({
    summary: { ...frame, registries, skipped, digest },
    rules,
    mark: { iss, org, revision, iat, exp, contentDigest },
  });
}
