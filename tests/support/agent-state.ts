import type { AgentState } from '../../main/agent/agent-state.ts';
import type { Proof } from '../../main/agent/enforcement/proof.ts';
import type { CompiledPolicy } from '../../main/agent/policy/verify-and-compile.ts';
import { noRequests } from '../../main/agent/requests/requests-state.ts';
import { compilePolicy } from '../../shared/rule-set/compile.ts';
import { gatewayStatus } from './gateway-status.ts';
import { machine } from './panel-data.ts';
import { managed, NOW, policy, sessions } from './snapshots.ts';

const registries = [{ address: 'docker.io' }, { address: 'registry.acme.example' }];

/** `policy` of the snapshots with a list, as an agent holds it. */
export const held: CompiledPolicy = {
  summary: policy,
  rules: compilePolicy({ ...policy, registries }, 1),
  grants: [],
  mark: { ...policy, contentDigest: 'c'.repeat(64) },
};

export const proof: Proof = {
  at: NOW,
  monotonic: 0,
  connection: 1,
  generation: gatewayStatus.generation,
  engine: { kind: 'running', version: '28', dns: { inUse: true }, proxy: { inUse: true } },
  walls: { dns: { kind: 'proven' }, proxy: { kind: 'proven' } },
};

/** Everything in order: a member's policy is in force, and proven. Tests change one thing at a time. */
export const agentState: AgentState = {
  version: '0.1.0',
  reportId: 'K7Q4M2',
  tour: null,
  networkProblem: null,
  platform: 'linux',
  managed: {
    ...managed.present,
    settings: {
      ...managed.present.settings,
      policyKeys: { keys: [{ kid: 'acme', kty: 'OKP', crv: 'Ed25519', x: 'x', organizations: ['acme'] }] },
    },
  },
  hub: 'https://hub.acme.example',
  session: sessions['signed-in'],
  sessionHealth: [],
  policy: {
    org: policy.org,
    since: NOW,
    held,
    membership: { iss: policy.iss, org: policy.org, sub: 'mia', iat: policy.iat, exp: policy.exp },
    rejection: null,
    sync: { running: false, lastContact: NOW, lastAttempt: NOW, next: NOW + 60_000, problem: null },
    failures: 0,
    serverAhead: 0,
  },
  requests: noRequests(),
  reporting: { last: null, problem: null },
  link: { kind: 'up', status: gatewayStatus, connection: 1 },
  disagreesSince: null,
  programmer: { wanted: { kind: 'nothing' }, pending: null, refusal: null },
  prober: { last: proof, lastProven: proof, isProbing: false },
  engine: { kind: 'vm', name: 'Docker Engine', socket: 'unix:///run/docker.sock' },
  machine,
  denials: { today: 4, version: '9' },
  preferences: {
    theme: { value: 'system', locked: false },
    language: { value: 'system', locked: false },
    startAtLogin: null,
    notifications: null,
  },
  now: { wall: NOW, monotonic: 1_000 },
};
