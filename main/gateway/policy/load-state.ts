import type { PolicyControllerParts } from './controller-parts.ts';
import type { PolicyState } from './policy-state.ts';

/** What is on disk, verified again. */
export async function loadState({ store, runJob, uid, log }: PolicyControllerParts): Promise<PolicyState> {
  const stored = await store.load();
  if (stored.damaged !== null) log.error({ problem: stored.damaged }, 'state found damaged');
  const nothing = { stored, policy: null, membership: null, unusable: null };
  if (stored.policy === null && stored.membership === null && stored.idToken === null) return nothing;
  const outcome = await runJob({
    kind: 'load',
    policy: stored.policy && { ...stored.policy, file: store.policyFile(stored.policy.digest) },
    membership: stored.membership,
    idToken: stored.idToken,
    owner: uid,
  });
  if (outcome.ok) return { ...nothing, ...outcome.value };
  log.error({ problem: outcome.problem }, 'stored policy found unusable');
  return { ...nothing, unusable: outcome.problem };
}
