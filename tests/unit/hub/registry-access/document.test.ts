import { describe, expect, it } from 'vitest';
import { isCurrent, type PolicyDocument } from '../../../../main/hub/registry-access/document.ts';

const HOUR = 3600;
const iat = 1_800_000_000;
const document: PolicyDocument = {
  iss: 'https://hub',
  kid: 'k',
  revision: 1,
  iat,
  exp: iat + 72 * HOUR,
  jws: Buffer.of(),
};
const at = (now: number) => ({ iss: 'https://hub', kid: 'k', now });

describe('a signed policy is served', () => {
  it.each([
    ['from the moment it was signed', iat, true],
    ['until just before half of its life', iat + 36 * HOUR - 1, true],
    ['no longer once half of its life has passed', iat + 36 * HOUR, false],
    ['if the clock was set back a little', iat - 300, true],
    ['no longer if the clock was set back by more', iat - 301, false],
  ])('%s', (_when, now, expected) => {
    expect(isCurrent(document, at(now))).toBe(expected);
  });

  it('only with the current issuer and key', () => {
    expect(isCurrent(document, { ...at(iat), iss: 'https://other' })).toBe(false);
    expect(isCurrent(document, { ...at(iat), kid: 'other' })).toBe(false);
  });
});
