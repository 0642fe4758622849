import { CompactSign, calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { verifyReceipt } from '../../../../shared/policy/verify-receipt.ts';
import { MAX_RECEIPT_BYTES, RECEIPT_CLOCK_SKEW, type ReceiptClaims } from '../../../../shared/schemas/receipt.ts';

const NOW = 1_800_000_000;
const expected = { aud: 'https://hub.acme.example', org: 'acme', now: NOW };

interface Key {
  privateKey: CryptoKey;
  jwk: { kty: string; crv: string; x: string; y: string };
  jkt: string;
}

let key: Key;
let other: Key;
beforeAll(async () => {
  key = await newKey();
  other = await newKey();
});

async function newKey(): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const { kty = '', crv = '', x = '', y = '' } = await exportJWK(publicKey);
  const jwk = { kty, crv, x, y };
  return { privateKey, jwk, jkt: await calculateJwkThumbprint(jwk) };
}

function claims(change: Partial<ReceiptClaims> = {}): ReceiptClaims {
  return {
    ...{ iss: key.jkt, aud: expected.aud, iat: NOW, nonce: 'n0nce', org: 'acme' },
    ...{ machine: '6f1a0f0e-5b1c-4a58-9d4e-0f6f5c1b7a11', revision: 7, policyIssuer: expected.aud, generation: 9 },
    ...{ effective: { kind: 'policy', reason: null }, managed: 'present', keysPinned: true },
    ...{ uid: 0, account: 'root', place: 'system', version: '0.1.0', attachment: null, probes: [] },
    ...change,
  };
}

function signed(payload: unknown, header: Record<string, unknown> = {}, by: Key = key): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(payload));
  return new CompactSign(bytes)
    .setProtectedHeader({ alg: 'ES256', typ: 'registry-receipt+jwt', jwk: key.jwk, ...header })
    .sign(by.privateKey);
}

async function codeOf(jws: string): Promise<string | null> {
  const result = await verifyReceipt(jws, expected);
  return result.ok ? null : result.problem.code;
}

describe('verifying a receipt', () => {
  it('gives the claims of one that the key in it signed', async () => {
    expect(await verifyReceipt(await signed(claims()), expected)).toEqual({ ok: true, value: claims() });
  });

  it('does not take one that was edited on its way', async () => {
    const [header, , signature] = (await signed(claims())).split('.');
    const payload = Buffer.from(JSON.stringify(claims({ revision: 8 }))).toString('base64url');
    expect(await codeOf(`${header}.${payload}.${signature}`)).toBe('receipt-invalid');
  });

  it('does not take one in the name of another key', async () => {
    // Signed by the thief's own key, with the enrolled thumbprint as its issuer.
    expect(await codeOf(await signed(claims({ iss: key.jkt }), { jwk: other.jwk }, other))).toBe('receipt-invalid');
    // With the enrolled key in the header, which the thief cannot sign with.
    expect(await codeOf(await signed(claims(), {}, other))).toBe('receipt-invalid');
  });

  it.each([
    ['another type of document', { typ: 'registry-policy+jwt' }],
    ['a key that is to be fetched', { jku: 'https://evil.example/keys' }],
    ['a key id', { kid: 'x' }],
    ['a private key', { private: true }],
    ['no key', { jwk: undefined }],
  ])('does not take one with %s in its header', async (_, header) => {
    const own = 'private' in header ? { jwk: { ...key.jwk, d: key.jwk.x } } : header;
    expect(await codeOf(await signed(claims(), own))).toBe('receipt-invalid');
  });

  it('does not take one without a signature, or signed by a secret that is public', async () => {
    const [, payload] = (await signed(claims())).split('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'registry-receipt+jwt', jwk: key.jwk }));
    expect(await codeOf(`${none.toString('base64url')}.${payload}.`)).toBe('receipt-invalid');
    const secret = new TextEncoder().encode(key.jwk.x.padEnd(64, '0'));
    const hmac = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims())))
      .setProtectedHeader({ alg: 'HS256', typ: 'registry-receipt+jwt', jwk: key.jwk })
      .sign(secret);
    expect(await codeOf(hmac)).toBe('receipt-invalid');
  });

  it('does not take one that was made for another hub or organization', async () => {
    expect(await codeOf(await signed(claims({ aud: 'https://hub.other.example' })))).toBe('receipt-other-hub');
    expect(await codeOf(await signed(claims({ org: 'globex' })))).toBe('receipt-other-organization');
  });

  it('does not take one whose clock is off by more than five minutes, either way', async () => {
    for (const off of [RECEIPT_CLOCK_SKEW, -RECEIPT_CLOCK_SKEW]) {
      expect(await codeOf(await signed(claims({ iat: NOW + off })))).toBeNull();
      expect(await codeOf(await signed(claims({ iat: NOW + off + Math.sign(off) })))).toBe('receipt-clock-wrong');
    }
  });

  it.each([
    ['', 'receipt-invalid'],
    ['a.b.c', 'receipt-invalid'],
    ['x'.repeat(MAX_RECEIPT_BYTES + 1), 'receipt-invalid'],
  ])('does not open what is no receipt: %#', async (text, code) => {
    expect(await codeOf(text)).toBe(code);
  });

  it.each([
    ['a revision that is no number', { revision: '7' }],
    ['a machine without an id', { machine: 'laptop' }],
    ['a wall that is none', { probes: [{ wall: 'air', view: 'engine', at: 1 }] }],
    ['more probes than walls', { probes: Array.from({ length: 5 }, () => ({ wall: 'dns', view: 'engine', at: 1 })) }],
    ['a place that is none', { place: 'home' }],
  ])('does not take one with %s', async (_, change) => {
    expect(await codeOf(await signed({ ...claims(), ...change }))).toBe('receipt-invalid');
  });

  it('takes what a newer gateway adds, and leaves it out', async () => {
    const result = await verifyReceipt(await signed({ ...claims(), invented: 1 }), expected);
    expect(result).toEqual({ ok: true, value: claims() });
  });
});
