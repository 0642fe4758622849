import { describe, expect, it } from 'vitest';
import { type DesiredPolicyDocument, nextStep } from '../../../../main/agent/enforcement/next-step.ts';
import { gatewayStatus, locked, open, programmed } from '../../../support/gateway-status.ts';

const membership = { file: '/membership.jws', iat: programmed.iat, exp: programmed.exp };
const wanted: DesiredPolicyDocument = {
  kind: 'policy',
  iss: programmed.iss,
  org: programmed.org,
  revision: programmed.revision,
  exp: programmed.exp,
  digest: programmed.digest,
  policyFile: '/policy.jws',
  membership,
  firstUseKeys: null,
};
const program = (policy: DesiredPolicyDocument) => ({ kind: 'program', policy });

describe('what is said to the gateway', () => {
  it('is nothing when what is wanted is in force', () => {
    expect(nextStep(wanted, gatewayStatus)).toBeNull();
    expect(nextStep({ kind: 'lock', reason: 'sign-in-required' }, locked)).toBeNull();
    expect(nextStep({ kind: 'release' }, open)).toBeNull();
  });

  it('is nothing when it is not known what is wanted', () => {
    for (const status of [gatewayStatus, locked, open]) expect(nextStep({ kind: 'nothing' }, status)).toBeNull();
  });

  it('is the policy, when another one or none is in force', () => {
    const newer = { ...wanted, revision: 8, digest: 'b'.repeat(64) };
    expect(nextStep(newer, gatewayStatus)).toEqual(program(newer));
    expect(nextStep(wanted, open)).toEqual(program(wanted));
    expect(nextStep(wanted, locked)).toEqual(program(wanted));
  });

  it('is the policy again, when it was renewed', () => {
    const renewed = { ...wanted, exp: wanted.exp + 1, digest: 'b'.repeat(64) };
    expect(nextStep(renewed, gatewayStatus)).toEqual(program(renewed));
  });

  it('is nothing when the gateway has a newer one: ours would be a rollback', () => {
    expect(nextStep({ ...wanted, revision: 6, digest: 'b'.repeat(64) }, gatewayStatus)).toBeNull();
    expect(nextStep({ ...wanted, exp: wanted.exp - 1, digest: 'b'.repeat(64) }, gatewayStatus)).toBeNull();
  });

  it('is a newer membership before the old one runs out, but not after every sync', () => {
    const life = membership.exp - membership.iat;
    const older = (seconds: number) => ({
      ...gatewayStatus,
      membership: { org: 'acme', sub: 'mia', exp: membership.exp - seconds },
    });
    expect(nextStep(wanted, older(life / 20))).toBeNull();
    expect(nextStep(wanted, older(life / 5))).toEqual(program(wanted));
    expect(nextStep(wanted, { ...gatewayStatus, membership: null })).toEqual(program(wanted));
  });

  describe('of whose proof decides where several people use the machine', () => {
    const life = membership.exp - membership.iat;
    const mine = { ...wanted, since: 5_000, membership: { ...membership, sub: 'mia' } };
    const another = (since: number, behind = 0) => ({
      ...gatewayStatus,
      membership: { org: 'acme', sub: 'nils', iat: membership.iat, exp: membership.exp - behind, since, teams: [] },
    });

    it('is ours, where the other one signed in before us', () => {
      expect(nextStep(mine, another(4_999))).toEqual(program(mine));
    });

    it('is nothing, where the other one signed in after us, for as long as their agent renews their proof', () => {
      expect(nextStep(mine, another(5_001))).toBeNull();
      expect(nextStep(mine, another(5_001, life / 3))).toBeNull();
    });

    it('is ours again once theirs has not been renewed for half of its life', () => {
      expect(nextStep(mine, another(5_001, life * 0.6))).toEqual(program(mine));
    });

    it('is ours by age alone at a gateway that does not say since when', () => {
      const older = { ...gatewayStatus, membership: { org: 'acme', sub: 'nils', exp: membership.exp - life / 5 } };
      expect(nextStep(mine, older)).toEqual(program(mine));
    });
  });

  describe('of teams', () => {
    const identity = { jkt: 'A'.repeat(43), machineId: 'm' };
    const mine = {
      ...wanted,
      membership: { ...membership, iat: membership.iat + 60, sub: 'mia', teams: ['sre'], jkt: identity.jkt },
    };
    const held = (teams: string[], iat = membership.iat) => ({
      ...gatewayStatus,
      identity,
      membership: { org: 'acme', sub: 'mia', iat, exp: membership.exp, since: 1, teams },
    });

    it('is the newer proof at once, where it names other teams', () => {
      expect(nextStep(mine, held([]))).toEqual(program(mine));
      expect(nextStep(mine, held(['sre', 'platform']))).toEqual(program(mine));
      expect(nextStep(mine, held(['sre']))).toBeNull();
      // Asked for again within the same second, once the gateway's key was known.
      expect(nextStep(mine, held([], mine.membership.iat))).toEqual(program(mine));
    });

    it('is nothing, where theirs is the newer one, or ours is bound to another gateway', () => {
      expect(nextStep(mine, held([], membership.iat + 120))).toBeNull();
      const elsewhere = { ...mine, membership: { ...mine.membership, jkt: 'B'.repeat(43) } };
      expect(nextStep(elsewhere, held([]))).toBeNull();
    });

    it('is nothing at a gateway that knows none', () => {
      expect(nextStep(mine, gatewayStatus)).toBeNull();
    });
  });

  it('is the lock whenever it is not on the gateway’s disk, even if everything is refused anyway', () => {
    const lock = { kind: 'lock', reason: 'sign-in-required' } as const;
    expect(nextStep(lock, gatewayStatus)).toEqual(lock);
    expect(nextStep(lock, { ...locked, lock: null })).toEqual(lock);
  });

  it('is never a release where the gateway knows the machine to be managed', () => {
    expect(nextStep({ kind: 'release' }, gatewayStatus)).toBeNull();
    const volunteered = { ...gatewayStatus, managed: open.managed };
    expect(nextStep({ kind: 'release' }, volunteered)).toEqual({ kind: 'release' });
  });
});
