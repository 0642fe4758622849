import { createPrivateKey, type JsonWebKey, type KeyObject, sign } from 'node:crypto';
import { z } from 'zod';

/** An Ed25519 private key as a JWK (RFC 8037), as it is stored and handed to worker threads. */
export const SigningKey = z.object({
  kid: z.string(),
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  d: z.string(),
});
export type SigningKey = z.infer<typeof SigningKey>;

/**
 * A compact JWS (RFC 7515 section 7.1) with `alg: EdDSA` (RFC 8037). Ed25519 is deterministic: equal payloads give
 * equal documents. Built from buffers, because a payload may have a hundred megabytes, and each copy costs that much.
 */
export function signCompact(payload: Uint8Array, typ: string, key: SigningKey): Buffer {
  const header = JSON.stringify({ alg: 'EdDSA', kid: key.kid, typ });
  const signed = Buffer.from(`${base64url(Buffer.from(header))}.${base64url(payload)}`, 'latin1');
  const signature = sign(null, signed, privateKeyOf(key));
  return Buffer.concat([signed, Buffer.from(`.${base64url(signature)}`, 'latin1')]);
}

/** A hub has a key or two for each organization; more are forgotten, the oldest first. */
const MAX_PARSED = 256;
const parsed = new Map<string, KeyObject>();

/** Parsing a key takes longer than signing a membership proof with it. */
function privateKeyOf({ kty, crv, x, d }: SigningKey): KeyObject {
  const known = parsed.get(d);
  if (known !== undefined) return known;
  const jwk: JsonWebKey = { kty, crv, x, d };
  const key = createPrivateKey({ format: 'jwk', key: jwk });
  if (parsed.size >= MAX_PARSED) parsed.delete(parsed.keys().next().value ?? d);
  parsed.set(d, key);
  return key;
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}
