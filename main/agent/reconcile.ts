import { effectivePolicyOf } from '../../shared/policy/effective-policy.ts';
import { effectiveRules } from '../../shared/policy/effective-rules.ts';
import type { PolicyKeys } from '../../shared/policy/keys.ts';
import type { MembershipClaims } from '../../shared/policy/schema.ts';
import type { PolicyRules } from '../../shared/rule-set/compile.ts';
import { compileGrants } from '../../shared/rule-set/compile-grants.ts';
import type { RuleSet } from '../../shared/rule-set/rule-set.ts';
import type { GatewayStatus, RulesInForce } from '../../shared/schemas/control-schema.ts';
import type { ManagedConfig } from '../../shared/schemas/managed-config.ts';
import { type PolicyLockCause, reasonOfCause } from '../../shared/state/derive-state.ts';
import type { SessionState } from '../../shared/state/inputs.ts';
import { belongs, isKept, isOfNoneAllowed } from '../../shared/state/session.ts';
import { type AgentState, effectiveNow, lockCauseOf } from './agent-state.ts';
import { statusOf } from './enforcement/gateway-link.ts';
import { type DesiredPolicy, type DesiredProof, OF_CONFIGURATION } from './enforcement/next-step.ts';
import type { PolicySyncState } from './policy/sync-state.ts';
import type { CompiledPolicy } from './policy/verify-and-compile.ts';

/** The files that the gateway is told to read, and the keys that it may take where nobody pinned any. */
export interface ProgrammingSources {
  files: { policyFile: string; membershipFile: string };
  firstUseKeys: PolicyKeys | null;
}

export interface DesiredPolicyInputs extends ProgrammingSources {
  managed: ManagedConfig;
  session: SessionState | null;
  policy: PolicySyncState;
  /** What the gateway enforces; null while it does not say. */
  inForce: RulesInForce | null;
  /** Why every screen says that all pulls are blocked; null where none does. */
  lockCause: PolicyLockCause | null;
  /** Milliseconds since 1970. */
  now: number;
}

/** What should be in force from what is known. */
export function reconcile(state: AgentState, sources: ProgrammingSources): DesiredPolicy {
  return desiredPolicyOf({
    ...sources,
    managed: state.managed,
    session: state.session,
    policy: state.policy,
    inForce: statusOf(state.link)?.inForce ?? null,
    lockCause: lockCauseOf(state),
    now: state.now.wall,
  });
}

/** It asks for `release` in one case only: nobody manages this machine, and nobody is signed in. */
export function desiredPolicyOf(inputs: DesiredPolicyInputs): DesiredPolicy {
  const { managed, session, policy, inForce, files, firstUseKeys, lockCause, now } = inputs;
  if (session === null) return { kind: 'nothing' };
  if (!belongs(session)) {
    if (managed.verdict === 'absent') return { kind: 'release' };
    return { kind: 'lock', reason: isKept(session) ? 'wrong-organization' : 'sign-in-required' };
  }
  if (isOfNoneAllowed(session, managed)) return { kind: 'lock', reason: 'wrong-organization' };
  const { held, membership } = policy;
  const isReady =
    held !== null &&
    // Else the session is about to choose another one.
    (managed.verdict !== 'present' || managed.allowedOrgs.includes(session.org)) &&
    held.summary.org === session.org &&
    held.summary.exp * 1000 > now &&
    // The gateway of a managed machine takes no policy without it, and it arrives a moment later.
    (managed.verdict === 'absent' || (membership !== null && membership.exp * 1000 > now));
  if (!isReady) {
    // Until the policy of this organization has come, another one's must not apply. A reason that gateways of every version know.
    if (inForce?.kind === 'policy' && inForce.org !== session.org) return { kind: 'lock', reason: 'no-policy' };
    if (inForce === null) return { kind: 'nothing' };
    const reason = lockCause === null ? 'policy-pending' : reasonOfCause(lockCause);
    // With an administrator it would ask somebody who has signed in to sign in, and without one allow what every screen calls blocked.
    const saysSo =
      inForce.kind === 'deny' ? inForce.reason === reason || OF_CONFIGURATION.has(inForce.reason) : lockCause === null;
    return saysSo ? { kind: 'nothing' } : { kind: 'lock', reason };
  }
  const { iss, org, revision, exp, digest } = held.summary;
  return {
    kind: 'policy',
    ...{ iss, org, revision, exp, digest },
    policyFile: files.policyFile,
    membership: membership && proofOf(membership, files.membershipFile),
    since: policy.since,
    firstUseKeys,
  };
}

function proofOf({ sub, iat, exp, teams, cnf }: MembershipClaims, file: string): DesiredProof {
  return { file, iat, exp, sub, teams, jkt: cnf?.jkt };
}

/** The rules that the gateway enforces once it has all that is known here, by its own rule: for while it does not answer. */
export function expectedRules(state: AgentState): RuleSet {
  const { managed, session, policy } = state;
  const isMember = session !== null && belongs(session);
  const inputs = {
    managed,
    lock: null,
    policy: isMember ? (policy.held?.summary ?? null) : null,
    membership: isMember ? policy.membership : null,
    policyInvalid: false,
    now: Math.floor(effectiveNow(state) / 1000),
  };
  const inForce = effectivePolicyOf(inputs);
  const desired = desiredPolicyOf({
    ...{ managed, session, policy, inForce },
    ...{ files: { policyFile: '', membershipFile: '' }, firstUseKeys: null },
    lockCause: lockCauseOf(state),
    now: state.now.wall,
  });
  const lock = desired.kind === 'lock' ? { reason: desired.reason, at: state.now.wall } : null;
  return effectiveRules(
    effectivePolicyOf({ ...inputs, lock }),
    policy.held && rulesHeld(policy.held, inputs.membership),
  );
}

/** With the grants for the teams of a proof that is bound to a gateway: this machine's, as far as is known here. */
function rulesHeld({ rules, grants }: CompiledPolicy, membership: MembershipClaims | null): PolicyRules {
  if (membership?.cnf === undefined || membership.teams === undefined) return rules;
  const counting = compileGrants(grants, { teams: membership.teams, exp: membership.exp }, rules.table.seed);
  return counting === null ? rules : { ...rules, grants: counting };
}

/** What the change of a session means for the policy. */
export function policyAfterSession(before: SessionState | null, now: SessionState | null): 'keep' | 'forget' | 'sync' {
  // A sign-in that is kept goes on with its policy.
  const isOver = (session: SessionState | null): boolean =>
    (session?.kind === 'signed-out' || session?.kind === 'wrong-organization') && session.kept !== true;
  if (isOver(now)) return isOver(before) && before?.kind === now?.kind ? 'keep' : 'forget';
  // The server could not be asked meanwhile.
  const wasAway = before?.kind === 'offline' || before?.kind === 'credential-unreadable';
  return now?.kind === 'signed-in' && wasAway ? 'sync' : 'keep';
}

/** The server no longer takes this user for a member: the session has to ask who they are. */
export function isMembershipDenied({ sync }: PolicySyncState): boolean {
  return sync.problem?.code === 'not-a-member' || sync.problem?.code === 'not-authorized';
}

/** Since when the gateway has read another managed configuration than ours; null while both agree or it does not say. */
export function disagreesSince(
  since: number | null,
  ours: ManagedConfig,
  status: GatewayStatus | null,
  monotonic: number,
): number | null {
  const decisive = ({ verdict, allowedOrgs }: ManagedConfig): string => JSON.stringify([verdict, allowedOrgs]);
  return status === null || decisive(status.managed) === decisive(ours) ? null : (since ?? monotonic);
}
