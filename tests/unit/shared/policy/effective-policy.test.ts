import { describe, expect, it } from 'vitest';
import { type EffectivePolicyInputs, effectivePolicyOf } from '../../../../shared/policy/effective-policy.ts';
import type { ManagedConfig } from '../../../../shared/schemas/managed-config.ts';

const key = { kid: 'k1', kty: 'OKP', crv: 'Ed25519', x: 'AAAA', organizations: ['acme'] } as const;

const present: ManagedConfig = {
  verdict: 'present',
  allowedOrgs: ['acme'],
  source: '/etc/registry.json',
  problems: [],
  overridden: [],
  settings: { policyKeys: { keys: [{ ...key, organizations: ['acme'] }] } },
  settingsSource: '/etc/portcullis/portcullis.json',
  trial: false,
};
const absent: ManagedConfig = { ...present, verdict: 'absent', allowedOrgs: [], source: null, settings: {} };
const policy = {
  iss: 'https://hub.example',
  org: 'acme',
  revision: 7,
  iat: 1_000,
  exp: 2_000,
  enabled: true,
  mode: 'enforce' as const,
};
const membership = { iss: policy.iss, org: 'acme', sub: 'mia', iat: 1_000, exp: 2_000 };
const good: EffectivePolicyInputs = {
  managed: present,
  lock: null,
  policy,
  membership,
  policyInvalid: false,
  now: 1_500,
};

describe('a broken glass', () => {
  const breakGlass = { from: '1970-01-01T00:20:00Z', until: '1970-01-01T00:30:00Z', reason: 'the server has burnt' };
  const broken = (managed: ManagedConfig): ManagedConfig => ({
    ...managed,
    settings: { ...managed.settings, breakGlass },
  });

  it.each<[string, Partial<EffectivePolicyInputs>]>([
    ['the policy has expired', { policy: { ...policy, exp: 1_100 } }],
    ['nobody has signed in', { policy: null, membership: null }],
    ['it is locked', { lock: { reason: 'sign-in-required', at: 0 } }],
    ['the stored policy does not verify', { policyInvalid: true }],
    ['no key is pinned', { managed: { ...present, settings: {} } }],
    ['it is locked and no longer managed', { managed: absent, lock: { reason: 'no-policy', at: 0 } }],
  ])('lifts everything where %s', (_why, change) => {
    const inputs = { ...good, ...change };
    const managed = broken(inputs.managed ?? present);
    expect(effectivePolicyOf({ ...inputs, managed, now: 1_200 })).toEqual({ kind: 'open', reason: 'break-glass' });
    expect(effectivePolicyOf({ ...inputs, managed, now: 1_799 })).toEqual({ kind: 'open', reason: 'break-glass' });
    expect(effectivePolicyOf({ ...inputs, managed, now: 1_199 }).kind).toBe('deny');
    expect(effectivePolicyOf({ ...inputs, managed, now: 1_800 }).kind).toBe('deny');
  });

  it('does not help a configuration that cannot be used', () => {
    expect(effectivePolicyOf({ ...good, managed: { ...broken(present), verdict: 'malformed' } }).kind).toBe('deny');
  });
});

describe('what is in force on a managed machine', () => {
  it('is the policy, when everything verifies', () => {
    expect(effectivePolicyOf(good)).toEqual({ kind: 'policy', org: 'acme', revision: 7 });
  });

  it.each<[string, Partial<EffectivePolicyInputs>, string]>([
    ['the configuration was never read', { managed: null }, 'managed-config-invalid'],
    ['the configuration is malformed', { managed: { ...present, verdict: 'malformed' } }, 'managed-config-invalid'],
    ['the configuration is unreadable', { managed: { ...present, verdict: 'unreadable' } }, 'managed-config-invalid'],
    ['no key is pinned', { managed: { ...present, settings: {} } }, 'no-policy-key'],
    [
      'the pinned key signs for others',
      { managed: { ...present, settings: { policyKeys: { keys: [{ ...key, organizations: ['globex'] }] } } } },
      'no-policy-key',
    ],
    ['it is locked', { lock: { reason: 'sign-in-required', at: 0 } }, 'sign-in-required'],
    ['the stored policy does not verify', { policyInvalid: true }, 'policy-invalid'],
    ['there is no policy', { policy: null }, 'sign-in-required'],
    [
      'the policy is of an organization that is not allowed',
      { policy: { ...policy, org: 'globex' } },
      'sign-in-required',
    ],
    [
      'policy and membership are of an organization that is not allowed',
      { managed: { ...present, allowedOrgs: ['Acme'] } },
      'wrong-organization',
    ],
    [
      'it was locked for that, and nothing else is known',
      {
        managed: { ...present, allowedOrgs: ['Acme'] },
        ...{ policy: null, membership: null, lock: { reason: 'wrong-organization', at: 0 } },
      },
      'wrong-organization',
    ],
    [
      'nobody is signed in, and the name is misspelt: there is no key for it',
      { managed: { ...present, allowedOrgs: ['Acme'] }, lock: { reason: 'sign-in-required', at: 0 } },
      'no-policy-key',
    ],
    [
      'the membership of another organization has expired',
      { managed: { ...present, allowedOrgs: ['Acme'] }, now: 2_000 },
      'no-policy-key',
    ],
    ['there is no membership', { membership: null }, 'sign-in-required'],
    ['the membership is of another organization', { membership: { ...membership, org: 'globex' } }, 'sign-in-required'],
    [
      'the membership is of another issuer',
      { membership: { ...membership, iss: 'https://evil.example' } },
      'sign-in-required',
    ],
    ['the membership has expired', { now: 2_000, policy: { ...policy, exp: 9_000 } }, 'no-membership'],
    ['the policy has expired', { now: 2_000, membership: { ...membership, exp: 9_000 } }, 'policy-expired'],
    ['policy and membership have expired together', { now: 2_000 }, 'policy-expired'],
    [
      'it is locked, and both have expired',
      { now: 2_000, lock: { reason: 'sign-in-required', at: 0 } },
      'sign-in-required',
    ],
  ])('is deny when %s', (_when, change, reason) => {
    expect(effectivePolicyOf({ ...good, ...change })).toMatchObject({ kind: 'deny', reason });
  });
});

describe('what is in force on an unmanaged machine', () => {
  it('is open while nobody volunteered a policy', () => {
    expect(effectivePolicyOf({ ...good, managed: absent, policy: null, membership: null })).toEqual({
      kind: 'open',
      reason: 'not-managed',
    });
  });

  it('is the volunteered policy, without a membership proof', () => {
    expect(effectivePolicyOf({ ...good, managed: absent, membership: null })).toMatchObject({
      kind: 'policy',
      org: 'acme',
    });
  });

  it('denies when the volunteered policy expires: it does not fall back to open', () => {
    expect(effectivePolicyOf({ ...good, managed: absent, now: 2_000 })).toMatchObject({
      kind: 'deny',
      reason: 'policy-expired',
    });
  });
});
