import { type CompactJWSHeaderParameters, CompactSign, exportJWK, generateKeyPair } from 'jose';
import type { PolicyKey } from '../../shared/policy/keys.ts';
import { MEMBERSHIP_TYP, type MembershipClaims, POLICY_TYP, type PolicyClaims } from '../../shared/policy/schema.ts';

/** Stands in for a hub's signing key: signs whatever it is told to, also what no hub would. */
export interface PolicySigner {
  publicKey: PolicyKey;
  sign(claims: object, typ: string): Promise<string>;
  policy(claims?: Partial<PolicyClaims>, header?: Partial<CompactJWSHeaderParameters>): Promise<string>;
  membership(claims?: Partial<MembershipClaims>, header?: Partial<CompactJWSHeaderParameters>): Promise<string>;
}

export const ISSUER = 'https://hub.acme.example';
const DAYS = 24 * 60 * 60;

/** A new Ed25519 key for the organizations, `acme` if none is named. */
export async function createPolicySigner(organizations: string[] = ['acme'], kid = 'test-1'): Promise<PolicySigner> {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const { x = '' } = await exportJWK(publicKey);
  const sign = (typ: string, claims: object, header?: Partial<CompactJWSHeaderParameters>): Promise<string> =>
    new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
      .setProtectedHeader({ alg: 'EdDSA', kid, typ, ...header })
      .sign(privateKey);
  const now = (): number => Math.floor(Date.now() / 1000);
  return {
    publicKey: { kid, kty: 'OKP', crv: 'Ed25519', x, organizations },
    sign: (claims, typ) => sign(typ, claims),
    policy: (claims, header) =>
      sign(
        POLICY_TYP,
        {
          iss: ISSUER,
          org: 'acme',
          revision: 1,
          iat: now(),
          exp: now() + 3 * DAYS,
          enabled: true,
          mode: 'enforce',
          registries: [],
          ...claims,
        },
        header,
      ),
    membership: (claims, header) =>
      sign(
        MEMBERSHIP_TYP,
        { iss: ISSUER, org: 'acme', sub: 'mia', iat: now(), exp: now() + 3 * DAYS, ...claims },
        header,
      ),
  };
}
