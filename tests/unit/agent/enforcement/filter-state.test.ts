import { describe, expect, it } from 'vitest';
import { type FilterInputs, filterState, wallStates } from '../../../../main/agent/enforcement/filter-state.ts';
import type { DesiredPolicyDocument } from '../../../../main/agent/enforcement/next-step.ts';
import { PROOF_LIFE_MS, type Proof } from '../../../../main/agent/enforcement/proof.ts';
import type { RulesInForce } from '../../../../shared/schemas/control-schema.ts';
import { gatewayStatus, locked, open, programmed } from '../../../support/gateway-status.ts';
import { NOW, problem } from '../../../support/snapshots.ts';

const { iss, org, revision } = programmed;
const wanted = { kind: 'policy', iss, org, revision } as DesiredPolicyDocument;
const proof: Proof = {
  at: NOW - 10_000,
  monotonic: 90_000,
  connection: 1,
  generation: gatewayStatus.generation,
  engine: { kind: 'running', version: '28.0', dns: { inUse: true }, proxy: { inUse: true } },
  walls: { dns: { kind: 'proven' }, proxy: { kind: 'proven' } },
};
const good: FilterInputs = {
  link: { kind: 'up', status: gatewayStatus, connection: 1 },
  programmer: { wanted, pending: null, refusal: null },
  policyHeld: true,
  denyExpected: false,
  last: proof,
  lastProven: proof,
  isProbing: false,
  now: { wall: NOW, monotonic: 100_000 },
};
const up = (status: typeof gatewayStatus) => ({ kind: 'up', status, connection: 1 }) as const;
const bypassed: Proof = { ...proof, walls: { dns: { kind: 'bypassed', problem }, proxy: { kind: 'proven' } } };
const inconclusive: Proof = { ...proof, walls: { dns: { kind: 'inconclusive', problem }, proxy: { kind: 'proven' } } };

