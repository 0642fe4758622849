import { describe, expect, it } from 'vitest';
import { afterReceipt, type KeptMachine, NEVER_SEEN } from '../../../../main/hub/machines/after-receipt.ts';
import type { ReceiptClaims } from '../../../../shared/schemas/receipt.ts';
import { enforcingClaims } from '../../../support/signing-gateway.ts';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const issuer = 'https://hub.acme.example';
const ENROLLED: KeptMachine = { ...NEVER_SEEN, facts: { ...NEVER_SEEN.facts, enrolledAt: NOW - 1 } };

/** Receipts, one after the other, each at so many minutes. */
function keptAfter(...receipts: [minutes: number, change?: Partial<ReceiptClaims>][]): KeptMachine {
  return receipts.reduce((kept, [minutes, change]) => {
    const now = NOW + minutes * MINUTE;
    return afterReceipt(kept, enforcingClaims(now / 1000, change), { issuer, now });
  }, ENROLLED);
}

const free = { attachment: null } as const;
const isClone = (kept: KeptMachine): boolean => kept.facts.clonedAt !== null;

describe('what is kept after a receipt', () => {
  it('says since when a machine does not enforce, until it does again', () => {
    expect(keptAfter([0])).toMatchObject({ standing: 'enforcing', notEnforcingSince: null });
    expect(keptAfter([0], [5, free], [60, free])).toMatchObject({
      standing: 'not-enforcing',
      notEnforcingSince: NOW + 5 * MINUTE,
    });
    expect(keptAfter([0], [5, free], [60])).toMatchObject({ standing: 'enforcing', notEnforcingSince: null });
  });

  it('tells what may be a wake from sleep from what lasts', () => {
    const woken = { attachment: { kind: 'unknown', code: 'attachment-audit-stale' } } as const;
    expect(keptAfter([0, woken]).transient).toBe(true);
    expect(keptAfter([0, { probes: [] }]).transient).toBe(true);
    expect(keptAfter([0, free]).transient).toBe(false);
    expect(keptAfter([0, { ...woken, place: 'trial' }]).transient).toBe(false);
  });

  it('remembers when root’s audit last proved the wall, over restarts of the gateway', () => {
    expect(keptAfter([0], [600, { probes: [] }]).standing).toBe('enforcing');
    expect(keptAfter([0], [25 * 60, { probes: [] }]).standing).toBe('not-enforcing');
    // As old as the receipt says that it is: the audit sends one each hour.
    const probes = (view: 'engine' | 'workload', hoursAgo: number) => ({
      probes: [{ wall: 'dns' as const, view, at: NOW / 1000 - hoursAgo * 3600 }],
    });
    expect(keptAfter([0, probes('engine', 1)]).standing).toBe('enforcing');
    expect(keptAfter([0, probes('engine', 25)]).standing).toBe('not-enforcing');
    expect(keptAfter([0], [60, probes('engine', 9)]).facts.probedAt).toBe(keptAfter([0]).facts.probedAt);
    // One of the workloads' view proves nothing about the engine.
    expect(keptAfter([0, probes('workload', 0)]).standing).toBe('not-enforcing');
  });

  it('says since when everything is blocked', () => {
    const deny = { effective: { kind: 'deny', reason: 'policy-expired' }, revision: null } as const;
    expect(keptAfter([0], [1, deny], [9, deny]).facts.deniedSince).toBe(NOW + MINUTE);
    expect(keptAfter([0, deny], [1]).facts.deniedSince).toBeNull();
  });

  it('is what the newer one said, where an older one comes late', () => {
    const kept = afterReceipt(keptAfter([10]), enforcingClaims((NOW + MINUTE) / 1000, free), {
      issuer,
      now: NOW + 11 * MINUTE,
    });
    expect(kept.standing).toBe('enforcing');
    expect(kept.facts.lastAt).toBe(NOW + 10 * MINUTE);
  });
});

describe('one key on two machines', () => {
  it('is seen by the other identity, and stays flagged', () => {
    const other = { machine: '00000000-0000-4000-8000-000000000000' };
    const kept = keptAfter([0], [10, other]);
    expect(isClone(kept)).toBe(true);
    expect(kept.standing).toBe('unverified');
    expect(isClone(keptAfter([0], [10, other], [20]))).toBe(true);
    // Also by one that comes late.
    expect(isClone(keptAfter([10], [0, other]))).toBe(true);
  });

  it('is seen by a generation that goes back, as that of neither does', () => {
    expect(isClone(keptAfter([0, { generation: 9 }], [10, { generation: 8 }]))).toBe(true);
    expect(isClone(keptAfter([0, { generation: 9 }], [10, { generation: 9 }], [20, { generation: 30 }]))).toBe(false);
  });

  it('is not seen in two receipts that overtook each other', () => {
    expect(isClone(keptAfter([10, { generation: 9 }], [0, { generation: 8 }]))).toBe(false);
  });

  it('is not the first receipt of a machine that was enrolled before it reported', () => {
    expect(isClone(keptAfter([0, { generation: 0 }]))).toBe(false);
  });
});

describe('a code', () => {
  it('enrols, and one that is void says so until a good one comes', () => {
    const claims = enforcingClaims(NOW / 1000);
    const bad = afterReceipt(NEVER_SEEN, claims, { issuer, now: NOW, enrolment: 'void' });
    expect(bad).toMatchObject({ standing: 'unverified', facts: { codeVoid: true, enrolledAt: null } });
    const good = afterReceipt(bad, claims, { issuer, now: NOW, enrolment: 'enrolled' });
    expect(good).toMatchObject({ standing: 'enforcing', facts: { codeVoid: false, enrolledAt: NOW } });
  });

  it('makes no clone good', () => {
    const clone = keptAfter([0], [1, { machine: '00000000-0000-4000-8000-000000000000' }]);
    const claims = enforcingClaims(NOW / 1000 + 120);
    expect(afterReceipt(clone, claims, { issuer, now: NOW, enrolment: 'enrolled' }).standing).toBe('unverified');
  });
});
