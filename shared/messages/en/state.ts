import type { Reason } from '../../reasons.ts';
import type { LockCause, StateAction } from '../../state/derive-state.ts';

const count = (n: number, one: string, many: string): string => `${n.toLocaleString('en')} ${n === 1 ? one : many}`;

/** Every sentence that depends on the state, in English. Times among the parameters are already written out. */
export const stateEn = {
  product: 'Portcullis',
  /** Ends a list that is too long to be written out. */
  more: (n: number) => `${n} more`,
  headline: {
    starting: () => 'Checking this machine',
    'not-enforcing': () => 'Restrictions are NOT in force',
    locked: () => 'All pulls are blocked',
    'sign-in-required': () => 'Sign in to pull images',
    unmanaged: () => 'No restrictions',
    'engine-stopped': () => 'No container engine running',
    securing: (revision: number | null) =>
      revision === null ? 'Applying the policy' : `Applying revision ${revision}`,
    /** In place of `securing` where nothing is being applied and only the proof is missing. */
    unproven: () => 'Not proven to be in force',
    'restrictions-off': () => 'Restrictions are off',
    auditing: () => 'Audit only, nothing is blocked',
    'enforcing-stale': (org: string, ago: string | null) =>
      ago === null ? `Restricted by ${org}, not synced yet` : `Restricted by ${org}, last synced ${ago}`,
    enforcing: (org: string) => `Restricted by ${org}`,
  },
  /** Stands beside the headline where there is no engine, so that a demo never looks like the real thing. */
  noEngineAttached: 'demo, no engine attached',
  sentence: {
    starting: () => 'The last policy stays in force.',
    'not-enforcing': () => 'The engine reached a test name without going through the filter.',
    'sign-in-required': (organizations: string) => `${organizations} requires sign-in on this machine.`,
    'wrong-organization': (organizations: string, user: string, has: string) =>
      `${user} belongs to ${has || 'no organization'}, but this machine requires ${organizations}.`,
    'gateway-away': () => 'The filter is not responding, so all pulls are blocked.',
    unmanaged: () => 'No organization manages this machine.',
    'engine-stopped': () => 'The policy applies as soon as an engine starts.',
    securing: (previous: number | null) =>
      previous === null
        ? 'All pulls are blocked in the meantime.'
        : `Revision ${previous} stays in force in the meantime.`,
    'restrictions-off': (org: string) => `${org} has turned restrictions off.`,
    auditing: (requests: number, start: string | null) => {
      const recorded = `${count(requests, 'request', 'requests')} would have been blocked today.`;
      return start === null ? recorded : `Blocking starts on ${start}. ${recorded}`;
    },
    'enforcing-stale': (date: string) => `In force until ${date}. After that, all pulls are blocked.`,
    enforcing: (registries: number, ago: string) =>
      `${count(registries, 'registry', 'registries')} allowed. Proven ${ago}.`,
  },
  lock: {
    'configuration-malformed': (what: string) => `The configuration is malformed: ${what}`,
    'configuration-unreadable': (what: string) => `The configuration cannot be used: ${what}`,
    'policy-expired': (org: string, date: string) => `The policy of ${org} expired on ${date}.`,
    'policy-rejected': (what: string) => `The policy was rejected: ${what}`,
    'no-policy-key': (organizations: string) => `This machine has no policy key for ${organizations}.`,
    'no-membership': (org: string) => `There is no valid proof of your membership in ${org}.`,
    'no-policy': (org: string) => `No policy from ${org} has arrived since you signed in.`,
    /** @param what whose organization is not the required one */
    'wrong-organization': (what: string) =>
      `${what} You stay signed in: pulls work again as soon as your administrator corrects this.`,
    'gateway-failed': (what: string) => `The filter is not running, so all pulls are blocked: ${what}`,
  } satisfies Record<LockCause, (...parameters: never[]) => string>,
  lineOf: (file: string, line: number) => `${file}, line ${line}`,
  /** Follows the sentence about an expired policy. */
  renewal: {
    'being-fetched': () => 'A newer policy is being fetched.',
    'not-fetched': () => 'A newer policy could not be fetched.',
    'none-newer': (org: string) => `The server of ${org} has no newer policy.`,
    'not-tried': () => 'Portcullis has not checked for a newer policy yet.',
  },
  action: {
    'run-checks': 'Run checks',
    'copy-for-administrator': 'Copy for administrator',
    'sign-in': 'Sign in',
    sync: 'Try again',
    'check-image': 'Check an image',
  } satisfies Record<StateAction, string>,
  /** The same action for somebody who is signed in but whose credential is lost. */
  signInAgain: 'Sign in again',
  /** A decision in words; `host` is what was requested. */
  reason: {
    /** @param registry the line of the allowlist, with the name of a known registry */
    'allowed-by-policy': (host: string, org: string, registry: string) =>
      registry === host ? `${host} is allowed by ${org}.` : `${host} is allowed by ${org}, with ${registry}.`,
    'allowed-companion': (host: string, _org: string, registry: string) =>
      `${host} is allowed because it belongs to ${registry}.`,
    'allowed-by-grant': (host: string, org: string, registry: string) =>
      registry === host ? `${host} is allowed by ${org}.` : `${host} is allowed by ${org}, with ${registry}.`,
    baseline: (host: string) => `${host} is local and always allowed.`,
    'not-managed': () => 'No organization manages this machine.',
    'break-glass': () => 'Your administrator has temporarily lifted all restrictions.',
    'restrictions-off': (_host: string, org: string) => `${org} has turned restrictions off.`,
    'audit-only': (host: string, org: string) =>
      `${host} is not allowed by ${org}. In audit mode this is recorded, not blocked.`,
    'not-in-policy': (host: string, org: string) => `${host} is blocked by ${org}.`,
    'sign-in-required': (_host: string, org: string) => `All pulls are blocked until a member of ${org} signs in.`,
    'wrong-organization': (_host: string, org: string) =>
      `All pulls are blocked because your account does not belong to ${org}.`,
    'no-policy-key': (_host: string, org: string) =>
      `All pulls are blocked because this machine has no policy key for ${org}.`,
    'policy-pending': (_host: string, org: string) =>
      `All pulls are blocked until the policy of ${org} has been fetched.`,
    'no-policy': (_host: string, org: string) => `All pulls are blocked because no policy from ${org} has arrived.`,
    'policy-expired': (_host: string, org: string) => `All pulls are blocked because the policy of ${org} has expired.`,
    'policy-invalid': (_host: string, org: string) =>
      `All pulls are blocked because the policy of ${org} could not be verified.`,
    'no-membership': (_host: string, org: string) =>
      `All pulls are blocked because there is no valid proof of your membership in ${org}.`,
    'managed-config-invalid': () =>
      'All pulls are blocked because the configuration set by your administrator cannot be used.',
    'leads-back': (host: string) => `${host} is blocked: it leads back to the gateway's own machine.`,
  } satisfies Record<Reason, (host: string, org: string, registry: string) => string>,
  /** @param condition see `condition` */
  granted: (host: string, org: string, registry: string, condition: string) =>
    registry === host
      ? `${host} is allowed by ${org} ${condition}.`
      : `${host} is allowed by ${org} ${condition}, with ${registry}.`,
  /** On which something is allowed; the first comes before the second. */
  condition: {
    forTeams: (teams: string, count: number) => (count === 1 ? `for team ${teams}` : `for teams ${teams}`),
    /** @param time `Friday 18:00` */
    until: (time: string) => `until ${time}`,
  },
  instead: (use: string) => `Use ${use} instead.`,
  /** @param sub what the sign-in server calls the other person */
  anothersProof: (sub: string) =>
    `Another person (${sub}) signed in on this machine after you. Access for teams follows their sign-in. Sign in again to use yours.`,
  /** The same of a request that is past: whatever blocked it may have been fixed since. */
  pastReason: {
    'not-in-policy': (org: string) => `Not allowed by ${org}.`,
    'audit-only': (org: string) => `Not allowed by ${org}. Recorded in audit mode, not blocked.`,
    'sign-in-required': (org: string) => `No member of ${org} was signed in.`,
    'wrong-organization': (org: string) => `The account that was signed in did not belong to ${org}.`,
    'no-policy-key': (org: string) => `This machine had no policy key for ${org}.`,
    'policy-pending': (org: string) => `The policy of ${org} had not been fetched yet.`,
    'no-policy': (org: string) => `No policy from ${org} had arrived.`,
    'policy-expired': (org: string) => `The policy of ${org} had expired.`,
    'policy-invalid': (org: string) => `The policy of ${org} could not be verified.`,
    'no-membership': (org: string) => `There was no valid proof of membership in ${org}.`,
    'managed-config-invalid': () => 'The configuration set by your administrator could not be used.',
  } satisfies Partial<Record<Reason, (org: string) => string>>,
  /** What to do when blocked; `whom` is the contact that the policy names, if any. */
  remedy: {
    'not-in-policy': (host: string, org: string, whom: string | null) =>
      `To request access to ${host}, contact ${whom ?? `an owner of ${org}`}.`,
    'sign-in-required': (_host: string, org: string) => `Sign in as a member of ${org}.`,
    'wrong-organization': () => 'Ask your administrator whether the organization is right. You stay signed in.',
    'no-policy-key': () => 'Ask your administrator to add "policyKeys" to portcullis.json.',
    'policy-pending': () => 'Try again in a moment.',
    'no-policy': () => 'Sync now. If that does not help, contact your administrator.',
    'policy-expired': () => 'Sync now. If that does not help, contact your administrator.',
    'policy-invalid': () => 'Sync now. If that does not help, contact your administrator.',
    'no-membership': () => 'Sync now. If that does not help, contact your administrator.',
    'managed-config-invalid': () => 'Ask your administrator to fix the file and line that the overview shows.',
    'leads-back': () =>
      'Use "localhost" with the port, which engines reach without the proxy. For a registry at another address of this machine, have that address listed.',
  },
};

/** What another language has to provide. */
export type StateMessages = typeof stateEn;
