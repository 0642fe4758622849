import { describe, expect, it } from 'vitest';
import { policyState } from '../../../../main/agent/policy/policy-state.ts';
import type { PolicySyncState } from '../../../../main/agent/policy/sync-state.ts';
import type { CompiledPolicy } from '../../../../main/agent/policy/verify-and-compile.ts';
import { NOW, policy, problem } from '../../../support/snapshots.ts';

const held = { summary: policy } as CompiledPolicy;
const synced: PolicySyncState = {
  org: 'acme',
  since: NOW - 3_600_000,
  held,
  membership: null,
  rejection: null,
  sync: { running: false, lastContact: NOW - 60_000, lastAttempt: NOW - 60_000, next: NOW + 60_000, problem: null },
  failures: 0,
  serverAhead: 0,
};
const stateOf = (change: Partial<PolicySyncState>, inForce: typeof policy | null = null, refused = null) =>
  policyState({ ...synced, ...change }, inForce, refused, 15, NOW);

describe('the policy that is held', () => {
  it('is fresh after a sync', () => {
    expect(stateOf({})).toEqual({ kind: 'fresh', policy });
  });

  it('is stale after a failed sync, and says why', () => {
    const state = stateOf({ failures: 1, sync: { ...synced.sync, problem } });
    expect(state).toEqual({ kind: 'stale', policy, problem });
  });

  it('is stale when there was no contact for twice the interval, though nothing failed', () => {
    const at = (minutes: number) => stateOf({ sync: { ...synced.sync, lastContact: NOW - minutes * 60_000 } }).kind;
    expect(at(30)).toBe('fresh');
    expect(at(31)).toBe('stale');
  });

  it('is expired at its end, whatever the last sync said', () => {
    const over = { ...policy, exp: NOW / 1000 };
    expect(stateOf({ held: { summary: over } as CompiledPolicy, rejection: problem })).toEqual({
      kind: 'expired',
      policy: over,
    });
  });

  it('stays when a newer one is refused, and that is said', () => {
    expect(stateOf({ rejection: problem, failures: 1 })).toEqual({ kind: 'rejected', problem, policy });
  });

  it('is none as long as none has come, and the time of waiting is known', () => {
    expect(stateOf({ held: null })).toEqual({ kind: 'none', since: synced.since, problem: null });
    expect(stateOf({ held: null, rejection: problem })).toEqual({ kind: 'rejected', problem, policy: null });
  });

  it('is the gateway’s where the agent has lost its own, or has an older one', () => {
    expect(stateOf({ held: null }, policy)).toEqual({ kind: 'fresh', policy });
    const newer = { ...policy, revision: policy.revision + 1 };
    expect(stateOf({}, newer)).toEqual({ kind: 'fresh', policy: newer });
  });

  it('is what the gateway holds where the gateway refused ours', () => {
    const older = { ...policy, revision: 6 };
    expect(policyState(synced, older, problem, 15, NOW)).toEqual({ kind: 'rejected', problem, policy: older });
  });
});
