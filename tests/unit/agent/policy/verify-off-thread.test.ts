import { describe, expect, it } from 'vitest';
import { verifyOffThread } from '../../../../main/agent/policy/verify-off-thread.ts';
import { decide } from '../../../../shared/decide.ts';
import { registryLine } from '../../../../shared/rule-set/lines.ts';
import { createPolicySigner } from '../../../support/policy-signer.ts';

describe('a policy that is judged aside', () => {
  it.each([
    ['in place', 10],
    ['in a thread', 20_000],
  ])('comes out %s ready to be asked, with %i lines', async (_where, count) => {
    const signer = await createPolicySigner();
    const registries = Array.from({ length: count }, (_, index) => ({
      address: `r${index}.example`,
      nickname: 'Ünïque',
    }));
    const judge = async (document: string) =>
      verifyOffThread({ document, keys: { keys: [signer.publicKey] }, org: 'acme', now: Date.now() / 1000, seed: 7 });
    const judged = await judge(await signer.policy({ registries }));
    if (!judged.ok) throw new Error(judged.problem.message);
    const { summary, rules, mark } = judged.value;
    expect(summary).toMatchObject({ org: 'acme', revision: 1, registries: count, skipped: 0 });
    expect(mark).toMatchObject({ org: 'acme', revision: 1, exp: summary.exp });
    expect(decide(rules, 'engine', `r${count - 1}.example`)).toMatchObject({
      allowed: true,
      registry: `r${count - 1}.example`,
    });
    expect(decide(rules, 'engine', 'gcr.io').allowed).toBe(false);
    expect(registryLine(rules.lines, 3)).toMatchObject({ address: 'r3.example', nickname: 'Ünïque' });
    const stranger = await createPolicySigner(['acme'], 'other');
    expect(await judge(await stranger.policy({ registries }))).toMatchObject({
      ok: false,
      problem: { code: 'policy-key-unknown' },
    });
  });
});
