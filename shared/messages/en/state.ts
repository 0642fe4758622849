import type { Reason } from '../../reasons.ts';
import type { LockCause, StateAction } from '../../state/derive-state.ts';

/** Every sentence that depends on the state, in English. Parameters are ready to print: times are already in words. */
export const stateEn = {
  product: 'Portcullis',
  /** Ends a list that is too long to be written out. */
  more: (n: number) => `${n} more`,
  headline: {
    starting: () => 'Checking this machine',
    'not-enforcing': () => 'Restrictions are NOT in force',
    locked: () => 'All pulls are refused',
    'sign-in-required': () => 'Sign in to pull images',
    unmanaged: () => 'No restrictions',
    'engine-stopped': () => 'No container engine running',
    securing: (revision: number | null) =>
      revision === null ? 'Applying the policy' : `Applying revision ${revision}`,
    /** In place of `securing` while nothing is being applied, and the proof alone is missing. */
    unproven: () => 'Not proven to be in force',
    'restrictions-off': () => 'Restrictions are off',
    auditing: () => 'Recording only',
    'enforcing-stale': (org: string, ago: string | null) =>
      ago === null ? `Restricted by ${org}, not synced yet` : `Restricted by ${org}, last synced ${ago}`,
    enforcing: (org: string) => `Restricted by ${org}`,
  },
  /** Stands behind the headline wherever there is no engine: a demo must never look like the real thing. */
  noEngineAttached: 'demo, no engine attached',
  sentence: {
    starting: () => 'The last policy stays in force.',
    'not-enforcing': () => 'The engine reached a test name past the filter.',
    'sign-in-required': (organizations: string, file: string) =>
      `${organizations} requires sign-in on this machine (set in ${file}).`,
    'wrong-organization': (organizations: string, user: string, has: string) =>
      `${user} belongs to ${has || 'no organization'}; this machine needs a member of ${organizations}.`,
    'gateway-away': () => 'The filter does not answer, so nothing passes.',
    unmanaged: () => 'No organization manages this machine.',
    'engine-stopped': () => 'The policy applies as soon as one starts.',
    securing: (previous: number | null) =>
      previous === null
        ? 'Everything is refused until this is proven.'
        : `Revision ${previous} stays in force until this is proven.`,
    'restrictions-off': (org: string) => `${org} has switched them off.`,
    auditing: (count: number) =>
      count === 1
        ? '1 look-up would have been refused today.'
        : `${count.toLocaleString('en')} look-ups would have been refused today.`,
    'enforcing-stale': (date: string) => `In force until ${date}; then everything is refused.`,
    enforcing: (count: number, ago: string) =>
      `${count === 1 ? '1 registry' : `${count.toLocaleString('en')} registries`} allowed. Proven ${ago}.`,
  },
  lock: {
    'configuration-malformed': (what: string) => `The configuration is malformed: ${what}`,
    'configuration-unreadable': (what: string) => `The configuration cannot be used: ${what}`,
    'policy-expired': (org: string, date: string) => `The policy of ${org} expired on ${date}.`,
    'policy-rejected': (what: string) => `The policy was rejected: ${what}`,
    'no-policy': (org: string) => `No policy of ${org} has arrived since you signed in.`,
    'gateway-failed': (what: string) => `The filter is not running, so nothing passes: ${what}`,
  } satisfies Record<LockCause, (...parameters: never[]) => string>,
  lineOf: (file: string, line: number) => `${file}, line ${line}`,
  /** Stands behind an expired policy. */
  renewal: {
    'being-fetched': () => 'A newer one is being fetched.',
    'not-fetched': () => 'No newer one could be fetched.',
    'none-newer': (org: string) => `${org}'s server has no newer one.`,
    'not-tried': () => 'A newer one has not been asked for yet.',
  },
  action: {
    'run-checks': 'Run checks',
    'copy-for-administrator': 'Copy for administrator',
    'sign-in': 'Sign in',
    sync: 'Try again',
    'check-image': 'Check an image',
  } satisfies Record<StateAction, string>,
  /** The same action for somebody who is signed in, but whose credential is lost. */
  signInAgain: 'Sign in again',
  /** A decision in words; `host` is what was asked for. */
  reason: {
    'allowed-by-policy': (host: string, org: string) => `${host} is on ${org}'s list.`,
    'allowed-companion': (host: string, _org: string, registry: string) =>
      `${host} belongs to ${registry}, which is allowed.`,
    baseline: (host: string) => `${host} is local to this machine.`,
    'not-managed': () => 'No organization manages this machine.',
    'break-glass': () => 'Nothing is restricted for now: your administrator has lifted all restrictions.',
    'restrictions-off': (_host: string, org: string) => `${org} has switched the restrictions off.`,
    'audit-only': (host: string, org: string) => `${host} is not on ${org}'s list; for now this is only recorded.`,
    'not-in-policy': (host: string, org: string) => `${host} is not on ${org}'s list of allowed registries.`,
    'sign-in-required': (_host: string, org: string) => `Everything is refused until a member of ${org} signs in.`,
    'no-policy': (_host: string, org: string) =>
      `Everything is refused: there is no policy of ${org} that can be verified.`,
    'policy-expired': (_host: string, org: string) => `Everything is refused: the policy of ${org} has expired.`,
    'policy-invalid': (_host: string, org: string) => `Everything is refused: the policy of ${org} does not verify.`,
    'managed-config-invalid': () =>
      'Everything is refused: the configuration set by your administrator cannot be used.',
  } satisfies Record<Reason, (host: string, org: string, registry: string) => string>,
  /** What to do about a refusal; `whom` is the policy's contact, or nobody in particular. */
  remedy: {
    'not-in-policy': (host: string, org: string, whom: string | null) =>
      `Ask ${whom ?? `an owner of ${org}`} to add ${host} to the list.`,
    'sign-in-required': (_host: string, org: string) => `Sign in as a member of ${org}.`,
    'no-policy': () => 'Sync. If that does not help, tell your administrator.',
    'policy-expired': () => 'Sync. If that does not help, tell your administrator.',
    'policy-invalid': () => 'Sync. If that does not help, tell your administrator.',
    'managed-config-invalid': () => 'Tell your administrator; the panel names the file and the line.',
  },
};

/** What another language has to provide. */
export type StateMessages = typeof stateEn;
