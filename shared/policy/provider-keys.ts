import { z } from 'zod';

/**
 * A public key of an OpenID provider (JWK, RFC 7517): only what is needed to verify with it, so that nothing else of the provider's is
 * kept. `kid` is optional there (OpenID Connect Core section 10.1), `alg` too.
 */
export const ProviderKey = z.object({
  kid: z.string().max(256).optional(),
  kty: z.enum(['RSA', 'EC', 'OKP']),
  alg: z.enum(['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']).optional(),
  crv: z.string().max(16).optional(),
  x: z.string().max(128).optional(),
  y: z.string().max(128).optional(),
  /** At most 8,192 bits: what a longer one costs to verify is for nobody else to choose. */
  n: z.string().max(1400).optional(),
  e: z.string().max(8).optional(),
});
export type ProviderKey = z.infer<typeof ProviderKey>;

/** The only algorithms that an ID token is accepted with. RFC 8725 section 3.1: the key decides, never the token alone. */
export type IdTokenAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'EdDSA';

export const MAX_PROVIDER_KEYS = 64;
/** For how long a key still counts that the provider has stopped publishing. Seconds, from when it was last seen there. */
export const GONE_KEY_COUNTS = 24 * 3600;
/** Without an answer of the provider for so long, no new token is verified by what is kept. Seconds: the longest life of a membership. */
export const KEYS_KEPT = 168 * 3600;

/** What is kept of a provider's keys. Times in seconds since 1970. */
export const ProviderKeySet = z.object({
  issuer: z.string(),
  /** When the provider last answered. */
  fetched: z.number(),
  /** `gone`: the last answer was without it, even where one in the same second was not. */
  keys: z.array(ProviderKey.extend({ seen: z.number(), gone: z.literal(true).optional() })).max(4 * MAX_PROVIDER_KEYS),
});
export type ProviderKeySet = z.infer<typeof ProviderKeySet>;

const Published = z.object({ keys: z.array(z.unknown()).max(1000) });
const Purpose = z.object({ use: z.string().optional(), key_ops: z.array(z.string()).optional() });
/** RFC 7518 section 6.3.1.1: 2,048 bits are 342 characters of base64url. */
const MIN_MODULUS = 342;

/**
 * The keys of a JWKS that an ID token may be signed with; others (for encryption, of unknown kinds, too short) are left out, as RFC 7517
 * section 5 wants it. null where it is no JWKS.
 */
export function publishedKeys(jwks: unknown): ProviderKey[] | null {
  const published = Published.safeParse(jwks);
  if (!published.success) return null;
  return published.data.keys
    .flatMap((entry) => {
      const key = ProviderKey.safeParse(entry);
      const purpose = Purpose.safeParse(entry);
      return key.success && purpose.success && isForSignatures(purpose.data) && algorithmsOf(key.data).length > 0
        ? [key.data]
        : [];
    })
    .slice(0, MAX_PROVIDER_KEYS);
}

function isForSignatures({ use, key_ops }: z.infer<typeof Purpose>): boolean {
  return (use === undefined || use === 'sig') && (key_ops === undefined || key_ops.includes('verify'));
}

/** What a key may verify: its own `alg` where it names one. Empty for a key that is not whole. */
export function algorithmsOf({ kty, alg, crv, x, y, n, e }: ProviderKey): IdTokenAlgorithm[] {
  if (kty === 'RSA') {
    if (n === undefined || e === undefined || n.length < MIN_MODULUS) return [];
    return (['RS256', 'PS256'] as const).filter((each) => alg === undefined || alg === each);
  }
  if (kty === 'EC') {
    return crv === 'P-256' && x !== undefined && y !== undefined && (alg === undefined || alg === 'ES256')
      ? ['ES256']
      : [];
  }
  const isEdDsa = alg === undefined || alg === 'EdDSA' || alg === 'Ed25519';
  return crv === 'Ed25519' && x !== undefined && isEdDsa ? ['EdDSA'] : [];
}

/**
 * The key set after an answer of the provider. A key that is no longer published is kept until it has not been seen for a day: whoever
 * holds a token that it has just signed is not locked out by a rotation.
 *
 * @param now seconds since 1970
 */
export function withPublished(
  before: ProviderKeySet | null,
  issuer: string,
  published: readonly ProviderKey[],
  now: number,
): ProviderKeySet {
  const current = published.map((key) => ({ ...key, seen: now }));
  const known = before?.issuer === issuer ? before.keys : [];
  const gone = known
    .filter((key) => now < key.seen + GONE_KEY_COUNTS && !current.some((each) => isSameKey(each, key)))
    .map((key) => ({ ...key, gone: true as const }));
  return { issuer, fetched: now, keys: [...current, ...gone].slice(0, 4 * MAX_PROVIDER_KEYS) };
}

/**
 * The keys that count now: those of the last answer, however long ago it was, and those gone since for less than a day. A provider that
 * does not answer changes nothing.
 *
 * @param issuer the one that the administrator names now
 * @param now seconds since 1970
 */
export function countingKeys(set: ProviderKeySet | null, issuer: string, now: number): ProviderKey[] {
  if (set?.issuer !== issuer) return [];
  return set.keys.filter(({ seen, gone }) => (seen === set.fetched && !gone) || now < seen + GONE_KEY_COUNTS);
}

/** Whether the provider has been silent for so long that no new token is verified by what is kept of it. */
export function areKeysTooOld(set: ProviderKeySet, now: number): boolean {
  return now >= set.fetched + KEYS_KEPT;
}

/** The same material under the same name. */
export function isSameKey(one: ProviderKey, other: ProviderKey): boolean {
  return providerKeyMaterial(one) === providerKeyMaterial(other);
}

function providerKeyMaterial({ kid, kty, crv, x, y, n, e }: ProviderKey): string {
  return JSON.stringify([kid, kty, crv, x, y, n, e]);
}
