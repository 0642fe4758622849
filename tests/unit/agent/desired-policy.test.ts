import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DesiredPolicyInputs, desiredPolicyOf } from '../../../main/agent/desired-policy.ts';
import type { PolicySyncState } from '../../../main/agent/policy/policy-sync.ts';
import type { CompiledPolicy } from '../../../main/agent/policy/verify-and-compile.ts';
import { gatewayStatus, locked, open } from '../../support/gateway-status.ts';
import { managed, NOW, policy, sessions } from '../../support/snapshots.ts';

const sync: PolicySyncState = {
  org: 'acme',
  since: NOW,
  held: { summary: policy } as CompiledPolicy,
  membership: { sub: 'mia', iat: policy.iat, exp: policy.exp },
  rejection: null,
  sync: { running: false, lastContact: NOW, lastAttempt: NOW, next: NOW, problem: null },
  failures: 0,
  serverAhead: 0,
};
const belonging: DesiredPolicyInputs = {
  managed: managed.present,
  session: sessions['signed-in'],
  policy: sync,
  applied: gatewayStatus,
  files: { policyFile: '/p', membershipFile: '/m' },
  firstUseKeys: null,
  lockCause: null,
  now: NOW,
};

describe('what should be in force', () => {
  it('is the policy that is held, with the membership', () => {
    expect(desiredPolicyOf(belonging)).toMatchObject({
      kind: 'policy',
      revision: 7,
      policyFile: '/p',
      membership: { file: '/m' },
    });
  });

  it.each(['offline', 'credential-unreadable'] as const)('is the policy also when the user is %s', (kind) => {
    expect(desiredPolicyOf({ ...belonging, session: sessions[kind] }).kind).toBe('policy');
  });

  it.each(['signed-out', 'signing-in', 'wrong-organization'] as const)(
    'is the lock when the user is %s, and nothing at all without an administrator',
    (kind) => {
      expect(desiredPolicyOf({ ...belonging, session: sessions[kind] })).toEqual({
        kind: 'lock',
        reason: 'sign-in-required',
      });
      expect(desiredPolicyOf({ ...belonging, session: sessions[kind], managed: managed.absent })).toEqual({
        kind: 'release',
      });
    },
  );

  it('stays what it is as long as nobody knows who is signed in', () => {
    expect(desiredPolicyOf({ ...belonging, session: null })).toEqual({ kind: 'nothing' });
  });

  it('is what the screens say where the filter knows no better: that everything is refused', () => {
    const without: DesiredPolicyInputs = { ...belonging, managed: managed.absent, policy: { ...sync, held: null } };
    const refusing = { ...without, applied: open, lockCause: 'no-policy' as const };
    expect(desiredPolicyOf(refusing)).toEqual({ kind: 'lock', reason: 'no-policy' });
    expect(desiredPolicyOf({ ...refusing, lockCause: 'policy-rejected' })).toEqual({
      kind: 'lock',
      reason: 'policy-invalid',
    });
    expect(desiredPolicyOf({ ...refusing, applied: locked })).toEqual({ kind: 'nothing' });
    expect(desiredPolicyOf({ ...refusing, lockCause: null })).toEqual({ kind: 'nothing' });
  });

  it('stays what it is until the membership has come too, where an administrator asks for it', () => {
    const without = { ...belonging, policy: { ...sync, membership: null } };
    expect(desiredPolicyOf(without)).toEqual({ kind: 'nothing' });
    expect(desiredPolicyOf({ ...without, managed: managed.absent })).toMatchObject({
      kind: 'policy',
      membership: null,
    });
  });

  it('is not an expired policy', () => {
    expect(desiredPolicyOf({ ...belonging, now: policy.exp * 1000 })).toEqual({ kind: 'nothing' });
  });

  it('is the lock while another organization’s list is in force and this one’s has not come', () => {
    const applied = { ...gatewayStatus, inForce: { kind: 'policy' as const, org: 'globex', revision: 3 } };
    const waiting = { ...belonging, policy: { ...sync, held: null } };
    expect(desiredPolicyOf({ ...waiting, applied })).toEqual({ kind: 'lock', reason: 'no-policy' });
    expect(desiredPolicyOf(waiting)).toEqual({ kind: 'nothing' });
  });

  it('is a release in one case only: nobody manages the machine, and nobody belongs to an organization', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(managed)),
        fc.constantFrom(null, ...Object.values(sessions)),
        fc.constantFrom(sync, { ...sync, held: null }, { ...sync, membership: null }),
        fc.constantFrom(null, gatewayStatus, locked, open),
        (config, session, policySync, applied) => {
          const wanted = desiredPolicyOf({ ...belonging, managed: config, session, policy: policySync, applied });
          const free =
            config.verdict === 'absent' &&
            session !== null &&
            ['signed-out', 'signing-in', 'wrong-organization'].includes(session.kind);
          expect(wanted.kind === 'release').toBe(free);
        },
      ),
    );
  });
});
