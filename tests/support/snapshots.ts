import type { PolicyKey } from '../../shared/policy/keys.ts';
import { problem as catalogued } from '../../shared/problems/catalogue.ts';
import type { Problem } from '../../shared/problems/problem.ts';
import type { ManagedConfig } from '../../shared/schemas/managed-config.ts';
import type { RequestsView } from '../../shared/schemas/own-request.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';
import { deriveState, type StateId } from '../../shared/state/derive-state.ts';
import type {
  FilterState,
  HealthEntry,
  PolicyState,
  PolicySummary,
  SessionState,
  StateInputs,
} from '../../shared/state/inputs.ts';

/** A fixed "now" for everything below: 21 November 2026, 12:00 UTC. */
export const NOW = Date.UTC(2026, 10, 21, 12);
const seconds = NOW / 1000;

export const notChecked: Problem = { code: 'wall-not-checked', message: 'Not checked yet.' };
export const problem = { code: 'some-problem', message: 'Something is wrong.', next: 'Do something.' };

/** The organization takes no requests, and takes them. */
export const notOffered: RequestsView = {
  unavailable: catalogued('requests-not-offered', { organization: 'acme', contact: 'platform@acme.example' }),
  open: 0,
  kept: 0,
  version: '0',
};
export const offered: RequestsView = { ...notOffered, unavailable: null };

export const policy: PolicySummary = {
  iss: 'https://hub.acme.example',
  org: 'acme',
  revision: 7,
  iat: seconds - 3_600,
  exp: seconds + 71 * 3_600,
  enabled: true,
  mode: 'enforce',
  contact: 'platform@acme.example',
  registries: 12,
  skipped: 0,
  digest: 'a'.repeat(64),
};

const policyKey: PolicyKey = {
  ...{ kid: 'acme', kty: 'OKP', crv: 'Ed25519', x: 'x' },
  organizations: ['acme', 'globex', 'initech', 'a'],
};

const folder = '/usr/share/docker-desktop/registry';
export const managed: Record<'absent' | 'present' | 'unreadable' | 'malformed', ManagedConfig> = (() => {
  const present: ManagedConfig = {
    verdict: 'present',
    allowedOrgs: ['acme'],
    source: `${folder}/registry.json`,
    problems: [],
    overridden: [],
    settings: { hub: 'https://hub.acme.example', policyKeys: { keys: [policyKey] } },
    settingsSource: '/etc/portcullis/portcullis.json',
    trial: false,
  };
  return {
    present,
    absent: {
      ...present,
      ...{ verdict: 'absent', allowedOrgs: [], source: null, settings: { hub: 'https://hub.acme.example' } },
    },
    unreadable: {
      ...present,
      verdict: 'unreadable',
      allowedOrgs: [],
      problems: [
        catalogued('writable-by-others', { path: folder, command: `chmod go-w ${folder}` }, { cause: 'mode 0777' }),
      ],
    },
    malformed: {
      ...present,
      verdict: 'malformed',
      allowedOrgs: [],
      problems: [{ ...catalogued('json-trailing-comma'), line: 3, column: 12 }],
    },
  };
})();

const user = { sub: 'mia', name: 'Mia' };
export const sessions: Record<SessionState['kind'], SessionState> = {
  'signed-out': { kind: 'signed-out', problem: null },
  'signing-in': { kind: 'signing-in', since: NOW - 5_000 },
  'signed-in': { kind: 'signed-in', user, org: 'acme' },
  'wrong-organization': { kind: 'wrong-organization', user: { sub: 'gus', name: 'Gus' }, has: ['globex'] },
  offline: { kind: 'offline', user, org: 'acme', problem },
  'credential-unreadable': { kind: 'credential-unreadable', user, org: 'acme', problem },
};

/** The administrator's list names another organization than before: `acme` was meant. */
export const keptSession: Extract<SessionState, { kind: 'wrong-organization' }> = {
  kind: 'wrong-organization',
  user,
  has: ['acme'],
  problem: catalogued('organization-case', { user: 'Mia', organization: 'acme', required: 'Acme' }),
  kept: true,
};

export const policies = {
  'none yet': { kind: 'none', since: NOW - 1_000, problem: null },
  'none at all': { kind: 'none', since: null, problem: null },
  'none for 30 s': { kind: 'none', since: NOW - 30_000, problem: null },
  fresh: { kind: 'fresh', policy },
  'fresh but past its end': { kind: 'fresh', policy: { ...policy, exp: seconds } },
  off: { kind: 'fresh', policy: { ...policy, enabled: false } },
  audit: { kind: 'fresh', policy: { ...policy, mode: 'audit' } },
  stale: { kind: 'stale', policy, problem },
  'stale in the last fifth': { kind: 'stale', policy: { ...policy, exp: seconds + 60 }, problem },
  expired: { kind: 'expired', policy },
  'rejected, the last good one stays': { kind: 'rejected', problem, policy },
  'rejected with none valid': { kind: 'rejected', problem, policy: null },
} satisfies Record<string, PolicyState>;

