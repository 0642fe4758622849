import { CompactSign, type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose';
import type { IdTokenAlgorithm } from '../../shared/policy/provider-keys.ts';

/** Stands in for an OpenID provider's signing key: signs whatever it is told to, also what no provider would. */
export interface IdTokenSigner {
  /** As it stands in the provider's JWKS. */
  jwk: JWK;
  token(claims?: Record<string, unknown>, header?: Record<string, unknown>): Promise<string>;
}

export const PROVIDER = 'https://login.acme.example';
export const CLIENT = 'portcullis-desktop';

/** @param at seconds since 1970: when its tokens are issued, unless they say something else */
export async function createIdTokenSigner(
  alg: IdTokenAlgorithm = 'RS256',
  { kid = `${alg}-1`, at = () => Math.floor(Date.now() / 1000) }: { kid?: string; at?: () => number } = {},
): Promise<IdTokenSigner> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return {
    jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' },
    token: (claims = {}, header = {}) => sign(privateKey, claims, { alg, kid, typ: 'JWT', ...header }, at()),
  };
}

function sign(
  key: CryptoKey,
  claims: Record<string, unknown>,
  header: Record<string, unknown>,
  iat: number,
): Promise<string> {
  const { alg, ...rest } = header;
  const all = { iss: PROVIDER, sub: 'mia', aud: CLIENT, iat, exp: iat + 3600, groups: ['acme'], ...claims };
  const named = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return new CompactSign(new TextEncoder().encode(JSON.stringify(named)))
    .setProtectedHeader({
      alg: String(alg),
      ...Object.fromEntries(Object.entries(rest).filter(([, v]) => v !== undefined)),
    })
    .sign(key);
}
