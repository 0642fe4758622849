import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNewer } from '../../../shared/newer-version.ts';

describe('a newer version', () => {
  it.each([
    ['0.2.0', '0.1.9', true],
    ['0.10.0', '0.9.0', true],
    ['1.0.0', '1.0.0-rc.1', true],
    ['1.0.0-rc.1', '1.0.0', false],
    ['1.0.0+build', '1.0.0', false],
    ['0.1.0', '0.1.0', false],
    ['1.0', '0.9.0', false],
    ['', '0.1.0', false],
    ['9.9.9', 'newest', false],
  ])('%s than %s: %s', (version, than, newer) => expect(isNewer(version, than)).toBe(newer));

  it('is never newer than one that is newer than it', () => {
    const version = fc
      .tuple(fc.nat(30), fc.nat(30), fc.nat(30), fc.constantFrom('', '-rc.1'))
      .map(([a, b, c, pre]) => `${a}.${b}.${c}${pre}`);
    fc.assert(
      fc.property(version, version, (one, other) => {
        expect(isNewer(one, other) && isNewer(other, one)).toBe(false);
        if (one !== other) expect(isNewer(one, other) || isNewer(other, one)).toBe(true);
      }),
    );
  });
});