describe('the filter', () => {
  it('is verified by a young proof of the generation in force, over the connection that is open', () => {
    expect(filterState(good)).toEqual({ kind: 'verified', at: proof.at, generation: 9 });
  });

  it.each([
    ['another generation', { ...proof, generation: 8 }, good.now],
    ['a connection that was lost meanwhile', { ...proof, connection: 0 }, good.now],
    ['too long ago', proof, { wall: NOW + PROOF_LIFE_MS, monotonic: 100_000 }],
    [
      'too long ago, with the clock set back since',
      proof,
      { wall: NOW - 86_400_000, monotonic: 100_000 + PROOF_LIFE_MS },
    ],
  ])('is not verified by a proof of %s', (_of, old, now) => {
    const inputs = { ...good, last: old, lastProven: old, now };
    expect(filterState(inputs)?.kind).toBe('unknown');
    expect(filterState({ ...inputs, isProbing: true })).toEqual({ kind: 'applying', revision: 7 });
    expect(wallStates(inputs).dns.kind).toBe('unproven');
  });

  it('is not verified by a proof of its rules where everything should be refused', () => {
    expect(filterState({ ...good, denyExpected: true })?.kind).toBe('applying');
    // It refuses, as it should, though a policy is held: that is not a fault of its own.
    expect(filterState({ ...good, denyExpected: true, link: up(locked) })?.kind).toBe('verified');
  });

  it('is verified to refuse everything once the policy that is held has expired, whether it is still wanted or not', () => {
    const inForce: RulesInForce = { kind: 'deny', reason: 'policy-expired', organizations: [], detail: 'expired' };
    const expired = { ...good, denyExpected: true, link: up({ ...gatewayStatus, inForce }) };
    expect(filterState(expired)?.kind).toBe('verified');
    const programmer = { wanted: { kind: 'nothing' }, pending: null, refusal: null } as const;
    expect(filterState({ ...expired, programmer })?.kind).toBe('verified');
  });

  it('does not claim that everything is blocked where the gateway answers and is not understood', () => {
    const link = { kind: 'down', problem: { code: 'gateway-not-understood', message: 'Too new.' } } as const;
    expect(filterState({ ...good, link })).toMatchObject({ kind: 'failed', mode: 'open' });
  });

  it('has failed, refusing, the moment the gateway is gone, whatever was proven before', () => {
    expect(filterState({ ...good, link: { kind: 'down', problem } })).toEqual({
      kind: 'failed',
      mode: 'denying',
      problem,
    });
  });

  it('has failed, letting everything through, while an administrator has broken the glass', () => {
    const breakGlass = { from: '2026-11-21T14:00:00Z', until: '2026-11-22T08:00:00Z', reason: 'the server is gone' };
    const status = {
      ...gatewayStatus,
      managed: { ...gatewayStatus.managed, settings: { ...gatewayStatus.managed.settings, breakGlass } },
      inForce: { kind: 'open', reason: 'break-glass' } as const,
    };
    expect(filterState({ ...good, link: up(status) })).toMatchObject({
      kind: 'failed',
      mode: 'open',
      problem: {
        code: 'break-glass',
        message: expect.stringMatching(/ until Nov 2[123], 2026, .*: the server is gone\.$/),
      },
    });
  });

  it('has not reported before the gateway was heard', () => {
    expect(filterState({ ...good, link: { kind: 'connecting' } })).toBeNull();
  });

  it('has drifted when the engine was seen to get past a wall', () => {
    expect(filterState({ ...good, last: bypassed, lastProven: null })).toEqual({
      kind: 'drifted',
      direction: 'looser',
      problem,
    });
  });

  it('has drifted when the engine runs and uses no wall', () => {
    const aside = { kind: 'not-in-use', why: { code: 'some-problem', message: 'Elsewhere.' } } as const;
    const last: Proof = { ...proof, walls: { dns: aside, proxy: aside } };
    expect(filterState({ ...good, last })).toMatchObject({
      kind: 'drifted',
      direction: 'looser',
      problem: { code: 'engine-not-attached' },
    });
  });

  it('stays verified over one probe that showed nothing, until the proof is too old', () => {
    expect(filterState({ ...good, last: inconclusive })?.kind).toBe('verified');
    expect(filterState({ ...good, last: inconclusive, lastProven: null })).toEqual({ kind: 'unknown', problem });
  });

  it('says that no engine runs', () => {
    const last: Proof = { ...proof, engine: { kind: 'stopped', problem: null } };
    expect(filterState({ ...good, last })).toEqual({ kind: 'engine-stopped' });
  });

  it('does not take an engine that may not be asked for one that does not run', () => {
    const walls = { dns: { kind: 'inconclusive', problem }, proxy: { kind: 'inconclusive', problem } } as const;
    const last: Proof = { ...proof, engine: { kind: 'stopped', problem }, walls };
    expect(filterState({ ...good, last, lastProven: null })).toEqual({ kind: 'unknown', problem });
    expect(filterState({ ...good, last })?.kind).toBe('verified');
  });

  it('is applying while what is wanted is not in force', () => {
    const pending = { kind: 'program', policy: { ...wanted, revision: 8 } } as const;
    expect(filterState({ ...good, programmer: { wanted, pending, refusal: null } })).toEqual({
      kind: 'applying',
      revision: 8,
    });
  });

  it('stays verified while the same revision is renewed: no rule changes', () => {
    const pending = { kind: 'program', policy: wanted } as const;
    expect(filterState({ ...good, programmer: { wanted, pending, refusal: null } })?.kind).toBe('verified');
    expect(filterState({ ...good, link: up(locked), programmer: { wanted, pending, refusal: null } })?.kind).toBe(
      'applying',
    );
  });

  it('is applying while a policy is held that the gateway does not have yet', () => {
    const programmer = { wanted: { kind: 'nothing' }, pending: null, refusal: null } as const;
    expect(filterState({ ...good, link: up(locked), programmer })).toEqual({ kind: 'applying', revision: null });
    expect(filterState({ ...good, link: up(locked), programmer, policyHeld: false })?.kind).toBe('verified');
  });

  it('stays verified with the last good policy when the gateway refused a newer one', () => {
    const pending = { kind: 'program', policy: { ...wanted, revision: 8 } } as const;
    expect(filterState({ ...good, programmer: { wanted, pending, refusal: problem } })?.kind).toBe('verified');
  });

  it.each([
    ['looser', 'a lock that was not taken', { kind: 'lock', reason: 'sign-in-required' } as const, gatewayStatus],
    ['looser', 'a policy that was refused by an open gateway', { kind: 'program', policy: wanted } as const, open],
    ['tighter', 'a policy that was refused by a locked gateway', { kind: 'program', policy: wanted } as const, locked],
    ['tighter', 'a release that was refused', { kind: 'release' } as const, gatewayStatus],
  ])('has drifted, %s, by %s', (direction, _by, pending, status) => {
    const programmer = { wanted, pending, refusal: problem };
    expect(filterState({ ...good, link: up(status), programmer })).toEqual({ kind: 'drifted', direction, problem });
  });

  it('has drifted when the gateway refuses everything though it has the policy', () => {
    const inForce: RulesInForce = { kind: 'deny', reason: 'policy-expired', organizations: [], detail: 'expired' };
    expect(filterState({ ...good, link: up({ ...gatewayStatus, inForce }) })).toMatchObject({
      kind: 'drifted',
      direction: 'tighter',
      problem: { cause: 'expired' },
    });
  });
});
