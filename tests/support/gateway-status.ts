import { CONTROL_PROTOCOL, type GatewayStatus, type ProgrammedPolicy } from '../../shared/schemas/control-schema.ts';
import { managed, policy } from './snapshots.ts';

const { contact: _contact, ...summary } = policy;

/** `policy` of the snapshots, as a gateway that was programmed with it tells of it. */
export const programmed: ProgrammedPolicy = { ...summary, hosts: 30 };

/** A gateway in which `programmed` is in force; tests change one thing at a time. */
export const gatewayStatus: GatewayStatus = {
  version: '0.1.0',
  protocol: CONTROL_PROTOCOL,
  pid: 4711,
  startedAt: 0,
  listeners: { dns: { engine: ['10.200.0.1:53'], workload: [] }, proxy: ['10.200.0.1:3128'] },
  upstreams: [],
  managed: managed.present,
  generation: 9,
  inForce: { kind: 'policy', org: programmed.org, revision: programmed.revision },
  policy: programmed,
  membership: { org: programmed.org, sub: 'mia', exp: programmed.exp },
  lock: null,
  highest: [],
  keysPinned: true,
  lastRefusal: null,
  problems: [],
  attachment: null,
  identity: { jkt: 'tEst0ThumbPrint_oF-a-GatewaysOwnKey-43chars', machineId: '6f1a0f0e-5b1c-4a58-9d4e-0f6f5c1b7a11' },
  counters: {
    dns: { allowed: 0, denied: 0, malformed: 0, refused: 0, failed: 0, limited: 0 },
    proxy: { allowed: 0, denied: 0, malformed: 0, open: 0 },
  },
};

export const locked: GatewayStatus = {
  ...gatewayStatus,
  lock: { reason: 'sign-in-required', at: 1 },
  inForce: { kind: 'deny', reason: 'sign-in-required', organizations: ['acme'], detail: 'locked' },
};

export const open: GatewayStatus = {
  ...gatewayStatus,
  managed: managed.absent,
  inForce: { kind: 'open', reason: 'not-managed' },
  policy: null,
  membership: null,
};
