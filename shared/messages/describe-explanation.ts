import type { Reason } from '../reasons.ts';
import type { Explanation } from '../schemas/ipc-schema.ts';
import type { Snapshot } from '../schemas/snapshot.ts';
import { summaryOf } from '../state/derive-state.ts';
import { organizationOf } from './describe-state.ts';
import { nameList } from './name-list.ts';
import type { Words } from './words.ts';

export interface Circumstances {
  /** Whose policy it is; while nobody is signed in, all that could be signed in to. */
  org: string;
  /** The policy's own word on whom to ask. */
  contact: string | null;
}

export function circumstancesOf(snapshot: Snapshot, words: Words): Circumstances {
  const { managed, policy, state } = snapshot;
  const wanted = state.id === 'sign-in-required' ? (managed?.allowedOrgs ?? []) : [organizationOf(snapshot)];
  const current = policy === null ? null : summaryOf(policy);
  return { org: nameList(wanted, 'disjunction', words), contact: current?.contact ?? null };
}

/** "May I pull this, and if not, whom do I ask?" in words: the same in the panel and the command line. */
export function describeExplanation(
  { hosts, registry }: Pick<Explanation, 'hosts' | 'registry'>,
  { org, contact }: Circumstances,
  { state }: Words,
): { sentence: string; next: string | null } {
  const refused = hosts.find(({ engine }) => !engine.allowed);
  const shown = refused ?? hosts.find(({ engine }) => engine.wouldDeny) ?? hosts[0];
  const reason = shown?.engine.reason ?? 'no-policy';
  const remedies: Partial<Record<Reason, (host: string, org: string, whom: string | null) => string>> = state.remedy;
  return {
    sentence: state.reason[reason](shown?.host ?? registry, org, shown?.engine.registry ?? registry),
    next: refused === undefined ? null : (remedies[reason]?.(registry, org, contact) ?? null),
  };
}
