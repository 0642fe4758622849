import { describe, expect, it } from 'vitest';
import type { Proof } from '../../../main/agent/enforcement/proof.ts';
import { checkResult } from '../../../main/agent/ipc-handlers.ts';
import type { FilterState } from '../../../shared/state/inputs.ts';
import { proof } from '../../support/agent-state.ts';
import { NOW, problem } from '../../support/snapshots.ts';

const verified: FilterState = { kind: 'verified', at: NOW, generation: 9 };
const noAnswer: Proof = { ...proof, walls: { ...proof.walls, dns: { kind: 'inconclusive', problem } } };
const unused = { kind: 'not-in-use', why: problem } as const;

describe('"Run checks"', () => {
  it('succeeds where this check has proven what is in force', () => {
    expect(checkResult(proof, verified)).toEqual({ verified: true, problem: null });
  });

  it('does not succeed by what an earlier check has proven', () => {
    expect(checkResult(noAnswer, verified)).toEqual({ verified: false, problem });
    const stopped: Proof = { ...noAnswer, engine: { kind: 'stopped', problem: null }, walls: proof.walls };
    expect(
      checkResult({ ...stopped, walls: { dns: unused, proxy: unused } }, { kind: 'engine-stopped' }),
    ).toMatchObject({
      verified: false,
      problem: { code: 'engine-not-running' },
    });
  });

  it('does not succeed while something else than the policy is in force', () => {
    expect(checkResult(proof, { kind: 'drifted', direction: 'tighter', problem })).toEqual({
      verified: false,
      problem,
    });
    expect(checkResult(proof, null)).toEqual({ verified: false, problem: null });
  });

  it('says that the gateway is away, where it could not even be begun', () => {
    expect(checkResult(null, { kind: 'failed', mode: 'denying', problem })).toEqual({ verified: false, problem });
    expect(checkResult(null, null)).toMatchObject({ verified: false, problem: { code: 'gateway-away' } });
  });
});
