import { catalogueFor } from '../catalogue/look-up.ts';
import { parseAddress } from '../hosts/address.ts';
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
  /** The policy's own word on whom to ask, or else the administrator's of this machine. */
  contact: string | null;
  /** The organization takes requests for access: that is the way, and not the contact. */
  requests?: boolean;
}

/** Where it is about what the administrator's list allows, and not about one organization. */
const OF_LIST: ReadonlySet<string> = new Set(['sign-in-required', 'wrong-organization', 'no-policy-key']);

export function circumstancesOf(snapshot: Snapshot, words: Words): Circumstances {
  const { managed, policy, state } = snapshot;
  const isOfNone = OF_LIST.has(state.cause ?? state.id);
  const wanted = isOfNone ? (managed?.allowedOrgs ?? []) : [organizationOf(snapshot)];
  const current = policy === null ? null : summaryOf(policy);
  return {
    org: nameList(wanted, 'disjunction', words),
    contact: current?.contact ?? managed?.supportContact ?? null,
    requests: snapshot.requests?.unavailable === null,
  };
}

/** The line of the allowlist by which a host is allowed, and what the registry is called: `docker.io (Docker Hub)`. */
export function lineInWords(registry: string): string {
  const address = parseAddress(registry);
  const name = address.ok ? catalogueFor(address.value)?.row.name : undefined;
  return name === undefined || name === registry ? registry : `${registry} (${name})`;
}

/** The answer in a word. `listed` and `not-listed`: the filter does not answer, so nothing passes, and this is what the policy says. */
export type Verdict = 'allowed' | 'blocked' | 'audited' | 'listed' | 'not-listed';

export function verdictOf({
  allowed,
  hosts,
  generation,
}: Pick<Explanation, 'allowed' | 'hosts' | 'generation'>): Verdict {
  if (!allowed) return 'blocked';
  const isInForce = generation !== null;
  if (hosts.some(({ engine }) => engine.reason === 'audit-only')) return isInForce ? 'audited' : 'not-listed';
  return !isInForce && hosts.some(({ engine }) => engine.registry !== undefined) ? 'listed' : 'allowed';
}

/** "May I pull this, and if not, whom do I ask?" in words: the same in the panel and the command line. */
export function describeExplanation(
  { hosts, registry }: Pick<Explanation, 'hosts' | 'registry'>,
  { org, contact, requests }: Circumstances,
  { state, requests: requestWords }: Words,
): { sentence: string; next: string | null } {
  const refused = hosts.find(({ engine }) => !engine.allowed);
  const shown = refused ?? hosts.find(({ engine }) => engine.wouldDeny) ?? hosts[0];
  const reason = shown?.engine.reason ?? 'no-policy';
  const host = shown?.host ?? registry;
  const line = shown?.engine.registry ?? registry;
  const remedies: Partial<Record<Reason, (host: string, org: string, whom: string | null) => string>> = state.remedy;
  return {
    sentence: state.reason[reason](host, org, line === host ? line : lineInWords(line)),
    next:
      refused === undefined
        ? null
        : reason === 'not-in-policy' && requests === true
          ? requestWords.command.how(registry)
          : (remedies[reason]?.(registry, org, contact) ?? null),
  };
}
