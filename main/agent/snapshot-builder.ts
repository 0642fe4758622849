import type { GatewayStatus, MembershipStatus } from '../../shared/schemas/control-schema.ts';
import { shortId } from '../../shared/schemas/receipt.ts';
import type { ReportingView } from '../../shared/schemas/reporting.ts';
import type { GatewayView, Snapshot } from '../../shared/schemas/snapshot.ts';
import { deriveState, summaryOf } from '../../shared/state/derive-state.ts';
import { belongs } from '../../shared/state/session.ts';
import { parseSocketAddress } from '../platform/net/socket-address.ts';
import { type AgentState, effectiveNow, filterInputsOf, isMembershipProven, policyOf } from './agent-state.ts';
import { caveatsOf } from './diagnostics/caveats.ts';
import { filterState, wallStates } from './enforcement/filter-state.ts';
import { type LinkState, statusOf } from './enforcement/gateway-link.ts';
import { shownEngines } from './engines/shown-engines.ts';
import { fitSnapshot } from './fit-snapshot.ts';
import { healthOf } from './health.ts';
import { keysAreFirstUse } from './policy/sync-target.ts';
import { reportingLevelOf } from './reporting/report-due.ts';
import { requestsView } from './requests/requests-view.ts';

/** Agent and gateway read the same files, each at its own time: only a lasting difference is a fault. */
const DISAGREEMENT_MS = 15_000;
const MOST_UPSTREAMS_SHOWN = 32;
const MOST_TEAMS_SHOWN = 50;

/** The one value that every screen and command shows, as a function of what is known. */
export function buildSnapshot(state: AgentState): Snapshot {
  const { managed, hub, session, link, engine, now } = state;
  const { settings, ...shown } = managed;
  const status = statusOf(link);
  const policy = session === null ? null : policyOf(state);
  const filterInputs = filterInputsOf(state);
  const filter = filterState(filterInputs);
  const report = state.prober.last?.engine ?? null;
  const health = healthOf({
    managed,
    session: state.sessionHealth,
    gateway: status,
    version: state.version,
    gatewayDisagrees: state.disagreesSince !== null && now.monotonic - state.disagreesSince > DISAGREEMENT_MS,
    keysNotPinned: session !== null && belongs(session) && keysAreFirstUse(managed),
    policy: policy && summaryOf(policy),
    now: effectiveNow(state),
    serverAhead: state.policy.serverAhead,
    network: state.networkProblem,
  });
  return fitSnapshot({
    version: state.version,
    at: now.wall,
    state: deriveState({
      ...{ managed, session, policy, filter, health },
      membershipProven: isMembershipProven(state),
      now: effectiveNow(state),
    }),
    managed: {
      ...shown,
      hub,
      locked: settings.locked ?? [],
      keysPinned: settings.policyKeys !== undefined,
      supportContact: settings.supportContact ?? null,
    },
    session,
    policy,
    filter,
    walls: wallStates(filterInputs),
    gateway: gatewayView(link),
    engine,
    engines: shownEngines({
      platform: state.platform,
      attachment: status?.attachment,
      engine,
      proofs: state.prober,
    }),
    sync: state.policy.sync,
    health,
    caveats: caveatsOf({
      platform: state.platform,
      engine,
      machine: state.machine,
      proxyInUse: report?.kind === 'running' ? report.proxy.inUse : null,
      attachment: status?.attachment,
      signInEnforced: managed.verdict !== 'absent',
      filterResolvers: status && resolversAtUsualPort(status),
    }),
    deniedToday: state.denials.today,
    denialsVersion: state.denials.version,
    requests: requestsView(state),
    reporting: reportingView(state),
    preferences: state.preferences,
    reportId: state.reportId,
    tour: state.tour,
  });
}

/** null identity: the gateway is away, or of an earlier version. */
function reportingView({ managed, link, reporting }: AgentState): ReportingView {
  const identity = statusOf(link)?.identity ?? null;
  return { level: reportingLevelOf(managed), shortId: identity && shortId(identity.jkt), ...reporting };
}

function gatewayView(link: LinkState): GatewayView {
  const status = statusOf(link);
  return {
    connected: status !== null,
    generation: status?.generation ?? null,
    version: status?.version ?? null,
    protocol: status?.protocol ?? null,
    membership: shownMembership(status?.membership ?? null),
    dns: [...(status?.listeners.dns.engine ?? [])],
    proxy: [...(status?.listeners.proxy ?? [])],
    upstreams: status?.upstreams.slice(0, MOST_UPSTREAMS_SHOWN) ?? [],
    problem: link.kind === 'down' ? link.problem : (status?.lastRefusal ?? null),
  };
}

function shownMembership(membership: MembershipStatus | null): MembershipStatus | null {
  return membership && { ...membership, teams: membership.teams?.slice(0, MOST_TEAMS_SHOWN) };
}

/** An engine's settings name resolvers without a port, so only those at port 53 can be recognized there. */
function resolversAtUsualPort({ listeners: { dns } }: GatewayStatus): string[] {
  return [...dns.engine, ...dns.workload]
    .map(parseSocketAddress)
    .filter(({ port }) => port === 53)
    .map(({ host }) => host);
}
