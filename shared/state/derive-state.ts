import { z } from 'zod';
import type { Problem } from '../problems/problem.ts';
import type { LockReason } from '../reasons.ts';
import type { ManagedConfig } from '../schemas/managed-config.ts';
import type { PolicyState, PolicySummary, StateInputs } from './inputs.ts';
import { belongs, isOfNoneAllowed } from './session.ts';

export const StateId = z.enum([
  'starting',
  'not-enforcing',
  'locked',
  'sign-in-required',
  'unmanaged',
  'engine-stopped',
  'securing',
  'restrictions-off',
  'auditing',
  'enforcing-stale',
  'enforcing',
]);
export type StateId = z.infer<typeof StateId>;

export const Look = z.enum(['green', 'amber', 'red', 'blue', 'grey']);
export type Look = z.infer<typeof Look>;

/** Why everything is refused in `locked`: the words on screen depend on it. */
export const LockCause = z.enum([
  'configuration-malformed',
  'configuration-unreadable',
  'wrong-organization',
  'no-policy-key',
  'policy-expired',
  'policy-rejected',
  'no-policy',
  'no-membership',
  'gateway-failed',
]);
export type LockCause = z.infer<typeof LockCause>;

/** Those of them that lie with what the administrator wrote. */
const ADMINISTRATORS: ReadonlySet<LockCause> = new Set([
  'configuration-malformed',
  'configuration-unreadable',
  'wrong-organization',
  'no-policy-key',
]);

/** Those of them that lie with the policy. */
export type PolicyLockCause = Extract<LockCause, 'policy-expired' | 'policy-rejected' | 'no-policy' | 'no-membership'>;

export const StateAction = z.enum(['run-checks', 'copy-for-administrator', 'sign-in', 'sync', 'check-image']);
export type StateAction = z.infer<typeof StateAction>;

/** The one answer to "am I protected, and why?", which tray, panel, CLI and report all show. */
export const DerivedState = z.object({
  id: StateId,
  /** To be read out on the phone. */
  code: z.string().regex(/^P-[A-Z-]+$/),
  look: Look,
  /** Is this machine's engine held to the rules? `unknown` wherever no probe has proven it. */
  protected: z.enum(['yes', 'no', 'unknown']),
  /** What happens to pulls and builds now. */
  traffic: z.enum(['previous-rules', 'unknown', 'deny', 'normal', 'none', 'recorded', 'allow-list']),
  action: StateAction.nullable(),
  cause: LockCause.nullable(),
  /** Who decided: the administrator by a file, the organization by its policy, the user, or nobody. */
  decidedBy: z.enum(['administrator', 'organization', 'user', 'nobody']),
  /** Where the decision can be looked up: a file, or an issuer. */
  source: z.string().nullable(),
});
export type DerivedState = z.infer<typeof DerivedState>;

/** The state in which the screens show each reason for which the gateway denies everything: its code closes the sentence of a denial. */
const STATE_OF_REASON: Record<LockReason, StateId> = {
  'sign-in-required': 'sign-in-required',
  'wrong-organization': 'locked',
  'no-policy-key': 'locked',
  'policy-pending': 'securing',
  'no-policy': 'locked',
  'policy-expired': 'locked',
  'policy-invalid': 'locked',
  'no-membership': 'locked',
  'managed-config-invalid': 'locked',
};

export function codeOfReason(reason: LockReason): string {
  return ROWS[STATE_OF_REASON[reason]].code;
}

/** What the engine is told where the screens show this cause. */
export function reasonOfCause(cause: PolicyLockCause): LockReason {
  return cause === 'policy-rejected' ? 'policy-invalid' : cause;
}

/** How long a fresh sign-in may be without a policy before that is called what it is. */
export const NO_POLICY_GRACE_MS = 30_000;

/** What is fixed for each state; the rest of `DerivedState` depends on the inputs. */
const ROWS: Record<
  StateId,
  { code: string; look: Look; traffic: DerivedState['traffic']; action: DerivedState['action'] }
