import { type EffectivePolicy, effectivePolicyOf } from '../../../shared/policy/effective-policy.ts';
import { effectiveRules } from '../../../shared/policy/effective-rules.ts';
import type { PolicyGrant } from '../../../shared/policy/grants.ts';
import { isSameIssuer, policyIssuerOf } from '../../../shared/policy/issuer.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import type { PolicyRules } from '../../../shared/rule-set/compile.ts';
import { compileGrants } from '../../../shared/rule-set/compile-grants.ts';
import type { TeamProof } from '../../../shared/rule-set/grant-rules.ts';
import type { RuleSet } from '../../../shared/rule-set/rule-set.ts';
import type { MembershipStatus } from '../../../shared/schemas/control-schema.ts';
import type { ManagedConfig } from '../../../shared/schemas/managed-config.ts';
import { countingProof } from './counting-proof.ts';
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
  /** By which its grants for teams count. */
  readonly proof: TeamProof | null;
}

/** What a state comes to under this configuration, at this time (seconds since 1970). */
export function evaluate(state: PolicyState, managed: ManagedConfig, now: number): EffectivePolicy {
  const { stored, policy, unusable } = state;
  const keys = trustedKeys(managed, stored.firstUseKeys);
  const issuer = policyIssuerOf(managed.settings);
  // Also one that was accepted before anybody said who issues policies.
  const isOfIssuer = policy === null || issuer === null || isSameIssuer(policy.claims.iss, issuer);
  const trustedPolicy =
    policy !== null && isOfIssuer && areTrusted(keys, policy.claims.org, policy.verifiedBy) ? policy : null;
  const isNotTrusted =
    policy !== null &&
    trustedPolicy === null &&
    (managed.verdict === 'absent' || managed.allowedOrgs.includes(policy.claims.org));
  return effectivePolicyOf({
    managed,
    lock: stored.lock,
    policy: trustedPolicy?.claims ?? null,
    membership: countingProof(state, managed, now)?.claims ?? null,
    policyInvalid: stored.damaged !== null || unusable !== null || isNotTrusted,
    now,
  });
}

/**
 * The teams that count here: those of a proof that is trusted, of the same organization and issuer as the policy, and bound to the key of
 * this gateway. A team is a privilege, and a proof that is bound to nothing could be anybody's.
 *
 * @param jkt thumbprint of this gateway's key; null where it has none, and then no team counts
 */
export function teamProofOf(
  { stored, policy, membership }: PolicyState,
  managed: ManagedConfig,
  jkt: string | null,
): TeamProof | null {
  if (policy === null || membership === null || jkt === null) return null;
  const { iss, org, exp, teams = [], cnf } = membership.claims;
  if (iss !== policy.claims.iss || org !== policy.claims.org || cnf?.jkt !== jkt || teams.length === 0) return null;
  return areTrusted(trustedKeys(managed, stored.firstUseKeys), org, membership.verifiedBy) ? { teams, exp } : null;
}

export function membershipStatus(
  { stored, membership }: PolicyState,
  proof: TeamProof | null,
): MembershipStatus | null {
  if (membership === null) return null;
  const { org, sub, iat, exp } = membership.claims;
  const since = (stored.membership ?? stored.idToken)?.since;
  return { org, sub, iat, exp, ...(since === undefined ? {} : { since }), teams: [...(proof?.teams ?? [])] };
}

/** The generation rises by one with each change of what is in force, and with nothing else. */
export function advanced(
  state: PolicyState,
  next: PolicyState,
  effective: EffectivePolicy,
  time: TimeMarks,
  proof: TeamProof | null = null,
): { state: PolicyState; changed: boolean } {
  const line = inForceLine(effective, next.policy, proof);
  const changed = line !== state.stored.inForce;
  const generation = state.stored.generation + (changed ? 1 : 0);
  return { state: { ...next, stored: { ...next.stored, inForce: line, time, generation } }, changed };
}

/** @param before what was in force: rules that stay the same stay the same value */
export function inForceOf(
  { stored, policy }: PolicyState,
  effective: EffectivePolicy,
  proof: TeamProof | null = null,
  before: InForce | null = null,
): InForce {
  const { generation } = stored;
  const isSame =
    before?.rules.kind === 'policy' && before.policy?.rules === policy?.rules && isSameProof(before.proof, proof);
  if (isSame && effective.kind === 'policy') return { ...before, generation, effective, policy, proof };
  const rules = policy && rulesFor(policy, proof);
  return { generation, effective, rules: effectiveRules(effective, rules), policy, proof };
}

/** The rules of a policy, with the grants that count by this proof. */
function rulesFor({ claims, rules }: VerifiedPolicyDocument, proof: TeamProof | null): PolicyRules {
  if (proof === null || teamsOf(claims.grants, proof).length === 0) return rules;
  const grants = compileGrants(claims.grants ?? [], proof, rules.table.seed);
  return grants === null ? rules : { ...rules, grants };
}

function isSameProof(one: TeamProof | null, other: TeamProof | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The teams of a proof for which there are grants, in order. */
function teamsOf(grants: readonly PolicyGrant[] = [], proof: TeamProof | null): string[] {
  const named = new Set(grants.flatMap(({ teams = [] }) => teams));
  return [...new Set(proof?.teams)].filter((team) => named.has(team)).sort();
}

/** In one line, as it is stored: the same line is the same generation, also after a restart. */
export function inForceLine(
  effective: EffectivePolicy,
  policy: VerifiedPolicyDocument | null,
  proof: TeamProof | null = null,
): string {
  if (effective.kind !== 'policy') return JSON.stringify(effective);
  const teams = teamsOf(policy?.claims.grants, proof);
  const what = [effective.org, effective.revision, policy?.contentDigest];
  return JSON.stringify(teams.length === 0 ? what : [...what, teams]);
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

/**
 * When time alone may next change what `evaluate` says, as far as documents and the break-glass time go: provider keys that count for a
 * while after they have gone are left to the look every so often. Seconds since 1970; null where nothing is ahead.
 */
export function nextTurn({ policy, membership }: PolicyState, managed: ManagedConfig, now: number): number | null {
  const { breakGlass } = managed.settings;
  const glass = breakGlass === undefined ? [] : [breakGlass.from, breakGlass.until];
  const ahead = [
    ...[policy, membership].flatMap((document) => (document === null ? [] : [document.claims.exp])),
    ...glass.map((at) => Math.ceil(Date.parse(at) / 1000)),
  ].filter((at) => at > now);
  return ahead.length === 0 ? null : Math.min(...ahead);
}
