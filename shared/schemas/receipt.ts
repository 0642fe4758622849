import { z } from 'zod';
import { OrganizationName } from '../policy/schema.ts';
import { View } from '../reasons.ts';
import { EngineId, Hold } from './attachment.ts';
import { Verdict } from './managed-config.ts';

/** `typ` of a receipt: a compact JWS with ES256, whose header carries the key (`jwk`). */
export const RECEIPT_TYP = 'registry-receipt+jwt';
/** Of the whole JWS. */
export const MAX_RECEIPT_BYTES = 32 * 1024;
/** How far the clocks of gateway and hub may be apart, in seconds. */
export const RECEIPT_CLOCK_SKEW = 300;

const NumericDate = z.number().int().min(0);
/** A code of the problem catalogue, also one of a newer version. */
const Code = z.string().regex(/^[a-z0-9-]{1,64}$/);

/** A public key on P-256 (RFC 7518 section 6.2.1), and nothing beside it. */
export const ReceiptKey = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  y: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});
export type ReceiptKey = z.infer<typeof ReceiptKey>;

/** What the audit of root found, as far as a receipt tells. No sentences: they name paths and processes. */
export const ReceiptAttachment = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('audited'),
    at: NumericDate,
    findings: z
      .array(z.object({ code: Code, severity: z.enum(['open', 'weakened']), engine: EngineId.nullable().catch(null) }))
      .max(100),
    engines: z.array(z.object({ id: z.string().max(64), running: z.boolean(), hold: Hold })).max(20),
  }),
  /** An audit is expected, and none is to be had. */
  z.object({ kind: z.literal('unknown'), code: Code }),
]);
export type ReceiptAttachment = z.infer<typeof ReceiptAttachment>;

/**
 * What a gateway says of itself, signed with the key of its own state. It proves what that gateway did, not that the machine has no other
 * way out: docs/security.md says what follows from it. All times are seconds since 1970.
 */
export const ReceiptClaims = z.object({
  /** The RFC 7638 thumbprint of the key. */
  iss: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  /** The hub's issuer. */
  aud: z.string().min(1).max(2048),
  iat: NumericDate,
  /** The hub's, single use. */
  nonce: z.string().min(1).max(256),
  /** Which organization it is meant for; the gateway need not enforce its policy. */
  org: OrganizationName,
  /** Made together with the key; another one where the state was copied to another machine. */
  machine: z.uuid(),
  /** Of `org`, and in force; null otherwise. */
  revision: z.number().int().min(0).nullable(),
  /** `iss` of that policy. */
  policyIssuer: z.string().max(2048).nullable(),
  generation: z.number().int().min(0),
  effective: z.object({ kind: z.enum(['policy', 'open', 'deny']), reason: Code.nullable() }),
  /** Does the managed configuration name the organizations? */
  managed: Verdict,
  keysPinned: z.boolean(),
  /** The user it runs as; null on Windows, which has none. */
  uid: z.number().int().min(0).nullable(),
  /** Whose account that is, as far as the system tells. */
  account: z.enum(['root', 'service', 'user', 'unknown']),
  /** `trial`: its configuration comes from a folder, not from where only administrators can write. */
  place: z.enum(['system', 'trial']),
  version: z.string().min(1).max(64),
  /** null where no engine is attached. */
  attachment: ReceiptAttachment.nullable(),
  /** When each wall last saw a nonce that root's audit made. Nothing that a user can start is among them. */
  probes: z.array(z.object({ wall: z.enum(['dns', 'proxy']), view: View, at: NumericDate })).max(4),
  /** That it knows a one-time code which only root could have told it (`main/platform/enrolment/`). */
  enrolment: z.object({ id: z.string().max(64), proof: z.string().max(128) }).optional(),
});
export type ReceiptClaims = z.infer<typeof ReceiptClaims>;

/** So many first characters of the thumbprint does support ask for, and does every screen show. */
export function shortId(jkt: string): string {
  return jkt.slice(0, 12);
}
