import { describe, expect, it } from 'vitest';
import { isSameIssuer, policyIssuerOf } from '../../../../shared/policy/issuer.ts';

describe('who issues policies', () => {
  it('is the policy issuer, or else the server; never the OpenID provider', () => {
    expect(policyIssuerOf({ policyIssuer: 'https://a.example', hub: 'https://b.example' })).toBe('https://a.example');
    expect(policyIssuerOf({ hub: 'https://b.example' })).toBe('https://b.example');
    const settings = { issuer: 'https://login.example' };
    expect(policyIssuerOf(settings)).toBeNull();
  });

  it.each([
    ['https://a.example', 'https://a.example/', true],
    ['https://a.example', 'https://A.EXAMPLE:443', true],
    ['https://a.example/tenant', 'https://a.example/tenant/', true],
    ['no URL', 'no URL', true],
    ['https://a.example', 'http://a.example', false],
    ['https://a.example', 'https://a.example:8443', false],
    ['https://a.example', 'https://a.example.evil.example', false],
    ['https://a.example', 'https://a.example@evil.example', false],
    ['https://a.example', 'https://a.example/?', false],
    ['https://a.example/a', 'https://a.example/A', false],
    ['a', 'b', false],
  ])('%s and %s: %s', (one, other, same) => {
    expect(isSameIssuer(one, other)).toBe(same);
  });
});
