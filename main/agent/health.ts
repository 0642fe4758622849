import { isNewer } from '../../shared/newer-version.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import type { Problem } from '../../shared/problems/problem.ts';
import type { AuditFinding } from '../../shared/schemas/attachment.ts';
import type { AttachmentStatus, GatewayStatus, UpstreamHealth } from '../../shared/schemas/control-schema.ts';
import type { ManagedConfig } from '../../shared/schemas/managed-config.ts';
import type { HealthEntry, PolicySummary } from '../../shared/state/inputs.ts';

export interface HealthInputs {
  managed: ManagedConfig;
  /** Of the session's keyring. */
  session: readonly HealthEntry[];
  gateway: GatewayStatus | null;
  /** Of this agent. */
  version: string;
  /** Gateway and agent have read different configurations for too long. */
  gatewayDisagrees: boolean;
  /** A member is signed in to an organization whose keys are not pinned. */
  keysNotPinned: boolean;
  /** The policy in hand, and the time (milliseconds since 1970). */
  policy: Pick<PolicySummary, 'iat' | 'exp'> | null;
  now: number;
  /** Milliseconds by which the server's clock is ahead of ours. */
  serverAhead: number | null;
  /** How the agent reaches the network is not as its environment says. */
  network: Problem | null;
}

const MAX_ENTRIES = 32;
const MAX_SKEW_MS = 5 * 60_000;

/** The domains for which no resolver works. */
function allSilent(upstreams: readonly UpstreamHealth[]): { domain: string | null; upstreams: UpstreamHealth[] }[] {
  const byDomain = Map.groupBy(upstreams, ({ domain }) => domain);
  return [...byDomain]
    .filter(([, all]) => all.every(({ state }) => state === 'silent' || state === 'failing'))
    .map(([domain, all]) => ({ domain, upstreams: all }));
}

function waysPast(attachment: AttachmentStatus | null): AuditFinding[] {
  return attachment?.kind === 'audited' ? attachment.findings.filter(({ severity }) => severity === 'open') : [];
}

/**
 * A file that somebody has to sign again, and has not for half of its life: a hub renews a policy by itself. null while it is younger, and
 * once it has expired, which is the state.
 */
function halfSpent({ managed, policy, now }: HealthInputs): Problem | null {
  if (managed.settings.policyUrl === undefined || policy === null) return null;
  const { iat, exp } = policy;
  const age = now / 1000 - iat;
  const left = exp - now / 1000;
  if (left <= 0 || age < left) return null;
  return problem('policy-half-spent', { ageHours: Math.floor(age / 3600), leftHours: Math.floor(left / 3600) });
}

/** Problems that are shown beside the state: most severe first. */
export function healthOf(inputs: HealthInputs): HealthEntry[] {
  const { managed, gateway, serverAhead } = inputs;
  const entries: HealthEntry[] = [...inputs.session];
  if (inputs.gatewayDisagrees) {
    const theirs = gateway?.managed.verdict ?? 'absent';
    const differs = problem('configuration-differs', {}, { cause: `${theirs} there, ${managed.verdict} here` });
    entries.push({ ...differs, severity: 'critical', forbidsGreen: true });
  }
  const attachment = gateway?.attachment ?? null;
  if (attachment?.kind === 'unknown') {
    entries.push({ ...attachment.problem, severity: 'warning', forbidsGreen: true });
  }
  // The first is why the state is what it is.
  for (const { problem: open } of waysPast(attachment).slice(1)) {
    entries.push({ ...open, severity: 'critical', forbidsGreen: true });
  }
  const warn = (warning: Problem): void => {
    entries.push({ ...warning, severity: 'warning', forbidsGreen: false });
  };
  for (const reported of gateway?.problems ?? []) warn(reported);
  for (const { domain, upstreams } of allSilent(gateway?.upstreams ?? [])) {
    const cause = upstreams.map(({ address, lastError }) => `${address}: ${lastError?.text ?? 'no answer'}`).join(', ');
    warn(
      domain === null
        ? problem('resolvers-silent', {}, { cause })
        : problem('domain-resolvers-silent', { domain }, { cause }),
    );
  }
  if (serverAhead !== null && Math.abs(serverAhead) > MAX_SKEW_MS) {
    warn(problem('clock-skew', { minutesBehind: Math.round(serverAhead / 60_000) }));
  }
  const half = halfSpent(inputs);
  if (half !== null) warn(half);
  // Where something restricts the machine, its problems are shown with it.
  if (managed.verdict === 'absent') for (const { file: _, ...unused } of managed.problems) warn(unused);
  if (inputs.network !== null) warn(inputs.network);
  if (inputs.keysNotPinned) warn(problem('key-not-pinned'));
  if (gateway !== null && gateway.version !== inputs.version) {
    const versions = { version: gateway.version, own: inputs.version };
    const differs = isNewer(gateway.version, inputs.version)
      ? problem('version-available', versions)
      : problem('gateway-older', versions);
    entries.push({ ...differs, severity: 'info', forbidsGreen: false });
  }
  if (managed.trial) entries.push({ ...problem('trial-configuration'), severity: 'info', forbidsGreen: false });
  const rank = { critical: 0, warning: 1, info: 2 };
  return entries.sort((a, b) => rank[a.severity] - rank[b.severity]).slice(0, MAX_ENTRIES);
}
