import type { VerifiedMembership, VerifiedPolicyDocument } from '../../../../main/gateway/policy/policy-job.ts';
import type { PolicyState } from '../../../../main/gateway/policy/policy-state.ts';
import { emptyState, type StoredState } from '../../../../main/gateway/policy/state-store.ts';
import type { PolicyKey } from '../../../../shared/policy/keys.ts';
import type { PolicyClaims } from '../../../../shared/policy/schema.ts';
import { compilePolicy } from '../../../../shared/rule-set/compile.ts';
import type { ManagedConfig } from '../../../../shared/schemas/managed-config.ts';

export const HOUR = 3600;
export const START = 1_800_000_000;
export const key: PolicyKey = { kid: 'k1', kty: 'OKP', crv: 'Ed25519', x: 'AAAA', organizations: ['acme'] };
export const otherKey: PolicyKey = { ...key, kid: 'k2', x: 'BBBB' };

export const present: ManagedConfig = {
  verdict: 'present',
  allowedOrgs: ['acme'],
  source: '/etc/registry.json',
  problems: [],
  overridden: [],
  settings: { policyKeys: { keys: [key] } },
  settingsSource: '/etc/portcullis/portcullis.json',
  trial: false,
};
export const absent: ManagedConfig = { ...present, verdict: 'absent', allowedOrgs: [], source: null, settings: {} };

/** A verified policy; its digest depends on what it says and when it ends. */
export function verifiedPolicy(change: Partial<PolicyClaims> = {}, verifiedBy = [key]): VerifiedPolicyDocument {
  const claims: PolicyClaims = {
    iss: 'https://hub.example',
    org: 'acme',
    revision: 1,
    iat: START,
    exp: START + 72 * HOUR,
    enabled: true,
    mode: 'enforce',
    registries: [{ address: 'ghcr.io' }],
    ...change,
  };
  const { registries, ...frame } = claims;
  const contentDigest = JSON.stringify([claims.revision, registries]);
  return {
    claims: frame,
    rules: compilePolicy(claims, 1),
    digest: Buffer.from(`${contentDigest}${claims.exp}`).toString('hex').slice(0, 64).padEnd(64, '0'),
    contentDigest,
    verifiedBy,
  };
}

export function verifiedMembership(change: Partial<VerifiedMembership['claims']> = {}): VerifiedMembership {
  const claims = { iss: 'https://hub.example', org: 'acme', sub: 'mia', iat: START, exp: START + 72 * HOUR };
  return { claims: { ...claims, ...change }, token: 'token', verifiedBy: [key] };
}

export function stateWith(
  change: Partial<Omit<PolicyState, 'stored'>> = {},
  stored: Partial<StoredState> = {},
): PolicyState {
  return { policy: null, membership: null, unusable: null, ...change, stored: { ...emptyState, ...stored } };
}
