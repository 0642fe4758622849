import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  areKeysTooOld,
  countingKeys,
  GONE_KEY_COUNTS,
  KEYS_KEPT,
  type ProviderKey,
  type ProviderKeySet,
  withPublished,
} from '../../../../shared/policy/provider-keys.ts';

const ISSUER = 'https://login.acme.example';
const NOW = 1_800_000_000;
const HOUR = 3600;
const key = (kid: string): ProviderKey => ({ kid, kty: 'OKP', crv: 'Ed25519', x: kid });
const kids = (set: ProviderKeySet | null, now: number, issuer = ISSUER) =>
  countingKeys(set, issuer, now).map(({ kid }) => kid);

describe('the keys of a provider', () => {
  it('count from the first answer, and none before', () => {
    expect(kids(null, NOW)).toEqual([]);
    expect(kids(withPublished(null, ISSUER, [key('a'), key('b')], NOW), NOW)).toEqual(['a', 'b']);
  });

  it('count for a day after they were last seen, once they are gone', () => {
    const rotated = withPublished(withPublished(null, ISSUER, [key('a')], NOW), ISSUER, [key('b')], NOW + 6 * HOUR);
    expect(kids(rotated, NOW + 6 * HOUR)).toEqual(['b', 'a']);
    expect(kids(rotated, NOW + GONE_KEY_COUNTS - 1)).toEqual(['b', 'a']);
    expect(kids(rotated, NOW + GONE_KEY_COUNTS)).toEqual(['b']);
  });

  it('count on while the provider does not answer, but verify nothing new after a week', () => {
    const set = withPublished(null, ISSUER, [key('a')], NOW);
    expect(kids(set, NOW + 1000 * HOUR)).toEqual(['a']);
    expect(areKeysTooOld(set, NOW + KEYS_KEPT - 1)).toBe(false);
    expect(areKeysTooOld(set, NOW + KEYS_KEPT)).toBe(true);
  });

  it('are those of the provider that the administrator names now', () => {
    const set = withPublished(null, ISSUER, [key('a')], NOW);
    expect(kids(set, NOW, 'https://login.globex.example')).toEqual([]);
    expect(kids(withPublished(set, 'https://login.globex.example', [key('b')], NOW), NOW)).toEqual([]);
  });

  it('count only if they were published within a day, whatever the provider answers and when', () => {
    const answers = fc.array(
      fc.record({ after: fc.integer({ min: 0, max: 60 * HOUR }), keys: fc.subarray(['a', 'b', 'c', 'd']) }),
      { minLength: 1, maxLength: 12 },
    );
    fc.assert(
      fc.property(answers, fc.integer({ min: 0, max: 60 * HOUR }), (all, later) => {
        let set: ProviderKeySet | null = null;
        let now = NOW;
        const seen = new Map<string, number>();
        for (const { after, keys } of all) {
          now += after;
          set = withPublished(set, ISSUER, keys.map(key), now);
          for (const kid of keys) seen.set(kid, now);
        }
        const last = all.at(-1)?.keys ?? [];
        const expected = [...seen].filter(([kid, at]) => last.includes(kid) || now + later < at + GONE_KEY_COUNTS);
        expect(kids(set, now + later).sort()).toEqual(expected.map(([kid]) => kid).sort());
      }),
      // Two answers in one second, the second without the key.
      {
        examples: [
          [
            [
              { after: 0, keys: ['b'] },
              { after: 0, keys: [] },
            ],
            GONE_KEY_COUNTS,
          ],
        ],
      },
    );
  });
});
