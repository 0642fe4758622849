import { z } from 'zod';
import { OrganizationName } from './schema.ts';

/**
 * A public key that may sign for the organizations it names. A plain JWK (RFC 7517) with one member of ours,
 * `organizations`; private members are rejected, so that nobody pins a signing key by mistake.
 */
export const PolicyKey = z
  .object({
    kid: z.string().min(1).max(256),
    kty: z.enum(['OKP', 'EC']),
    crv: z.enum(['Ed25519', 'P-256']),
    x: z.string().min(1).max(256),
    y: z.string().min(1).max(256).optional(),
    alg: z.enum(['EdDSA', 'ES256']).optional(),
    use: z.literal('sig').optional(),
    organizations: z.array(OrganizationName).min(1).max(1000),
    d: z.undefined('is part of a private key: pin only the public key').optional(),
  })
  .refine((key) => (key.kty === 'OKP' ? key.crv === 'Ed25519' : key.crv === 'P-256' && key.y !== undefined), {
    message: 'must be an OKP key with Ed25519, or an EC key with P-256, x and y',
  });
export type PolicyKey = z.infer<typeof PolicyKey>;

/** JWKS (RFC 7517 section 5). */
export const PolicyKeys = z.object({ keys: z.array(PolicyKey).min(1).max(64) });
export type PolicyKeys = z.infer<typeof PolicyKeys>;

/** The only algorithm a key may be used with; `alg` in a header must equal it (RFC 8725 section 3.1). */
export function algorithmOf(key: PolicyKey): 'EdDSA' | 'ES256' {
  return key.kty === 'OKP' ? 'EdDSA' : 'ES256';
}

export function keysFor(keys: PolicyKeys | null, org: string): PolicyKey[] {
  return (keys?.keys ?? []).filter((key) => key.organizations.includes(org));
}
