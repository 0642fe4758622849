import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { PolicyKeys } from '../../../shared/policy/keys.ts';
import { KEYS_TYP } from '../../../shared/policy/schema.ts';
import type { OrganizationKeys } from '../../../shared/schemas/hub-schema.ts';
import { subscribe } from '../../../shared/subscribe.ts';
import { transaction } from '../store/database.ts';
import { SigningKey, signCompact } from './compact-jws.ts';

/**
 * One signing key per organization, so that pinning acme's key trusts nothing else this hub serves. To replace a key, its
 * successor is announced first: published so that it can be pinned everywhere, not signing yet. The replaced key stays
 * published until everything it signed has expired, and is then deleted.
 */
export interface SigningKeys {
  create: (org: string) => void;
  /** The key that signs now. @throws if the organization has none, which is a defect */
  signingKey: (org: string) => SigningKey;
  /** The public keys, each with its organization: what an administrator pins. */
  published: () => PolicyKeys;
  /**
   * The public keys of this key's organization as a JWS signed by it, for clients without pinned keys that know only this
   * one. @returns undefined where there is no such key
   */
  publishedSignedBy: (kid: string) => Buffer | undefined;
  states: (org: string) => OrganizationKeys;
  /** Creates the successor. @returns its `kid`, or null where there is one already */
  announce: (org: string) => string | null;
  /**
   * Signs with the successor from now on.
   *
   * @param until when everything that the present key has signed has expired; milliseconds since 1970
   * @returns false where this key is not announced
   */
  use: (org: string, kid: string, until: number) => boolean;
  /** Called after each change of the published keys. @returns how to stop listening */
  onChange: (listener: () => void) => () => void;
}

/** Clients ask for the signed keys at the moment they need them. */
const SIGNED_KEYS_SECONDS = 3600;

const Jwk = z.string().transform((text) => SigningKey.parse(JSON.parse(text)));
const KeyRow = z.object({
  org: z.string(),
  jwk: Jwk,
  state: z.enum(['announced', 'signing', 'retiring']),
  until: z.number().nullable(),
});

/** @param now milliseconds since 1970 */
export function createSigningKeys(
  database: DatabaseSync,
  random: (bytes: number) => Buffer,
  now: () => number,
): SigningKeys {
  const insert = database.prepare('INSERT INTO signing_keys (kid, org, jwk, state) VALUES (?, ?, ?, ?)');
  const selectAll = database.prepare('SELECT org, jwk, state, until FROM signing_keys ORDER BY rowid');
  const selectByState = database.prepare('SELECT jwk FROM signing_keys WHERE org = ? AND state = ?');
  const retireSigning = database.prepare(
    "UPDATE signing_keys SET state = 'retiring', until = ? WHERE org = ? AND state = 'signing'",
  );
  const promote = database.prepare("UPDATE signing_keys SET state = 'signing' WHERE kid = ?");
  const deleteRetired = database.prepare("DELETE FROM signing_keys WHERE state = 'retiring' AND until <= ?");
  const listeners = new Set<() => void>();

  return {
    create: (org) => {
      insertKey(org, 'signing');
    },
    signingKey: (org) => {
      const key = find(org, 'signing');
      if (key === undefined) throw new Error(`no signing key for ${org}`);
      return key;
    },
    published,
    publishedSignedBy: (kid) => {
      const row = liveRows().find(({ jwk }) => jwk.kid === kid);
      if (row === undefined) return undefined;
      const iat = Math.floor(now() / 1000);
      const keys = published().keys.filter(({ organizations }) => organizations.includes(row.org));
      const claims = { iat, exp: iat + SIGNED_KEYS_SECONDS, keys };
      return signCompact(Buffer.from(JSON.stringify(claims)), KEYS_TYP, row.jwk);
    },
    states: (org) => ({
      keys: liveRows()
        .filter((row) => row.org === org)
        .map(({ jwk: { kid }, state, until }) => ({
          kid,
          state,
          until: until === null ? null : new Date(until).toISOString(),
        })),
    }),
    announce: (org) => (find(org, 'announced') === undefined ? insertKey(org, 'announced') : null),
    use: (org, kid, until) => {
      if (find(org, 'announced')?.kid !== kid) return false;
      transaction(database, () => {
        retireSigning.run(until, org);
        promote.run(kid);
      });
      notifyListeners();
      return true;
    },
    onChange: (listener) => subscribe(listeners, listener),
  };

  function published(): PolicyKeys {
    return {
      keys: liveRows().map(({ org, jwk: { kid, kty, crv, x } }) => ({
        kid,
        kty,
        crv,
        x,
        alg: 'EdDSA' as const,
        use: 'sig' as const,
        organizations: [org],
      })),
    };
  }

  function liveRows(): z.infer<typeof KeyRow>[] {
    deleteRetired.run(now());
    return selectAll.all().map((row) => KeyRow.parse(row));
  }

  function find(org: string, state: 'announced' | 'signing'): SigningKey | undefined {
    const row = selectByState.get(org, state);
    return row === undefined ? undefined : Jwk.parse(row.jwk);
  }

  function insertKey(org: string, state: 'announced' | 'signing'): string {
    const key = generateKey(random);
    insert.run(key.kid, org, JSON.stringify(key), state);
    notifyListeners();
    return key.kid;
  }

  function notifyListeners(): void {
    for (const listener of listeners) listener();
  }
}

/** An Ed25519 key from 32 random bytes (RFC 8032 section 5.1.5); the `kid` is its thumbprint (RFC 7638, RFC 8037). */
function generateKey(random: (bytes: number) => Buffer): SigningKey {
  // Node imports no bare seed, so it is wrapped as PKCS #8 (RFC 8410 section 7): a constant prefix.
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), random(32)]);
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  const { x } = z.object({ x: z.string() }).parse(createPublicKey(privateKey).export({ format: 'jwk' }));
  const { d } = z.object({ d: z.string() }).parse(privateKey.export({ format: 'jwk' }));
  const thumbprint = createHash('sha256').update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }));
  return { kid: thumbprint.digest('base64url'), kty: 'OKP', crv: 'Ed25519', x, d };
}
