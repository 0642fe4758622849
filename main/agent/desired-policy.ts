import type { PolicyKeys } from '../../shared/policy/keys.ts';
import type { LockReason } from '../../shared/reasons.ts';
import type { GatewayStatus } from '../../shared/schemas/control-schema.ts';
import type { ManagedConfig } from '../../shared/schemas/managed-config.ts';
import type { PolicyLockCause } from '../../shared/state/derive-state.ts';
import type { SessionState } from '../../shared/state/inputs.ts';
import { belongs } from '../../shared/state/session.ts';
import type { DesiredPolicy } from './enforcement/next-step.ts';
import type { PolicySyncState } from './policy/policy-sync.ts';

export interface DesiredPolicyInputs {
  managed: ManagedConfig;
  session: SessionState | null;
  policy: PolicySyncState;
  applied: GatewayStatus | null;
  files: { policyFile: string; membershipFile: string };
  firstUseKeys: PolicyKeys | null;
  /** Why every screen says that all pulls are refused; null where none does. */
  lockCause: PolicyLockCause | null;
  /** Milliseconds since 1970. */
  now: number;
}

const REASONS: Record<PolicyLockCause, LockReason> = {
  'policy-expired': 'policy-expired',
  'policy-rejected': 'policy-invalid',
  'no-policy': 'no-policy',
};

/**
 * What should be in force, as far as the agent knows. It asks for `release` in one case only: nobody manages this machine
 * and nobody is signed in.
 */
export function desiredPolicyOf(inputs: DesiredPolicyInputs): DesiredPolicy {
  const { managed, session, policy, applied, files, firstUseKeys, lockCause, now } = inputs;
  if (session === null) return { kind: 'nothing' };
  if (!belongs(session)) {
    return managed.verdict === 'absent' ? { kind: 'release' } : { kind: 'lock', reason: 'sign-in-required' };
  }
  const { held, membership } = policy;
  const ready =
    held !== null &&
    held.summary.org === session.org &&
    held.summary.exp * 1000 > now &&
    // The gateway of a managed machine takes no policy without it, and it is a moment behind.
    (membership !== null || managed.verdict === 'absent');
  if (!ready) {
    // Another organization's list is not this one's until it has come.
    const foreign = applied?.inForce.kind === 'policy' && applied.inForce.org !== session.org;
    if (foreign) return { kind: 'lock', reason: 'no-policy' };
    // A filter that lets through what every screen calls refused: with no administrator it knows no better.
    const untrue = lockCause !== null && applied !== null && applied.inForce.kind !== 'deny';
    return untrue ? { kind: 'lock', reason: REASONS[lockCause] } : { kind: 'nothing' };
  }
  const { iss, org, revision, exp, digest } = held.summary;
  return {
    kind: 'policy',
    ...{ iss, org, revision, exp, digest },
    policyFile: files.policyFile,
    membership: membership && { file: files.membershipFile, iat: membership.iat, exp: membership.exp },
    firstUseKeys,
  };
}
