import { policyState } from '../../../main/agent/policy/policy-state.ts';
import { initialSync, type PolicySyncState } from '../../../main/agent/policy/sync-state.ts';
import type { CompiledPolicy } from '../../../main/agent/policy/verify-and-compile.ts';
import { desiredPolicyOf } from '../../../main/agent/reconcile.ts';
import { endsSession, lastKnown } from '../../../main/agent/session/account-state.ts';
import { effectivePolicyOf } from '../../../shared/policy/effective-policy.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { ManagedConfig } from '../../../shared/schemas/managed-config.ts';
import { policyLock } from '../../../shared/state/derive-state.ts';
import type { SessionState } from '../../../shared/state/inputs.ts';

const ISS = 'https://portcullis.acme.example';
const USER = { sub: 'mia', name: 'Mia' };
const ACCOUNT = { issuer: ISS, clientId: 'portcullis', ...USER, org: 'acme', organizations: ['acme'] };
const UNREACHABLE = problem('server-unreachable', { server: 'portcullis.acme.example' });

const KEY = { kid: 'k', kty: 'OKP', crv: 'Ed25519', x: 'x'.repeat(43), alg: 'EdDSA', use: 'sig' } as const;
const MANAGED: ManagedConfig = {
  ...{ verdict: 'present', allowedOrgs: ['acme'], source: null, problems: [], overridden: [], trial: false },
  settings: { policyKeys: { keys: [{ ...KEY, organizations: ['acme'] }] } },
  settingsSource: null,
};

const SIGNED_IN: SessionState = { kind: 'signed-in', org: 'acme', user: USER };

/** What becomes of the session while nobody answers, by the session's own rules. */
function unreachableSession(now: number): SessionState {
  if (endsSession(UNREACHABLE)) return { kind: 'signed-out', problem: UNREACHABLE };
  return lastKnown(ACCOUNT, MANAGED.allowedOrgs, true, UNREACHABLE, now).state as SessionState;
}

/** What one machine holds. Times in seconds since 1970. */
export interface Held {
  /** Whether the server could not be asked who the user is. */
  offline: boolean;
  /** Syncs that failed in a row. */
  failures: number;
  lastContact: number;
  policy: { revision: number; iat: number; exp: number };
  membership: { iat: number; exp: number };
}

/** Whether this machine may pull nothing, by the very functions that agent and gateway decide it with. */
export function isLocked(held: Held, now: number): boolean {
  const session = held.offline ? unreachableSession(now * 1000) : SIGNED_IN;
  const summary = { ...SUMMARY, ...held.policy };
  const membership = { iss: ISS, org: 'acme', sub: 'mia', ...held.membership };
  const sync: PolicySyncState = {
    ...INITIAL,
    // Only its summary is read here.
    held: { summary } as CompiledPolicy,
    membership,
    failures: held.failures,
    sync: { ...INITIAL.sync, lastContact: held.lastContact * 1000 },
  };
  const lockCause = policyLock({
    policy: policyState(sync, null, null, 15, now * 1000),
    membershipProven: membership.exp > now,
    now: now * 1000,
  });
  const desired = desiredPolicyOf({
    ...{ managed: MANAGED, session, policy: sync, lockCause, now: now * 1000 },
    inForce: { kind: 'policy', org: 'acme', revision: summary.revision },
    files: FILES,
    firstUseKeys: null,
  });
  const lock = desired.kind === 'lock' ? { reason: desired.reason, at: now * 1000 } : null;
  const policy = summary;
  return effectivePolicyOf({ managed: MANAGED, lock, policy, membership, policyInvalid: false, now }).kind !== 'policy';
}

const FILES = { policyFile: 'policy.jws', membershipFile: 'membership.jws' };
const INITIAL = initialSync('acme', 0);
const SUMMARY = { iss: ISS, org: 'acme', digest: 'd', enabled: true, mode: 'enforce' as const, registries: 1 };
