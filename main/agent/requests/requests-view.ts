import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import type { RequestsView } from '../../../shared/schemas/own-request.ts';
import { summaryOf } from '../../../shared/state/derive-state.ts';
import type { PolicySummary } from '../../../shared/state/inputs.ts';
import { belongs } from '../../../shared/state/session.ts';
import { type AgentState, policyOf } from '../agent-state.ts';
import type { RequestsState } from './requests-state.ts';

/** What the snapshot says of requests. */
export function requestsView(state: AgentState): RequestsView {
  const { kept, mine, version } = state.requests;
  return {
    unavailable: requestsUnavailable(state),
    open: mine.filter((one) => one.state === 'open').length,
    kept: kept.filter(({ refused }) => refused === undefined).length,
    version: String(version),
  };
}

/** Why no access can be requested now; null: it can, also while the server is away. */
export function requestsUnavailable(state: AgentState): Problem | null {
  const { session, requests, managed } = state;
  if (session === null || !belongs(session)) return problem('request-needs-sign-in');
  const policy = heldPolicy(state);
  if (managed.settings.membership === 'id-token') {
    const contact = policy?.contact ?? managed.settings.supportContact ?? '';
    return problem('requests-without-hub', { organization: session.org, contact });
  }
  if (state.hub === null) return problem('no-server', { organization: session.org });
  if (policy === null) return problem('request-no-policy', { organization: session.org });
  const whom = { organization: session.org, contact: policy.contact ?? managed.settings.supportContact ?? '' };
  if (policy.requests !== true) return problem('requests-not-offered', whom);
  return requests.unknownToServer ? problem('requests-unknown-to-server', whom) : null;
}

/** Whether the server may have something to say about this user's requests. */
export function isWorthAsking(state: AgentState): boolean {
  return awaitsDecision(state.requests) || heldPolicy(state)?.requests === true;
}

/** Something is still to be sent, or to be decided. */
export function awaitsDecision({ kept, mine }: Pick<RequestsState, 'kept' | 'mine'>): boolean {
  return kept.length > 0 || mine.some((one) => one.state === 'open');
}

/** The one that was verified here, which knows more than what an earlier gateway reports of it. */
function heldPolicy(state: AgentState): PolicySummary | null {
  return state.policy.held?.summary ?? summaryOf(policyOf(state));
}
