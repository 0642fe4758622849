import type { Problem } from '../../../shared/problems/problem.ts';
import type { PolicyState, PolicySummary } from '../../../shared/state/inputs.ts';
import type { PolicySyncState } from './sync-state.ts';

/**
 * The policy as the state table has it.
 *
 * @param inForce the policy in the gateway, where it is of the same organization: with an empty cache it is all there is to show.
 * @param refused why the gateway refused what is held: then the policy in the gateway applies.
 * @param now milliseconds since 1970.
 */
export function policyState(
  { held, since, rejection, sync, failures }: PolicySyncState,
  inForce: PolicySummary | null,
  refused: Problem | null,
  refreshMinutes: number,
  now: number,
): PolicyState {
  if (refused !== null) return { kind: 'rejected', problem: refused, policy: inForce };
  const policy = newer(held?.summary ?? null, inForce);
  if (policy === null) {
    return rejection === null
      ? { kind: 'none', since, problem: sync.problem }
      : { kind: 'rejected', problem: rejection, policy };
  }
  if (policy.exp * 1000 <= now) return { kind: 'expired', policy };
  if (rejection !== null) return { kind: 'rejected', problem: rejection, policy };
  const silent = now - (sync.lastContact ?? since ?? 0) > 2 * refreshMinutes * 60_000;
  return failures > 0 || silent ? { kind: 'stale', policy, problem: sync.problem } : { kind: 'fresh', policy };
}

function newer(held: PolicySummary | null, inForce: PolicySummary | null): PolicySummary | null {
  if (held === null || inForce === null) return held ?? inForce;
  const renewed = inForce.revision === held.revision && inForce.exp > held.exp;
  return inForce.revision > held.revision || renewed ? inForce : held;
}