> = {
  starting: { code: 'P-STARTING', look: 'amber', traffic: 'previous-rules', action: null },
  'not-enforcing': { code: 'P-NOT-ENFORCING', look: 'red', traffic: 'unknown', action: 'run-checks' },
  locked: { code: 'P-LOCKED', look: 'amber', traffic: 'deny', action: 'copy-for-administrator' },
  'sign-in-required': { code: 'P-SIGN-IN', look: 'amber', traffic: 'deny', action: 'sign-in' },
  unmanaged: { code: 'P-UNMANAGED', look: 'grey', traffic: 'normal', action: 'sign-in' },
  'engine-stopped': { code: 'P-NO-ENGINE', look: 'grey', traffic: 'none', action: null },
  securing: { code: 'P-SECURING', look: 'amber', traffic: 'previous-rules', action: null },
  'restrictions-off': { code: 'P-OFF', look: 'grey', traffic: 'normal', action: null },
  auditing: { code: 'P-AUDIT', look: 'blue', traffic: 'recorded', action: null },
  'enforcing-stale': { code: 'P-STALE', look: 'green', traffic: 'allow-list', action: 'sync' },
  enforcing: { code: 'P-ENFORCING', look: 'green', traffic: 'allow-list', action: 'check-image' },
};

/** As a state looks unless its health forbids it: for states that are past. */
export function usualLook(id: StateId): Look {
  return ROWS[id].look;
}

/**
 * Total: every combination of inputs has exactly one state, and the order of the rows is the order of urgency.
 * Nothing is green that a probe has not proven: `enforcing` and `enforcing-stale` are reached only with a `verified`
 * filter.
 */
export function deriveState(inputs: StateInputs): DerivedState {
  const { id, cause } = rowOf(inputs);
  const { code, look, traffic } = ROWS[id];
  return {
    id,
    code,
    look: look === 'green' && !mayBeGreen(id, inputs) ? 'amber' : look,
    protected: protectionOf(id, inputs),
    traffic,
    action: actionOf(id, cause, inputs),
    cause,
    ...deciderOf(id, cause, inputs),
  };
}

interface Row {
  id: StateId;
  cause: LockCause | null;
}

function rowOf({ managed, session, policy, membershipProven, filter, now }: StateInputs): Row {
  const row = (id: StateId, cause: LockCause | null = null): Row => ({ id, cause });
  if (managed === null || session === null || policy === null || filter === null) return row('starting');

  if (filter.kind === 'failed' && filter.mode === 'open') return row('not-enforcing');
  if (filter.kind === 'drifted' && filter.direction === 'looser') return row('not-enforcing');

  if (managed.verdict === 'malformed') return row('locked', 'configuration-malformed');
  if (managed.verdict === 'unreadable') return row('locked', 'configuration-unreadable');
  // Not `sign-in-required`: whoever is signed in is not helped by signing in.
  if (isOfNoneAllowed(session, managed)) return row('locked', 'wrong-organization');
  // Nor is anybody else, as long as no policy could be verified.
  if (managed.verdict === 'present' && !hasPolicyKey(managed)) return row('locked', 'no-policy-key');
  if (belongs(session)) {
    const cause = policyLock({ policy, membershipProven, now });
    if (cause !== null) return row('locked', cause);
  }
  if (filter.kind === 'failed') return row('locked', 'gateway-failed');

  if (!belongs(session)) return row(managed.verdict === 'present' ? 'sign-in-required' : 'unmanaged');
  if (filter.kind === 'engine-stopped') return row('engine-stopped');

  const current = summaryOf(policy);
  if (filter.kind !== 'verified' || current === null) return row('securing');

  if (!current.enabled) return row('restrictions-off');
  if (current.mode === 'audit') return row('auditing');
  return row(policy.kind === 'fresh' && session.kind === 'signed-in' ? 'enforcing' : 'enforcing-stale');
}

function hasPolicyKey({ allowedOrgs, settings }: ManagedConfig): boolean {
  const signedFor = new Set(settings.policyKeys?.keys.flatMap(({ organizations }) => organizations));
  return allowedOrgs.some((org) => signedFor.has(org));
}

