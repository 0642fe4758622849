import { describe, expect, it } from 'vitest';
import type { PolicyJob, PolicyJobResult } from '../../../../main/gateway/policy/policy-job.ts';
import { createPolicyJobRunner } from '../../../../main/gateway/policy/run-policy-job.ts';
import { type Result, success } from '../../../../shared/problems/problem.ts';

const LIMITS = { small: 5, large: 5 };
const DONE: Result<PolicyJobResult> = success({ policy: null, membership: null });

const offer = (text?: string): PolicyJob => ({
  ...{ kind: 'program', policy: { file: '/f', text }, membership: null, keys: { keys: [] } },
  ...{ organizations: null, idToken: null, issuer: null, highest: [], now: 0, store: '/s' },
});
const refusal = { ok: false, problem: { code: 'policy-unreadable' } };

describe('an offer that takes too long', () => {
  it('is refused, and two that hang keep files out until they end', async () => {
    const hung: PromiseWithResolvers<Result<PolicyJobResult>>[] = [];
    let isHanging = true;
    const run = createPolicyJobRunner(
      async () => {
        if (!isHanging) return DONE;
        hung.push(Promise.withResolvers());
        return hung.at(-1)?.promise ?? DONE;
      },
      async () => 0,
      LIMITS,
    );
    expect(await run(offer())).toMatchObject(refusal);
    expect(await run(offer())).toMatchObject(refusal);
    isHanging = false;
    // Not even asked.
    expect(await run(offer())).toMatchObject({
      ...refusal,
      problem: { cause: '2 other files are still being opened' },
    });
    expect(await run(offer('the document itself'))).toEqual(DONE);
    for (const each of hung) each.resolve(DONE);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await run(offer())).toEqual(DONE);
  });

  it('is refused where even its size cannot be asked', async () => {
    const run = createPolicyJobRunner(
      async () => DONE,
      () => new Promise(() => undefined),
      LIMITS,
    );
    expect(await run(offer())).toMatchObject(refusal);
  });

  it('does not concern what the gateway has stored itself, however long that takes', async () => {
    const run = createPolicyJobRunner(
      () => new Promise((resolve) => setTimeout(resolve, 50, DONE)),
      async () => 0,
      LIMITS,
    );
    expect(await run({ kind: 'load', policy: null, membership: null, idToken: null, owner: undefined })).toEqual(DONE);
  });
});
