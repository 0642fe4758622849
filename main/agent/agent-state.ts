import type { Problem } from '../../shared/problems/problem.ts';
import type { GatewayStatus } from '../../shared/schemas/control-schema.ts';
import type { ManagedConfig } from '../../shared/schemas/managed-config.ts';
import type { PreferencesView } from '../../shared/schemas/preferences.ts';
import type { ReportingView } from '../../shared/schemas/reporting.ts';
import type { Tour } from '../../shared/schemas/tour.ts';
import { NO_POLICY_GRACE_MS, type PolicyLockCause, policyLock, summaryOf } from '../../shared/state/derive-state.ts';
import type { EngineState, HealthEntry, PolicyState, PolicySummary, SessionState } from '../../shared/state/inputs.ts';
import { belongs } from '../../shared/state/session.ts';
import type { MachineFacts } from './diagnostics/machine/machine-facts.ts';
import type { FilterInputs } from './enforcement/filter-state.ts';
import { type LinkState, statusOf } from './enforcement/gateway-link.ts';
import type { ProberState } from './enforcement/prober.ts';
import type { ProgrammerState } from './enforcement/programmer.ts';
import { policyState } from './policy/policy-state.ts';
import type { PolicySyncState } from './policy/sync-state.ts';
import type { RequestsState } from './requests/requests-state.ts';

/** All that the agent knows at one moment. What it shows and what it wants are pure functions of this value. */
export interface AgentState {
  version: string;
  reportId: string;
  tour: Tour | null;
  networkProblem: Problem | null;
  platform: NodeJS.Platform;
  managed: ManagedConfig;
  /** The server of the managed configuration or of the user's own; null where neither names one. */
  hub: string | null;
  session: SessionState | null;
  sessionHealth: readonly HealthEntry[];
  policy: PolicySyncState;
  requests: RequestsState;
  link: LinkState;
  /** Since when the gateway reports another managed configuration than ours, by the monotonic clock. */
  disagreesSince: number | null;
  programmer: ProgrammerState;
  prober: ProberState;
  engine: EngineState;
  machine: MachineFacts | null;
  reporting: Pick<ReportingView, 'last' | 'problem'>;
  denials: { today: number; version: string };
  preferences: PreferencesView;
  /** Milliseconds since 1970, and of the clock that never jumps. */
  now: { wall: number; monotonic: number };
}

const DEFAULT_REFRESH_MINUTES = 15;

export function refreshMinutesOf({ settings }: ManagedConfig): number {
  return settings.refreshMinutes ?? DEFAULT_REFRESH_MINUTES;
}

/** What an administrator wrote is there, and cannot be used. */
export function isUnusable({ verdict }: ManagedConfig): boolean {
  return verdict === 'malformed' || verdict === 'unreadable';
}

/** Milliseconds since 1970; a clock that was set back does not make an expired policy valid again. */
export function effectiveNow({ policy, now }: Pick<AgentState, 'policy' | 'now'>): number {
  return Math.max(now.wall, (policy.held?.summary.iat ?? 0) * 1000);
}

/** The policy as the state table has it, from what is held here and what the gateway reports. */
export function policyOf(state: AgentState): PolicyState {
  const { session, policy, programmer, managed } = state;
  const status = statusOf(state.link);
  const org = session !== null && belongs(session) ? session.org : null;
  const refused =
    programmer.pending?.kind === 'program' && programmer.refusal !== null ? (status?.lastRefusal ?? null) : null;
  const known = policyState(policy, inForceFor(org, status), refused, refreshMinutesOf(managed), effectiveNow(state));
  // The gateway remembers what has expired, however this machine's clock is set.
  const expired = status?.inForce.kind === 'deny' && status.inForce.reason === 'policy-expired' ? status.policy : null;
  const current = summaryOf(known);
  return current !== null && current.digest === expired?.digest ? { kind: 'expired', policy: current } : known;
}

/** Why a member of the organization may pull nothing; null where its policy can be in force. */
export function lockCauseOf(state: AgentState): PolicyLockCause | null {
  const { session } = state;
  if (session === null || !belongs(session)) return null;
  const membershipProven = isMembershipProven(state);
  return policyLock({ policy: policyOf(state), membershipProven, now: effectiveNow(state) });
}

/** The gateway of a managed machine takes no policy without a proof. What it has taken it verifies itself. */
export function isMembershipProven(state: AgentState): boolean {
  const { managed, session, policy, link, now } = state;
  if (managed.verdict === 'absent' || session === null || !belongs(session)) return true;
  const inForce = statusOf(link)?.inForce;
  if (inForce?.kind === 'policy' && inForce.org === session.org) return true;
  if (policy.membership !== null) return policy.membership.exp * 1000 > effectiveNow(state);
  return policy.since === null || now.wall - policy.since < NO_POLICY_GRACE_MS;
}

export function filterInputsOf(state: AgentState): FilterInputs {
  const { link, programmer, policy, managed, prober, now } = state;
  return {
    link,
    programmer,
    policyHeld: policy.held !== null,
    denyExpected: isUnusable(managed) || lockCauseOf(state) !== null,
    ...prober,
    now,
  };
}

/** What the gateway enforces, where it is of this organization: with an empty cache it is all there is to show. */
function inForceFor(org: string | null, status: GatewayStatus | null): PolicySummary | null {
  if (status?.inForce.kind !== 'policy' || status.policy === null || status.policy.org !== org) return null;
  const { hosts: _hosts, ...summary } = status.policy;
  return summary;
}
