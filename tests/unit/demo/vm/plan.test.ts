import { describe, expect, it } from 'vitest';
import { applyPlan, type Step, undoPlan, verifyPlan } from '../../../../main/demo/vm/plan.ts';

/** A step that writes down what is asked of it, and fails where told to. */
function step(title: string, diary: string[], failing: 'apply' | 'undo' | 'verify' | 'nothing' = 'nothing'): Step {
  const note = async (what: 'apply' | 'undo') => {
    diary.push(`${what} ${title}`);
    if (failing === what) throw new Error(`cannot ${what} ${title}`);
  };
  return {
    title,
    apply: () => note('apply'),
    undo: () => note('undo'),
    verify: async () => (failing === 'verify' ? 'it is gone' : null),
  };
}

describe('a plan', () => {
  it('is applied in order and undone last first', async () => {
    const diary: string[] = [];
    const plan = [step('a', diary), step('b', diary)];
    await applyPlan(plan);
    await undoPlan(plan);
    expect(diary).toEqual(['apply a', 'apply b', 'undo b', 'undo a']);
  });

  it('undoes the step that failed and those before it, and throws its error', async () => {
    const diary: string[] = [];
    const plan = [step('a', diary), step('b', diary, 'apply'), step('c', diary)];
    await expect(applyPlan(plan)).rejects.toThrow('cannot apply b');
    expect(diary).toEqual(['apply a', 'apply b', 'undo b', 'undo a']);
  });

  it('undoes the remaining steps after one that cannot be undone, then reports it', async () => {
    const diary: string[] = [];
    await expect(undoPlan([step('a', diary), step('b', diary, 'undo')])).rejects.toThrow('cannot undo b');
    expect(diary).toEqual(['undo b', 'undo a']);
  });

  it('names each step that is not in place', async () => {
    expect(await verifyPlan([step('a', []), step('b', [], 'verify')])).toEqual(['b: it is gone']);
  });
});
