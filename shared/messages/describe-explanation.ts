import { catalogueFor } from '../catalogue/look-up.ts';
import { parseAddress } from '../hosts/address.ts';
import type { Decision, Reason } from '../reasons.ts';
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
  /** Milliseconds since 1970: whether a time is today, or on Friday. */
  now: number;
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
    now: snapshot.at,
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

/** The condition on which something is allowed: `for team platform until Friday 18:00`; null where there is none. */
export function conditionInWords(
  { until, teams }: Pick<Decision, 'until' | 'teams'>,
  now: number,
  words: Words,
): string | null {
  if (until === undefined && teams === undefined) return null;
  const { condition } = words.state;
  const team = teams === undefined ? [] : [condition.forTeams(nameList(teams, 'disjunction', words), teams.length)];
  const end = until === undefined ? [] : [condition.until(words.time.deadline(until * 1000, now))];
  return [...team, ...end].join(' ');
}

/** "May I pull this, and if not, whom do I ask?" in words: the same in the panel and the command line. */
export function describeExplanation(
  { hosts, registry }: Pick<Explanation, 'hosts' | 'registry'>,
  { org, contact, requests, now }: Circumstances,
  words: Words,
): { sentence: string; next: string | null } {
  const { state } = words;
  const refused = hosts.find(({ engine }) => !engine.allowed);
  // Of several hosts that are allowed, the one whose condition ends first.
  const shown = refused ?? hosts.find(({ engine }) => engine.wouldDeny) ?? firstToEnd(hosts) ?? hosts[0];
  const reason = shown?.engine.reason ?? 'no-policy';
  const host = shown?.host ?? registry;
  const line = shown?.engine.registry ?? registry;
  const named = line === host ? line : lineInWords(line);
  const condition = shown === undefined ? null : conditionInWords(shown.engine, now, words);
  const hint = shown?.engine.hint;
  const remedies: Partial<Record<Reason, (host: string, org: string, whom: string | null) => string>> = state.remedy;
  const ask =
    reason === 'not-in-policy' && requests === true
      ? words.requests.command.how(registry)
      : (remedies[reason]?.(registry, org, contact) ?? null);
  const remedy = refused === undefined ? null : ask;
  const next = [...(hint === undefined ? [] : [state.instead(hint)]), ...(remedy === null ? [] : [remedy])];
  return {
    sentence: condition === null ? state.reason[reason](host, org, named) : state.granted(host, org, named, condition),
    next: next.length === 0 ? null : next.join(' '),
  };
}

function firstToEnd(hosts: Explanation['hosts']): Explanation['hosts'][number] | undefined {
  const granted = hosts.filter(({ engine }) => engine.until !== undefined || engine.teams !== undefined);
  return granted.sort((a, b) => (a.engine.until ?? Infinity) - (b.engine.until ?? Infinity))[0];
}