/** Asked only of somebody who belongs to an organization: a policy that nobody is held to cannot lock them out. */
export function policyLock({
  policy,
  membershipProven,
  now,
}: Pick<StateInputs, 'membershipProven' | 'now'> & { policy: PolicyState }): PolicyLockCause | null {
  const current = summaryOf(policy);
  if (policy.kind === 'expired' || (current !== null && current.exp * 1000 <= now)) return 'policy-expired';
  if (policy.kind === 'rejected' && current === null) return causeOfRejection(policy.problem);
  if (policy.kind === 'none' && policy.since !== null && now - policy.since >= NO_POLICY_GRACE_MS) return 'no-policy';
  return current === null || membershipProven ? null : 'no-membership';
}

/** What it means that a policy, or the proof of membership that came with it, was rejected. */
export function causeOfRejection({ code }: Problem): PolicyLockCause {
  if (code === 'policy-expired') return 'policy-expired';
  return /^(membership|id-token|provider-keys)-/.test(code) ? 'no-membership' : 'policy-rejected';
}

/** The policy that is in force as far as the agent knows; an expired one is not. */
export function summaryOf(policy: PolicyState): PolicySummary | null {
  return policy.kind === 'none' || policy.kind === 'expired' ? null : policy.policy;
}

/** Where the credential is lost no attempt can succeed: what helps is signing in again. */
function actionOf(id: StateId, cause: LockCause | null, { session, filter }: StateInputs): DerivedState['action'] {
  if (id === 'securing' && filter?.kind === 'unknown' && filter.problem !== null) return 'run-checks';
  const needsPolicy =
    id === 'enforcing-stale' || cause === 'policy-expired' || cause === 'no-policy' || cause === 'no-membership';
  return session?.kind === 'credential-unreadable' && needsPolicy ? 'sign-in' : ROWS[id].action;
}

function mayBeGreen(id: StateId, { policy, health, now }: StateInputs): boolean {
  if (health.some((entry) => entry.forbidsGreen)) return false;
  if (id !== 'enforcing-stale' || policy === null) return true;
  const current = summaryOf(policy);
  // In the last fifth of its life somebody should see it before it runs out.
  return current !== null && now / 1000 < current.exp - (current.exp - current.iat) / 5;
}

function protectionOf(id: StateId, { filter }: StateInputs): DerivedState['protected'] {
  switch (id) {
    case 'not-enforcing':
    case 'unmanaged':
    case 'restrictions-off':
    case 'auditing':
      return 'no';
    case 'starting':
    case 'engine-stopped':
    case 'securing':
      return 'unknown';
    case 'locked':
    case 'sign-in-required':
      // Everything should be refused; only a probe says that it is.
      return filter?.kind === 'verified' ? 'yes' : 'unknown';
    case 'enforcing':
    case 'enforcing-stale':
      return 'yes';
  }
}

function deciderOf(
  id: StateId,
  cause: LockCause | null,
  { managed, policy }: StateInputs,
): Pick<DerivedState, 'decidedBy' | 'source'> {
  const file = cause === 'no-policy-key' ? (managed?.settingsSource ?? managed?.source) : managed?.source;
  const administrator = { decidedBy: 'administrator', source: file ?? null } as const;
  switch (id) {
    case 'starting':
    case 'not-enforcing':
    case 'unmanaged':
    case 'engine-stopped':
      return { decidedBy: 'nobody', source: null };
    case 'sign-in-required':
      return administrator;
    case 'locked':
      if (cause !== null && ADMINISTRATORS.has(cause)) return administrator;
      break;
    case 'securing':
    case 'restrictions-off':
    case 'auditing':
    case 'enforcing':
    case 'enforcing-stale':
      break;
  }
  const issuer = policy === null || policy.kind === 'none' ? null : (policy.policy?.iss ?? null);
  return { decidedBy: managed?.verdict === 'absent' ? 'user' : 'organization', source: issuer };
}

/** In force, or nothing has to be in force. */
export function isInOrder({ state }: { state: DerivedState }): boolean {
  switch (state.id) {
    case 'enforcing':
    case 'enforcing-stale':
    case 'auditing':
    case 'restrictions-off':
    case 'unmanaged':
      return true;
    case 'starting':
    case 'not-enforcing':
    case 'locked':
    case 'sign-in-required':
    case 'engine-stopped':
    case 'securing':
      return false;
  }
}
