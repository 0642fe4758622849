import type { PolicyGrant } from '../../../shared/policy/grants.ts';
import type { PolicyKeys } from '../../../shared/policy/keys.ts';
import type { PolicyMark } from '../../../shared/policy/succession.ts';
import { verifyPolicy } from '../../../shared/policy/verify.ts';
import { type Result, success } from '../../../shared/problems/problem.ts';
import { compileList, type PolicyRules } from '../../../shared/rule-set/compile.ts';
import type { PolicySummary } from '../../../shared/state/inputs.ts';

/** A document, and what it is verified by. Plain data, so that it can be sent to a thread. */
export interface PolicyToVerify {
  document: string | Uint8Array;
  keys: PolicyKeys;
  org: string;
  /** Seconds since 1970. */
  now: number;
  /** 32 random bits for the table of names. */
  seed: number;
}

/** A policy that verified, with its list compiled in `rules`. */
export interface CompiledPolicy {
  summary: PolicySummary;
  rules: PolicyRules;
  /** As they are written, those for other teams too. */
  grants: PolicyGrant[];
  mark: PolicyMark;
}

export async function verifyAndCompile({
  document,
  keys,
  org,
  now,
  seed,
}: PolicyToVerify): Promise<Result<CompiledPolicy>> {
  const verified = await verifyPolicy(document, { keys, org, now });
  if (!verified.ok) return verified;
  const { claims, digest, contentDigest, voidGrants, lines } = verified.value;
  const rules = compileList(claims, lines, seed);
  const { grants = [], hints: _hints, ...frame } = claims;
  const { registries, skipped } = rules.counts;
  const { iss, revision, iat, exp } = frame;
  return success({
    summary: { ...frame, registries, skipped, grantCount: grants.length, voidGrants, digest },
    rules,
    grants,
    mark: { iss, org, revision, iat, exp, contentDigest },
  });
}
