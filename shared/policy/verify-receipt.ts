import { calculateJwkThumbprint, compactVerify, decodeProtectedHeader, importJWK } from 'jose';
import { z } from 'zod';
import { printable } from '../printable.ts';
import { problem } from '../problems/catalogue.ts';
import { failure, type Result, success } from '../problems/problem.ts';
import { MAX_RECEIPT_BYTES, RECEIPT_CLOCK_SKEW, RECEIPT_TYP, ReceiptClaims, ReceiptKey } from '../schemas/receipt.ts';
import { firstIssue } from './signed-document.ts';

/** No other member: `kid`, `jku`, `x5c` and their like would name another key, `crit` and `b64` change what is signed. */
const Header = z.strictObject({ alg: z.literal('ES256'), typ: z.literal(RECEIPT_TYP), jwk: ReceiptKey });

export interface ReceiptExpectations {
  /** The hub's own issuer. */
  aud: string;
  org: string;
  /** Seconds since 1970. */
  now: number;
}

/**
 * Verifies a receipt: size, header, signature by the key in it, claims, that `iss` is the key's thumbprint, hub, organization, time, in this
 * order. Problems have the codes `receipt-invalid`, `receipt-other-hub`, `receipt-other-organization`, `receipt-clock-wrong`.
 *
 * That it verifies says only that whoever has the key signed it. Whether the key is a machine's, and whether the nonce is ours and unused,
 * the hub looks up afterwards.
 */
export async function verifyReceipt(
  jws: string,
  { aud, org, now }: ReceiptExpectations,
): Promise<Result<ReceiptClaims>> {
  // A string is at most as many bytes as characters where it is base64url; where it is not, it is not opened at all.
  if (jws.length > MAX_RECEIPT_BYTES) return invalid(`${jws.length} characters`);
  const opened = await open(jws);
  if (typeof opened === 'string') return invalid(opened);
  const claims = ReceiptClaims.safeParse(opened.payload);
  if (!claims.success) return invalid(firstIssue(claims.error));
  const { iss, iat } = claims.data;
  if (iss !== opened.thumbprint) return invalid('iss is not the thumbprint of the key');
  if (claims.data.aud !== aud) {
    return failure(problem('receipt-other-hub', {}, { cause: `aud is "${printable(claims.data.aud)}"` }));
  }
  if (claims.data.org !== org) {
    return failure(problem('receipt-other-organization', { organization: claims.data.org }));
  }
  if (Math.abs(iat - now) > RECEIPT_CLOCK_SKEW) {
    const cause = `signed at ${iat}, received at ${Math.floor(now)}`;
    return failure(problem('receipt-clock-wrong', { minutes: Math.round((iat - now) / 60) }, { cause }));
  }
  return success(claims.data);
}

async function open(jws: string): Promise<{ payload: unknown; thumbprint: string } | string> {
  try {
    const header = Header.safeParse(decodeProtectedHeader(jws));
    if (!header.success) return firstIssue(header.error);
    const { jwk } = header.data;
    const { payload } = await compactVerify(jws, await importJWK(jwk, 'ES256'), { algorithms: ['ES256'] });
    return {
      payload: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)),
      thumbprint: await calculateJwkThumbprint(jwk, 'sha256'),
    };
  } catch (error) {
    return error instanceof Error ? error.message : 'it cannot be opened';
  }
}

function invalid(cause: string) {
  return failure(problem('receipt-invalid', {}, { cause: printable(cause, 300) }));
}
