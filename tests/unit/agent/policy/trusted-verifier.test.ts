import { describe, expect, it } from 'vitest';
import { createTrustedVerifier, Rejection } from '../../../../main/agent/policy/trusted-verifier.ts';
import type { PolicyKeys } from '../../../../shared/policy/keys.ts';
import { failure, ProblemError, type Result, success } from '../../../../shared/problems/problem.ts';

const keyNamed = (kid: string): PolicyKeys => ({
  keys: [{ kid, kty: 'OKP', crv: 'Ed25519', x: 'x', organizations: ['acme'] }],
});
const old = keyNamed('old');
const successor = keyNamed('new');
const { signal } = new AbortController();
/** A document that was signed by the successor. */
const verify =
  (code: string) =>
  async (keys: PolicyKeys): Promise<Result<string>> =>
    keys === successor ? success('verified') : failure({ code, message: 'No.' });

async function verifier(introduced: (() => Promise<PolicyKeys | null>) | null) {
  return createTrustedVerifier({ keys: async () => old, introduced }, signal);
}

describe('a document', () => {
  it.each(['policy-key-unknown', 'membership-key-unknown'])(
    'by a key that nobody knows (%s) is verified by the successors of those that are known',
    async (code) => {
      let asked = 0;
      const by = await verifier(async () => {
        asked += 1;
        return successor;
      });
      expect(await by(verify(code))).toBe('verified');
      expect(await by(verify(code))).toBe('verified');
      expect(asked).toBe(1);
    },
  );

  it('that is wrong in another way is rejected without asking anybody', async () => {
    const by = await verifier(async () => {
      throw new Error('asked');
    });
    await expect(by(verify('policy-signature'))).rejects.toBeInstanceOf(Rejection);
  });

  it.each<[string, (() => Promise<PolicyKeys | null>) | null]>([
    ['no successors can be introduced', null],
    ['there is none', async () => null],
    ['it cannot be asked for', () => Promise.reject(new Error('offline'))],
  ])('by a key that nobody knows is rejected where %s', async (_why, introduced) => {
    const by = await verifier(introduced);
    await expect(by(verify('policy-key-unknown'))).rejects.toMatchObject({
      problem: { code: 'policy-key-unknown' },
      constructor: Rejection,
    });
  });
});

it('a missing key is a rejection, and a server that cannot be asked for one is not', async () => {
  const without = (code: string) =>
    createTrustedVerifier(
      { keys: () => Promise.reject(new ProblemError({ code, message: 'No.' })), introduced: null },
      signal,
    );
  await expect(without('no-policy-key')).rejects.toMatchObject({ constructor: Rejection });
  await expect(without('offline')).rejects.toMatchObject({ constructor: ProblemError });
});
