import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64url } from '../../../../shared/policy/base64url.ts';

const decode = (text: string) => decodeBase64url(Buffer.from(text));

describe('base64url', () => {
  it('gives back what was encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decode(Buffer.from(bytes).toString('base64url'))).toEqual(bytes);
      }),
    );
  });
  it('has one encoding for each value: everything else is refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'AQgwZz09-_+/= \n'), maxLength: 8 }), (text) => {
        const decoded = decode(text);
        if (decoded !== null) expect(Buffer.from(decoded).toString('base64url')).toBe(text);
        else expect(Buffer.from(text, 'base64url').toString('base64url')).not.toBe(text);
      }),
      { numRuns: 2000 },
    );
  });
});
