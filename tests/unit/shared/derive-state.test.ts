import { describe, expect, it } from 'vitest';
import { DerivedState, deriveState, StateId } from '../../../shared/state/derive-state.ts';
import type { StateInputs } from '../../../shared/state/inputs.ts';
import {
  allGood,
  filters,
  forbidsGreen,
  inputsFor,
  keptSession,
  managed,
  NOW,
  policies,
  policy,
  problem,
  sessions,
} from '../../support/snapshots.ts';

const idOf = (change: Partial<StateInputs>) => deriveState({ ...allGood, ...change }).id;

/** Every combination there is, with the names of its parts. */
function* everyCombination(): Generator<StateInputs> {
  for (const managedPart of [null, ...Object.values(managed)])
    for (const session of [null, ...Object.values(sessions), keptSession])
      for (const policyPart of [null, ...Object.values(policies)])
        for (const filter of [null, ...Object.values(filters)])
          for (const health of [[], [forbidsGreen]])
            for (const membershipProven of [true, false])
              yield { managed: managedPart, session, policy: policyPart, membershipProven, filter, health, now: NOW };
}
const withoutKeys = { ...managed.present, settings: {} };
const combinations = [...everyCombination()];

describe('the state of the machine', () => {
  it('is one of the table for every combination of what the four parts report', () => {
    expect(combinations.length).toBe(5 * 8 * 13 * 9 * 2 * 2);
    for (const inputs of combinations) expect(() => DerivedState.parse(deriveState(inputs))).not.toThrow();
  });

  it.each(StateId.options)('%s can be reached', (id) => {
    expect(deriveState(inputsFor[id]).id).toBe(id);
  });

  it('is green only where a probe has verified the filter, the policy enforces and nothing forbids it', () => {
    const green = combinations.filter((inputs) => deriveState(inputs).look === 'green');
    expect(green.length).toBeGreaterThan(0);
    for (const inputs of green) {
      expect(inputs.filter?.kind).toBe('verified');
      expect(inputs.health).toEqual([]);
      expect(['signed-in', 'offline', 'credential-unreadable']).toContain(inputs.session?.kind);
      expect(['present', 'absent']).toContain(inputs.managed?.verdict);
      expect(['fresh', 'stale', 'rejected']).toContain(inputs.policy?.kind);
    }
  });

  it('calls a machine protected only where a probe has verified the filter', () => {
    for (const inputs of combinations) {
      if (deriveState(inputs).protected === 'yes') expect(inputs.filter?.kind).toBe('verified');
    }
  });

  it('never shows anything calmer than red while the filter is open, once everything has reported', () => {
    for (const inputs of combinations) {
      const open =
        (inputs.filter?.kind === 'failed' && inputs.filter.mode === 'open') ||
        (inputs.filter?.kind === 'drifted' && inputs.filter.direction === 'looser');
      const reported = inputs.managed && inputs.session && inputs.policy;
      if (open && reported)
        expect(deriveState(inputs)).toMatchObject({ id: 'not-enforcing', look: 'red', protected: 'no' });
    }
  });

  it('depends on nothing but its inputs', () => {
    for (const inputs of combinations.slice(0, 500))
      expect(deriveState(inputs)).toEqual(deriveState(structuredClone(inputs)));
  });
});

describe('starting', () => {
  it.each(['managed', 'session', 'policy', 'filter'] as const)('while %s has not reported', (part) => {
    expect(idOf({ [part]: null })).toBe('starting');
  });
});

