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
 * One signing key per organization, so that pinning acme's key trusts nothing else that this hub serves. To be replaced a key
 * has a successor, which is published before it signs anything, so that it can be pinned everywhere first; and it stays
 * published until nothing that it signed is good any more. Then it is forgotten.
 */
export interface SigningKeys {
  create: (org: string) => void;
  /** The one that signs now. @throws if the organization has none, which is a defect */
  of: (org: string) => SigningKey;
  /** The public halves, each naming its organization: what an administrator pins. */
  published: () => PolicyKeys;
  /** What the key says of its organization's keys, signed by it: for machines that know it and nobody has pinned. undefined: no such key */
  introduction: (kid: string) => Buffer | undefined;
  states: (org: string) => OrganizationKeys;
  /** Makes a successor, where there is none yet. @returns false: there is one */
  announce: (org: string) => boolean;
  /**
   * Signs with the successor from now on.
   *
   * @param until when nothing that the present key has signed is good any more; milliseconds since 1970.
   * @returns false: this key is not announced
   */
  use: (org: string, kid: string, until: number) => boolean;
  /** Called after each change of what is published. @returns the way to stop listening */
  onChange: (listener: () => void) => () => void;
}

/** It is asked for at the moment when it is needed. */
const INTRODUCTION_SECONDS = 3600;

const Jwk = z.string().transform((text) => SigningKey.parse(JSON.parse(text)));
const Row = z.object({
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
  const select = database.prepare('SELECT org, jwk, state, until FROM signing_keys ORDER BY rowid');
  const selectOne = database.prepare('SELECT jwk FROM signing_keys WHERE org = ? AND state = ?');
  const retire = database.prepare(
    "UPDATE signing_keys SET state = 'retiring', until = ? WHERE org = ? AND state = 'signing'",
  );
  const promote = database.prepare("UPDATE signing_keys SET state = 'signing' WHERE kid = ?");
  const forget = database.prepare("DELETE FROM signing_keys WHERE state = 'retiring' AND until <= ?");
  const listeners = new Set<() => void>();

  const rows = (): z.infer<typeof Row>[] => {
    forget.run(now());
    return select.all().map((row) => Row.parse(row));
  };
  const find = (org: string, state: 'announced' | 'signing'): SigningKey | undefined => {
    const row = selectOne.get(org, state);
    return row === undefined ? undefined : Jwk.parse(row.jwk);
  };
  const make = (org: string, state: 'announced' | 'signing'): void => {
    const key = generate(random);
    insert.run(key.kid, org, JSON.stringify(key), state);
    tell();
  };
  const tell = (): void => {
    for (const listener of listeners) listener();
  };

  const published = (): PolicyKeys => ({
    keys: rows().map(({ org, jwk: { kid, kty, crv, x } }) => {
      return { kid, kty, crv, x, alg: 'EdDSA' as const, use: 'sig' as const, organizations: [org] };
    }),
  });

  return {
    create: (org) => make(org, 'signing'),
    of: (org) => {
      const key = find(org, 'signing');
      if (key === undefined) throw new Error(`no signing key for ${org}`);
      return key;
    },
    published,
    introduction: (kid) => {
      const row = rows().find(({ jwk }) => jwk.kid === kid);
      if (row === undefined) return undefined;
      const iat = Math.floor(now() / 1000);
      const keys = published().keys.filter(({ organizations }) => organizations.includes(row.org));
      return signCompact(
        Buffer.from(JSON.stringify({ iat, exp: iat + INTRODUCTION_SECONDS, keys })),
        KEYS_TYP,
        row.jwk,
      );
    },
    states: (org) => ({
      keys: rows()
        .filter((row) => row.org === org)
        .map(({ jwk: { kid }, state, until }) => ({
          kid,
          state,
          until: until === null ? null : new Date(until).toISOString(),
        })),
    }),
    announce: (org) => {
      if (find(org, 'announced') !== undefined) return false;
      make(org, 'announced');
      return true;
    },
    use: (org, kid, until) => {
      if (find(org, 'announced')?.kid !== kid) return false;
      transaction(database, () => {
        retire.run(until, org);
        promote.run(kid);
      });
      tell();
      return true;
    },
    onChange: (listener) => subscribe(listeners, listener),
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
