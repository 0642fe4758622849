import { type EffectivePolicy, effectivePolicyOf } from '../../../shared/policy/effective-policy.ts';
import { effectiveRules } from '../../../shared/policy/effective-rules.ts';
import { isSameIssuer, policyIssuerOf } from '../../../shared/policy/issuer.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import type { RuleSet } from '../../../shared/rule-set/rule-set.ts';
import type { ManagedConfig } from '../../../shared/schemas/managed-config.ts';
import type { VerifiedMembership, VerifiedPolicyDocument } from './policy-job.ts';
import type { StoredState } from './state-store.ts';
import type { TimeMarks } from './trusted-clock.ts';
import { areTrusted, trustedKeys } from './trusted-keys.ts';

/** All that the gateway knows when it evaluates what is in force, but for the managed configuration and the time. */
export interface PolicyState {
  /** What is on disk, or will be. */
  readonly stored: StoredState;
  /** The documents to which `stored` refers, verified. */
  readonly policy: VerifiedPolicyDocument | null;
  readonly membership: VerifiedMembership | null;
  /** Why the documents on disk cannot be used, where they cannot. */
  readonly unusable: Problem | null;
}

/** What is in force now. */
export interface InForce {
  readonly generation: number;
  readonly effective: EffectivePolicy;
  readonly rules: RuleSet;
  /** The policy that `effective` names, or would name if nothing stood in its way. */
  readonly policy: VerifiedPolicyDocument | null;
}

/** What a state comes to under this configuration, at this time (seconds since 1970). */
export function evaluate(state: PolicyState, managed: ManagedConfig, now: number): EffectivePolicy {
  const { stored, policy, membership, unusable } = state;
  const keys = trustedKeys(managed, stored.firstUseKeys);
  const isTrusted = (document: VerifiedPolicyDocument | VerifiedMembership): boolean =>
    areTrusted(keys, document.claims.org, document.verifiedBy);
  const issuer = policyIssuerOf(managed.settings);
  // Also one that was accepted before anybody said who issues policies.
  const isOfIssuer = policy === null || issuer === null || isSameIssuer(policy.claims.iss, issuer);
  const trustedPolicy = policy !== null && isOfIssuer && isTrusted(policy) ? policy : null;
  const trustedMembership = membership !== null && isTrusted(membership) ? membership : null;
  const isNotTrusted =
    policy !== null &&
    trustedPolicy === null &&
    (managed.verdict === 'absent' || managed.allowedOrgs.includes(policy.claims.org));
  return effectivePolicyOf({
    managed,
    lock: stored.lock,
    policy: trustedPolicy?.claims ?? null,
    membership: trustedMembership?.claims ?? null,
    policyInvalid: stored.damaged !== null || unusable !== null || isNotTrusted,
    now,
  });
}

/** The generation rises by one with each change of what is in force, and with nothing else. */
export function advanced(
  state: PolicyState,
  next: PolicyState,
  effective: EffectivePolicy,
  time: TimeMarks,
): { state: PolicyState; changed: boolean } {
  const line = inForceLine(effective, next.policy);
  const changed = line !== state.stored.inForce;
  const generation = state.stored.generation + (changed ? 1 : 0);
  return { state: { ...next, stored: { ...next.stored, inForce: line, time, generation } }, changed };
}

export function inForceOf({ stored, policy }: PolicyState, effective: EffectivePolicy): InForce {
  return { generation: stored.generation, effective, rules: effectiveRules(effective, policy?.rules ?? null), policy };
}

/** In one line, as it is stored: the same line is the same generation, also after a restart. */
export function inForceLine(effective: EffectivePolicy, policy: VerifiedPolicyDocument | null): string {
  return JSON.stringify(
    effective.kind === 'policy' ? [effective.org, effective.revision, policy?.contentDigest] : effective,
  );
}

/**
 * When the first of the documents in hand ends, or the break-glass time does. Seconds since 1970; null where nothing ends.
 * @param spent ends up to here have been noticed for good (`TimeMarks`)
 */
export function nextExpiry({ policy, membership }: PolicyState, managed: ManagedConfig, spent: number): number | null {
  const ends = [policy, membership].flatMap((document) => (document === null ? [] : [document.claims.exp]));
  const documents = ends.length === 0 ? null : Math.min(...ends);
  const { breakGlass } = managed.settings;
  const lifted = breakGlass === undefined ? null : Math.ceil(Date.parse(breakGlass.until) / 1000);
  if (lifted === null || lifted <= spent) return documents;
  return documents === null || documents <= spent ? lifted : Math.min(documents, lifted);
}
