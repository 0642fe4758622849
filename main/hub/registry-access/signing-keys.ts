import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { PolicyKeys } from '../../../shared/policy/keys.ts';
import { SigningKey } from './compact-jws.ts';

/** One signing key per organization, so that pinning acme's key trusts nothing else that this hub serves. */
export interface SigningKeys {
  create: (org: string) => void;
  /** @throws if the organization has none, which is a defect */
  of: (org: string) => SigningKey;
  /** The public halves, each naming its organization: what an administrator pins. */
  published: () => PolicyKeys;
}

export function createSigningKeys(database: DatabaseSync, random: (bytes: number) => Buffer): SigningKeys {
  const insert = database.prepare('INSERT INTO signing_keys (kid, org, jwk) VALUES (?, ?, ?)');
  const select = database.prepare('SELECT jwk FROM signing_keys WHERE org = ? ORDER BY rowid DESC LIMIT 1');
  const selectAll = database.prepare('SELECT org, jwk FROM signing_keys ORDER BY rowid');
  const parse = (jwk: unknown): SigningKey => SigningKey.parse(JSON.parse(z.string().parse(jwk)));
  return {
    create: (org) => {
      const key = generate(random);
      insert.run(key.kid, org, JSON.stringify(key));
    },
    of: (org) => {
      const row = select.get(org);
      if (row === undefined) throw new Error(`no signing key for ${org}`);
      return parse(row.jwk);
    },
    published: () => ({
      keys: selectAll.all().map(({ org, jwk }) => {
        const { kid, kty, crv, x } = parse(jwk);
        return { kid, kty, crv, x, alg: 'EdDSA' as const, use: 'sig' as const, organizations: [String(org)] };
      }),
    }),
  };
}

/** An Ed25519 key from 32 random bytes (RFC 8032 section 5.1.5); the `kid` is its thumbprint (RFC 7638, RFC 8037). */
function generate(random: (bytes: number) => Buffer): SigningKey {
  // PKCS #8 (RFC 8410 section 7): Node takes no bare seed, and this prefix is all there is around one.
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), random(32)]);
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const { x } = z.object({ x: z.string() }).parse(createPublicKey(privateKey).export({ format: 'jwk' }));
  const { d } = z.object({ d: z.string() }).parse(privateKey.export({ format: 'jwk' }));
  const thumbprint = createHash('sha256').update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }));
  return { kid: thumbprint.digest('base64url'), kty: 'OKP', crv: 'Ed25519', x, d };
}
