import type { GatewayStatus, UpstreamHealth } from '../../shared/schemas/control-schema.ts';
import type { ManagedConfig } from '../../shared/schemas/managed-config.ts';
import type { HealthEntry } from '../../shared/state/inputs.ts';

export interface HealthInputs {
  managed: ManagedConfig;
  /** Faults of the session: its keyring. */
  session: readonly HealthEntry[];
  gateway: GatewayStatus | null;
  /** The gateway has read another configuration than the agent for long enough to say so. */
  gatewayDisagrees: boolean;
  /** Somebody belongs to an organization whose keys nobody has pinned. */
  keysNotPinned: boolean;
  /** Milliseconds by which the server's clock is ahead of ours. */
  serverAhead: number | null;
}

const MAX_ENTRIES = 32;
const MAX_SKEW_MS = 5 * 60_000;

/** The domains of whose resolvers none is any use. */
function allSilent(upstreams: readonly UpstreamHealth[]): { domain: string | null; upstreams: UpstreamHealth[] }[] {
  const byDomain = Map.groupBy(upstreams, ({ domain }) => domain);
  return [...byDomain]
    .filter(([, all]) => all.every(({ state }) => state === 'silent' || state === 'failing'))
    .map(([domain, all]) => ({ domain, upstreams: all }));
}

/** Faults that stand beside the state: gravest first. */
export function healthOf(inputs: HealthInputs): HealthEntry[] {
  const { managed, gateway, serverAhead } = inputs;
  const entries: HealthEntry[] = [...inputs.session];
  if (inputs.gatewayDisagrees) {
    entries.push({
      code: 'configuration-differs',
      severity: 'critical',
      title: 'Agent and filter read different configurations',
      text:
        `The filter found the managed configuration ${gateway?.managed.verdict ?? 'unknown'}, ` +
        `this program found it ${managed.verdict}. What the filter read counts.`,
      next: 'Restart the computer. If it lasts, tell your administrator.',
      forbidsGreen: true,
    });
  }
  for (const problem of gateway?.problems ?? []) {
    entries.push({
      code: problem.code,
      severity: 'warning',
      title: 'The filter reports a fault',
      text: problem.cause ? `${problem.message} (${problem.cause})`.slice(0, 1000) : problem.message,
      next: problem.next ?? null,
      forbidsGreen: false,
    });
  }
  for (const { domain, upstreams } of allSilent(gateway?.upstreams ?? [])) {
    const tried = upstreams.map(({ address, lastError }) => `${address}: ${lastError?.text ?? 'no answer'}`).join(', ');
    entries.push({
      code: 'resolvers-silent',
      severity: 'warning',
      title: domain === null ? 'No DNS server answers' : `No DNS server answers for ${domain}`,
      text: `The filter cannot look up what is allowed, so pulls fail that should work (${tried}).`.slice(0, 1000),
      next: 'Check the network. If it lasts, give the addresses to your administrator.',
      forbidsGreen: false,
    });
  }
  if (serverAhead !== null && Math.abs(serverAhead) > MAX_SKEW_MS) {
    const minutes = Math.round(Math.abs(serverAhead) / 60_000);
    entries.push({
      code: 'clock-skew',
      severity: 'warning',
      title: 'The clock of this machine is wrong',
      text:
        `It is ${minutes} minutes ${serverAhead > 0 ? 'behind' : 'ahead of'} the server's. ` +
        'Policies are valid for a time, so a wrong clock can refuse good ones.',
      next: 'Set the date and time to be kept automatically.',
      forbidsGreen: false,
    });
  }
  if (inputs.keysNotPinned) {
    entries.push({
      code: 'key-not-pinned',
      severity: 'warning',
      title: 'The policy key is not pinned',
      text: 'The key that signs the policy was taken from the server at the first contact. Nobody has confirmed that it is the right one.',
      next: 'An administrator pins it by "policyKeys" in portcullis.json.',
      forbidsGreen: false,
    });
  }
  if (managed.trial) {
    entries.push({
      code: 'trial-configuration',
      severity: 'info',
      title: 'Trial configuration',
      text: 'The managed configuration was read from a folder given for trial, not from the places of this system.',
      next: null,
      forbidsGreen: false,
    });
  }
  const rank = { critical: 0, warning: 1, info: 2 };
  return entries.sort((a, b) => rank[a.severity] - rank[b.severity]).slice(0, MAX_ENTRIES);
}
