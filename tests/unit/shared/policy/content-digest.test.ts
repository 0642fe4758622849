import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contentDigest } from '../../../../shared/policy/content-digest.ts';

const claims = {
  iss: 'https://hub.example',
  org: 'acme',
  revision: 7,
  iat: 1,
  exp: 2,
  registries: [{ address: 'ghcr.io', nickname: 'GitHub' }, { address: 'quay.io' }],
};

describe('the digest of what a policy says', () => {
  it('is fixed, because it is kept on disk', async () => {
    const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest();
    const text =
      '{"iss":"https://hub.example","org":"acme",' +
      '"registries":[{"address":"ghcr.io","nickname":"GitHub"},{"address":"quay.io"}],"revision":7}';
    expect(await contentDigest(claims)).toBe(sha256(sha256(text)).toString('hex'));
  });

  it('does not depend on when it was signed, nor on the order of keys', async () => {
    const { iss, ...rest } = claims;
    const registries = [{ nickname: 'GitHub', address: 'ghcr.io' }, { address: 'quay.io' }];
    expect(await contentDigest({ ...rest, registries, exp: 99, iat: 98, iss })).toBe(await contentDigest(claims));
  });

  it.each([
    ['a nickname', { registries: [{ address: 'ghcr.io', nickname: 'Github' }, { address: 'quay.io' }] }],
    ['the order of lines', { registries: [...claims.registries].reverse() }],
    ['a line fewer', { registries: claims.registries.slice(1) }],
    [
      'text moved from one member to another',
      { registries: [{ address: 'ghcr.io","nickname":"GitHub' }, { address: 'quay.io' }] },
    ],
    ['a claim that nobody knows', { future: null }],
    ['iat and exp further in', { registries: [...claims.registries, { address: 'x', exp: 1 }] }],
  ])('depends on %s', async (_what, change) => {
    expect(await contentDigest({ ...claims, ...change })).not.toBe(await contentDigest(claims));
  });

  it('depends on every line of a long list', async () => {
    const registries = Array.from({ length: 60_000 }, (_, i) => ({ address: `registry-${i}.acme.example` }));
    const whole = await contentDigest({ registries });
    for (const at of [0, 25_000, 59_999]) {
      expect(await contentDigest({ registries: registries.with(at, { address: 'x' }) })).not.toBe(whole);
    }
  });

  it('is the same for the same JSON, and only for that', async () => {
    const value = fc.dictionary(fc.string(), fc.jsonValue());
    await fc.assert(
      fc.asyncProperty(value, value, async (one, two) => {
        const plain = (json: object) =>
          JSON.parse(JSON.stringify(json, (key, member) => (['iat', 'exp'].includes(key) ? undefined : member)));
        const [a, b] = [plain(one), plain(two)];
        expect(await contentDigest(structuredClone(a))).toBe(await contentDigest(a));
        const same = fc.stringify(a) === fc.stringify(b);
        if (!same) expect((await contentDigest(a)) === (await contentDigest(b))).toBe(false);
      }),
    );
  });
});
