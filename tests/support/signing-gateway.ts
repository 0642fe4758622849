import { CompactSign, calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { RECEIPT_TYP, type ReceiptClaims } from '../../shared/schemas/receipt.ts';

/** A gateway of a machine, as far as a hub sees it: a key, and receipts that say whatever a test wants. */
export interface SigningGateway {
  jkt: string;
  sign: (claims: Partial<ReceiptClaims>) => Promise<string>;
}

/** Enforcing, with Docker behind the wall and root's audit proving it. @param at seconds since 1970 */
export function enforcingClaims(at: number, change: Partial<ReceiptClaims> = {}): ReceiptClaims {
  const iss = 'k'.repeat(43);
  const aud = 'https://hub.acme.example';
  return {
    ...{ iss, aud, iat: at, nonce: 'nonce', org: 'acme', policyIssuer: aud, revision: 1, generation: 4 },
    ...{ managed: 'present', keysPinned: true, uid: 0, account: 'root', place: 'system', version: '0.1.0' },
    machine: '6f1a0f0e-5b1c-4a58-9d4e-0f6f5c1b7a11',
    effective: { kind: 'policy', reason: null },
    attachment: {
      ...{ kind: 'audited', at: at - 30, findings: [] },
      engines: [{ id: 'docker', running: true, hold: 'wall' }],
    },
    probes: [{ wall: 'proxy', view: 'engine', at: at - 60 }],
    ...change,
  };
}

export async function signingGateway(aud: string, org = 'acme'): Promise<SigningGateway> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const { kty = 'EC', crv = '', x = '', y = '' } = await exportJWK(publicKey);
  const jwk = { kty, crv, x, y };
  const jkt = await calculateJwkThumbprint(jwk);
  const machine = crypto.randomUUID();
  const claims = { iss: jkt, aud, org, policyIssuer: aud, machine };
  return {
    jkt,
    sign: (change) => {
      const at = change.iat ?? Math.floor(Date.now() / 1000);
      const payload = { ...enforcingClaims(at, claims), ...change };
      return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
        .setProtectedHeader({ alg: 'ES256', typ: RECEIPT_TYP, jwk })
        .sign(privateKey);
    },
  };
}