export const filters = {
  unknown: { kind: 'unknown', problem: null },
  applying: { kind: 'applying', revision: 8 },
  verified: { kind: 'verified', at: NOW - 12_000, generation: 9 },
  'drifted looser': { kind: 'drifted', direction: 'looser', problem },
  'drifted tighter': { kind: 'drifted', direction: 'tighter', problem },
  'failed denying': { kind: 'failed', mode: 'denying', problem },
  'failed open': { kind: 'failed', mode: 'open', problem },
  'engine-stopped': { kind: 'engine-stopped' },
} satisfies Record<string, FilterState>;

export const forbidsGreen: HealthEntry = {
  code: 'clock-skew',
  severity: 'warning',
  message: 'The clock is wrong.',
  next: 'Set the clock.',
  forbidsGreen: true,
};

/** Everything as it should be; tests change one thing at a time. */
export const allGood: StateInputs = {
  managed: managed.present,
  session: sessions['signed-in'],
  policy: policies.fresh,
  membershipProven: true,
  filter: filters.verified,
  health: [],
  now: NOW,
};

/** One set of inputs for each state: for the panel's tests and pictures. */
export const inputsFor: Record<StateId, StateInputs> = {
  starting: { ...allGood, filter: null },
  'not-enforcing': { ...allGood, filter: filters['drifted looser'] },
  locked: { ...allGood, managed: managed.malformed },
  'sign-in-required': { ...allGood, session: sessions['signed-out'], policy: policies['none at all'] },
  unmanaged: { ...allGood, managed: managed.absent, session: sessions['signed-out'], policy: policies['none at all'] },
  'engine-stopped': { ...allGood, filter: filters['engine-stopped'] },
  securing: { ...allGood, filter: filters.applying },
  'restrictions-off': { ...allGood, policy: policies.off },
  auditing: { ...allGood, policy: policies.audit },
  'enforcing-stale': { ...allGood, policy: policies.stale, session: sessions.offline },
  enforcing: allGood,
};

/** One of each way to be held, and one that cannot be attached. */
export const engines: Snapshot['engines'] = [
  {
    ...{ name: 'Docker Engine', version: '20.10.24', running: true, hold: 'wall', wayPast: false },
    ...{ socket: 'unix:///run/docker.sock', command: null },
  },
  {
    ...{ name: 'Podman', version: '4.3.1', running: true, hold: 'guard-rail', wayPast: false },
    ...{ socket: 'unix:///run/podman/podman.sock', command: null },
  },
  {
    ...{ name: 'BuildKit', version: null, running: false, hold: 'nothing', wayPast: false },
    ...{ socket: null, command: 'sudo portcullis engine attach' },
  },
  {
    name: 'Docker Desktop',
    version: '4.60',
    running: true,
    hold: 'nothing',
    wayPast: false,
    socket: null,
    command: null,
  },
];

/** A whole snapshot around the inputs, as the agent would make it. */
export function snapshotOf(inputs: StateInputs, change: Partial<Snapshot> = {}): Snapshot {
  const { settings, ...managedView } = inputs.managed ?? managed.absent;
  const proven = inputs.filter?.kind === 'verified';
  const wall = proven
    ? ({ kind: 'proven', at: NOW - 12_000, generation: 9 } as const)
    : ({ kind: 'unproven', why: notChecked } as const);
  return {
    version: '0.1.0',
    at: inputs.now,
    state: deriveState(inputs),
    managed: inputs.managed && {
      ...managedView,
      hub: settings.hub ?? null,
      locked: [],
      keysPinned: true,
      supportContact: settings.supportContact ?? null,
    },
    session: inputs.session,
    policy: inputs.policy,
    filter: inputs.filter,
    walls: { dns: wall, proxy: wall },
    gateway: {
      connected: true,
      generation: 9,
      version: '0.1.0',
      protocol: 1,
      membership: null,
      dns: ['10.200.0.1:53'],
      proxy: ['10.200.0.1:3128'],
      upstreams: [
        { address: '192.0.2.53:53', domain: null, state: 'answering', since: NOW - 60 * 60_000, lastError: null },
      ],
      problem: null,
    },
    engine: { kind: 'vm', name: 'Docker Engine in the VM', socket: 'unix:///run/portcullis/docker.sock' },
    engines: [],
    sync: {
      running: false,
      lastContact: NOW - 3 * 60_000,
      lastAttempt: NOW - 3 * 60_000,
      next: NOW + 12 * 60_000,
      problem: null,
    },
    health: [...inputs.health],
    caveats: [],
    deniedToday: 4,
    denialsVersion: '4',
    reporting: {
      ...{ level: 'state', shortId: 'tEst0ThumbPr', problem: null },
      last: { at: NOW - 60_000, state: 'enforcing', missing: [] },
    },
    requests: notOffered,
    preferences: {
      theme: { value: 'system', locked: false },
      language: { value: 'system', locked: false },
      startAtLogin: null,
      notifications: null,
    },
    reportId: 'K7Q4M2',
    tour: null,
    ...change,
  };
}