describe('locked', () => {
  it.each([
    ['the configuration is malformed', { managed: managed.malformed }, 'configuration-malformed'],
    ['the configuration is unreadable', { managed: managed.unreadable }, 'configuration-unreadable'],
    [
      'the configuration is malformed and nobody is signed in',
      { managed: managed.malformed, session: sessions['signed-out'] },
      'configuration-malformed',
    ],
    ['a sign-in is kept', { session: keptSession }, 'wrong-organization'],
    [
      'a sign-in is kept, whatever the policy',
      { session: keptSession, policy: policies.expired, filter: filters['failed denying'] },
      'wrong-organization',
    ],
    [
      'a sign-in is kept and the configuration is malformed',
      { session: keptSession, managed: managed.malformed },
      'configuration-malformed',
    ],
    ['the policy has expired', { policy: policies.expired }, 'policy-expired'],
    ['the policy runs out before anybody noticed', { policy: policies['fresh but past its end'] }, 'policy-expired'],
    [
      'the policy was rejected and there is no other',
      { policy: policies['rejected with none valid'] },
      'policy-rejected',
    ],
    ['there has been no policy for 30 s since signing in', { policy: policies['none for 30 s'] }, 'no-policy'],
    ['the policy is valid, and the proof of membership is not', { membershipProven: false }, 'no-membership'],
    [
      'both have expired, which a sync fixes together',
      { membershipProven: false, policy: policies.expired },
      'policy-expired',
    ],
    [
      'the proof of membership was rejected, and there is no policy without',
      { policy: { kind: 'rejected', problem: { ...problem, code: 'membership-expired' }, policy: null } },
      'no-membership',
    ],
    ['there is no policy key', { managed: withoutKeys }, 'no-policy-key'],
    [
      'there is no policy key, and nobody is signed in',
      { managed: withoutKeys, session: sessions['signed-out'] },
      'no-policy-key',
    ],
    [
      'there is none for the name that is misspelt',
      { managed: { ...managed.present, allowedOrgs: ['Acme'] }, session: sessions['signed-out'] },
      'no-policy-key',
    ],
    ['the gateway has failed and denies', { filter: filters['failed denying'] }, 'gateway-failed'],
  ] satisfies [string, Partial<StateInputs>, string][])('when %s', (_when, change, cause) => {
    expect(deriveState({ ...allGood, ...change })).toMatchObject({
      id: 'locked',
      cause,
      traffic: 'deny',
      code: 'P-LOCKED',
    });
  });

  it('asks for a new sign-in where the policy cannot be renewed without one', () => {
    const lost = { ...allGood, session: sessions['credential-unreadable'], policy: policies.expired };
    expect(deriveState(lost)).toMatchObject({ id: 'locked', action: 'sign-in' });
    expect(deriveState({ ...lost, managed: managed.malformed })).toMatchObject({ action: 'copy-for-administrator' });
  });

  it('does not ask for a proof of membership before there is a policy, or of nobody', () => {
    expect(idOf({ policy: policies['none yet'], membershipProven: false })).toBe('securing');
    expect(idOf({ session: sessions['signed-out'], membershipProven: false })).toBe('sign-in-required');
  });

  it('names the file in which a policy key is missing', () => {
    expect(deriveState({ ...allGood, managed: withoutKeys })).toMatchObject({
      ...{ action: 'copy-for-administrator', decidedBy: 'administrator', source: managed.present.settingsSource },
    });
  });

  it('has a kept sign-in fixed by the administrator, whose file is named, and not by signing in', () => {
    expect(deriveState({ ...allGood, session: keptSession })).toMatchObject({
      ...{ action: 'copy-for-administrator', decidedBy: 'administrator', source: managed.present.source },
    });
    expect(idOf({ session: keptSession, managed: managed.absent })).toBe('unmanaged');
  });

  it('is not said of a rejected policy while the last good one is in force', () => {
    expect(idOf({ policy: policies['rejected, the last good one stays'] })).toBe('enforcing-stale');
  });

  it('names the file that decided', () => {
    expect(deriveState({ ...allGood, managed: managed.malformed })).toMatchObject({
      decidedBy: 'administrator',
      source: managed.malformed.source,
    });
  });
});

describe('signing in', () => {
  it.each(['signed-out', 'signing-in', 'wrong-organization'] as const)(
    'is required on a managed machine while %s',
    (kind) => {
      expect(idOf({ session: sessions[kind] })).toBe('sign-in-required');
    },
  );

  it.each(['signed-out', 'signing-in', 'wrong-organization'] as const)(
    'is free on an unmanaged machine while %s',
    (kind) => {
      expect(idOf({ session: sessions[kind], managed: managed.absent })).toBe('unmanaged');
    },
  );

  it.each(['offline', 'credential-unreadable'] as const)('%s is not signed out: what was in force stays', (kind) => {
    expect(idOf({ session: sessions[kind] })).toBe('enforcing-stale');
  });

  it('is protected only once a probe has shown that everything is refused', () => {
    const signedOut = { ...allGood, session: sessions['signed-out'] };
    expect(deriveState(signedOut).protected).toBe('yes');
    expect(deriveState({ ...signedOut, filter: filters.unknown }).protected).toBe('unknown');
  });
});

describe('securing', () => {
  it.each(['unknown', 'applying', 'drifted tighter'] as const)('while the filter is %s', (filter) => {
    expect(idOf({ filter: filters[filter] })).toBe('securing');
  });

  it('while the first policy is on its way', () => {
    expect(idOf({ policy: policies['none yet'] })).toBe('securing');
  });
});

describe('the last fifth of a policy that cannot be renewed', () => {
  it('is amber, with the same state', () => {
    expect(deriveState({ ...allGood, policy: policies['stale in the last fifth'] })).toMatchObject({
      id: 'enforcing-stale',
      look: 'amber',
    });
    expect(deriveState({ ...allGood, policy: policies.stale })).toMatchObject({ id: 'enforcing-stale', look: 'green' });
  });

  it('begins at four fifths of its life to the second', () => {
    const life = policy.exp - policy.iat;
    const boundary = (policy.exp - life / 5) * 1000;
    const lookAt = (now: number) => deriveState({ ...allGood, policy: policies.stale, now }).look;
    expect(lookAt(boundary - 1000)).toBe('green');
    expect(lookAt(boundary)).toBe('amber');
  });
});

describe('a health entry that forbids green', () => {
  it('turns enforcing amber and leaves the state what it is', () => {
    expect(deriveState({ ...allGood, health: [forbidsGreen] })).toMatchObject({ id: 'enforcing', look: 'amber' });
  });
});
