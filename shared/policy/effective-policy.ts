import type { LockReason, OpenReason } from '../reasons.ts';
import type { ManagedConfig } from '../schemas/managed-config.ts';
import { keysFor } from './keys.ts';
import type { MembershipClaims, PolicyClaims } from './schema.ts';

/**
 * All that the rule depends on. The gateway fills it from its disk, the agent from what it holds itself.
 */
export interface EffectivePolicyInputs {
  /** null until the managed configuration has been read once. */
  managed: ManagedConfig | null;
  /** What `lock` has stored; only a `program` that verifies removes it. `at`: milliseconds since 1970. */
  lock: { reason: LockReason; at: number } | null;
  /** Claims of a policy that was verified by a key that is trusted now, else null. Whether it has expired is checked here. */
  policy: Pick<PolicyClaims, 'iss' | 'org' | 'revision' | 'exp'> | null;
  /** The same of the membership proof. */
  membership: MembershipClaims | null;
  /** There is a policy, but it does not verify, or not any more. */
  policyInvalid: boolean;
  /** Seconds since 1970, by a clock that nobody can set back: never before the highest accepted `iat`. */
  now: number;
}

/** What is in force. `deny` and `open` name their reason; under `policy` each host is decided on its own. */
export type EffectivePolicy =
  | { kind: 'deny'; reason: LockReason; organizations: string[]; detail: string }
  | { kind: 'open'; reason: OpenReason }
  | { kind: 'policy'; org: string; revision: number };

/**
 * The one rule of what is enforced: on a managed machine, everything that is missing or wrong ends in `deny`. `open` has two causes:
 * the machine is known to be unmanaged and nobody volunteered a policy, or its administrator has broken the glass.
 */
export function effectivePolicyOf(inputs: EffectivePolicyInputs): EffectivePolicy {
  const { managed, lock, policy, membership, now } = inputs;
  const deny = (reason: LockReason, detail: string, organizations: string[] = []): EffectivePolicy => ({
    kind: 'deny',
    reason,
    organizations,
    detail,
  });

  if (managed === null) return deny('managed-config-invalid', 'the managed configuration has not been read yet');
  if (managed.verdict === 'unreadable' || managed.verdict === 'malformed') {
    const problem = managed.problems[0];
    return deny(
      'managed-config-invalid',
      problem ? problem.message : `${managed.source ?? 'a file'} is ${managed.verdict}`,
    );
  }

  const { breakGlass } = managed.settings;
  if (breakGlass && Date.parse(breakGlass.from) <= now * 1000 && now * 1000 < Date.parse(breakGlass.until)) {
    return { kind: 'open', reason: 'break-glass' };
  }

  if (managed.verdict === 'absent') {
    if (lock !== null) return deny(lock.reason, 'locked');
    if (inputs.policyInvalid) return deny('policy-invalid', 'the stored policy does not verify');
    if (policy === null) return { kind: 'open', reason: 'not-managed' };
    if (policy.exp <= now) return deny('policy-expired', `the policy expired at ${policy.exp}`, [policy.org]);
    return { kind: 'policy', org: policy.org, revision: policy.revision };
  }

  const organizations = managed.allowedOrgs;
  // Before the keys: there are none for a name that is misspelt, and the name is what has to be fixed.
  if (lock === null ? isProvenElsewhere(inputs, organizations) : lock.reason === 'wrong-organization') {
    return deny('wrong-organization', 'the member who has signed in belongs to no allowed organization', organizations);
  }
  const withKeys = organizations.filter((org) => keysFor(managed.settings.policyKeys ?? null, org).length > 0);
  if (withKeys.length === 0) {
    return deny('no-policy-key', `no policy key for ${organizations.join(', ')}`, organizations);
  }
  if (lock !== null) return deny(lock.reason, 'locked', organizations);
  if (inputs.policyInvalid) return deny('policy-invalid', 'the stored policy does not verify', organizations);
  if (policy === null || !organizations.includes(policy.org)) {
    return deny('sign-in-required', 'no member of an allowed organization has signed in', organizations);
  }
  // An ID token's issuer is the OpenID provider, who signs no policies.
  const isOfIssuer = managed.settings.membership === 'id-token' || membership?.iss === policy.iss;
  if (membership === null || membership.org !== policy.org || !isOfIssuer) {
    return deny('sign-in-required', `no membership of ${policy.org} is proven`, organizations);
  }
  // Before the proof, which mostly ends with it: whoever is signed in is not helped by signing in.
  if (policy.exp <= now) return deny('policy-expired', `the policy of ${policy.org} has expired`, organizations);
  if (membership.exp <= now) {
    return deny('no-membership', `the membership proof for ${policy.org} has expired`, organizations);
  }
  return { kind: 'policy', org: policy.org, revision: policy.revision };
}

/** What is held is as good as ever, and of an organization that is not allowed. */
function isProvenElsewhere(
  { managed, policy, membership, now }: EffectivePolicyInputs,
  organizations: string[],
): boolean {
  if (policy === null || membership === null || organizations.includes(policy.org)) return false;
  const isOfIssuer = managed?.settings.membership === 'id-token' || membership.iss === policy.iss;
  return membership.org === policy.org && isOfIssuer && membership.exp > now;
}
