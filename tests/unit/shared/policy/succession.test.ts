import { describe, expect, it } from 'vitest';
import { checkSuccession, type PolicyMark } from '../../../../shared/policy/succession.ts';

const seen: PolicyMark = {
  iss: 'https://hub.example',
  org: 'acme',
  revision: 7,
  iat: 1_000,
  exp: 2_000,
  contentDigest: 'aa',
};
const next = (change: Partial<PolicyMark>) => checkSuccession(seen, { ...seen, ...change });

describe('the policy after the highest one seen', () => {
  it('may be the first', () => {
    expect(checkSuccession(null, seen)).toEqual({ ok: true, value: 'newer' });
  });
  it('may have a higher revision, whatever it says', () => {
    expect(next({ revision: 8, contentDigest: 'bb', exp: 1_500 })).toEqual({ ok: true, value: 'newer' });
  });
  it('may say the same for longer', () => {
    expect(next({ iat: 1_500, exp: 2_500 })).toEqual({ ok: true, value: 'renewal' });
  });
  it('brings nothing new if it says the same for no longer', () => {
    expect(next({})).toEqual({ ok: true, value: 'same' });
    expect(next({ exp: 1_900 })).toEqual({ ok: true, value: 'same' });
  });
  it('must not have a lower revision, even if it says the same', () => {
    expect(next({ revision: 6, exp: 9_000 })).toMatchObject({ ok: false, problem: { code: 'policy-rollback' } });
  });
  it('must not say something else under the same revision', () => {
    expect(next({ contentDigest: 'bb', exp: 9_000 })).toMatchObject({ problem: { code: 'policy-equivocation' } });
  });
  it("is not measured against another organization's or issuer's", () => {
    expect(next({ org: 'globex', revision: 1 })).toEqual({ ok: true, value: 'newer' });
    expect(next({ iss: 'https://other.example', revision: 1 })).toEqual({ ok: true, value: 'newer' });
  });
});
