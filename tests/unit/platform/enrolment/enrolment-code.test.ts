import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  codeId,
  codeKey,
  codeProof,
  isProofOf,
  makeCode,
  normalizeCode,
} from '../../../../main/platform/enrolment/enrolment-code.ts';

const SCOPE = { jkt: 'k'.repeat(43), aud: 'https://hub.example', org: 'acme' };

describe('an enrolment code', () => {
  it('can be typed as it is read', () => {
    const code = makeCode(randomBytes);
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}$/);
    const letters = code.replaceAll('-', '');
    for (const typed of [code, code.toLowerCase(), ` ${code}\n`, letters, code.replaceAll('-', ' ')]) {
      expect(normalizeCode(typed)).toBe(letters);
    }
    expect(normalizeCode('oil00-00000-00000-00000-00000')).toBe('0110000000000000000000000');
  });

  it.each(['', 'ABCDE', 'U'.repeat(25), '0'.repeat(26), 'é'.repeat(25)])('is not %j', (text) => {
    expect(normalizeCode(text)).toBeNull();
  });

  it('is proven to the hub that keeps only its key, for one key, hub and organization', () => {
    const code = normalizeCode(makeCode(randomBytes)) ?? '';
    const proof = codeProof(code, SCOPE);
    expect(isProofOf(codeKey(code), SCOPE, proof)).toBe(true);
    for (const other of [{ jkt: 'o'.repeat(43) }, { aud: 'https://other.example' }, { org: 'umbrella' }]) {
      expect(isProofOf(codeKey(code), { ...SCOPE, ...other }, proof)).toBe(false);
    }
    expect(isProofOf(codeKey('1'.repeat(25)), SCOPE, proof)).toBe(false);
    expect(isProofOf(codeKey(code), SCOPE, '')).toBe(false);
  });

  it('cannot be told from what is sent or kept of it', () => {
    const code = normalizeCode(makeCode(randomBytes)) ?? '';
    for (const text of [codeId(code), codeKey(code), codeProof(code, SCOPE)]) expect(text).not.toContain(code);
    // The key by which a proof is made cannot be computed from what a receipt says.
    expect(codeKey(code).startsWith(codeId(code))).toBe(false);
  });
});
