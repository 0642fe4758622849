import { createHash, createPrivateKey, createPublicKey } from 'node:crypto';
import { sql } from 'kysely';
import { z } from 'zod';
import type { PolicyKeys } from '../../../shared/policy/keys.ts';
import { KEYS_TYP } from '../../../shared/policy/schema.ts';
import type { OrganizationKeys } from '../../../shared/schemas/hub-schema.ts';
import { subscribe } from '../../../shared/subscribe.ts';
import { type Changes, createOwnChanges } from '../store/changes.ts';
import type { Database, Row } from '../store/database.ts';
import { placeOf } from '../store/places.ts';
import { SigningKey, signCompact } from './compact-jws.ts';

/**
 * One signing key per organization, so that pinning acme's key trusts nothing else this hub serves. To replace a key, its
 * successor is announced first: published so that it can be pinned everywhere, not signing yet. The replaced key stays
 * published until everything it signed has expired, and is then deleted.
 */
export interface SigningKeys {
  create: (org: string) => Promise<void>;
  /** The key that signs now. @throws if the organization has none, which is a defect */
  signingKey: (org: string) => Promise<SigningKey>;
  /** The public keys, each with its organization: what an administrator pins. */
  published: () => Promise<PolicyKeys>;
  /**
   * The public keys of this key's organization as a JWS signed by it, for clients without pinned keys that know only this
   * one. @returns undefined where there is no such key
   */
  publishedSignedBy: (kid: string) => Promise<Buffer | undefined>;
  states: (org: string) => Promise<OrganizationKeys>;
  /** Creates the successor. @returns its `kid`, or null where there is one already */
  announce: (org: string) => Promise<string | null>;
  /**
   * Signs with the successor from now on.
   *
   * @param until when everything that the present key has signed has expired; milliseconds since 1970
   * @returns false where this key is not announced
   */
  use: (org: string, kid: string, until: number) => Promise<boolean>;
  /** Called after each change of the published keys. @returns how to stop listening */
  onChange: (listener: () => void) => () => void;
}

/** Clients ask for the signed keys at the moment they need them. */
const SIGNED_KEYS_SECONDS = 3600;

/** A key or two of each organization. */
const MAX_PARSED = 1_000;

const Sealed = z.object({ kid: z.string(), jwk: z.string() });
const KeyRow = z.object({
  org: z.string(),
  state: z.enum(['announced', 'signing', 'retiring']),
  until: z.number().nullable(),
});

/** @param now milliseconds since 1970 */
export function createSigningKeys(
  database: Database,
  random: (bytes: number) => Buffer,
  now: () => number,
  changes: Changes = createOwnChanges(database),
): SigningKeys {
  const listeners = new Set<() => void>();
  /** What was parsed before, by what was stored. */
  const parsed = new Map<string, SigningKey>();
  changes.onChange(({ kind }) => {
    if (kind === 'keys') for (const listener of listeners) listener();
  });

  return {
    create: async (org) => {
      await insertKey(org, 'signing');
    },
    signingKey: async (org) => {
      const key = await find(org, 'signing');
      if (key === undefined) throw new Error(`no signing key for ${org}`);
      return key;
    },
    published,
    publishedSignedBy: async (kid) => {
      const row = (await liveRows()).find(({ jwk }) => jwk.kid === kid);
      if (row === undefined) return undefined;
      const iat = Math.floor(now() / 1000);
      const keys = (await published()).keys.filter(({ organizations }) => organizations.includes(row.org));
      const claims = { iat, exp: iat + SIGNED_KEYS_SECONDS, keys };
      return signCompact(Buffer.from(JSON.stringify(claims)), KEYS_TYP, row.jwk);
    },
    states: async (org) => ({
      keys: (await liveRows())
        .filter((row) => row.org === org)
        .map(({ jwk: { kid }, state, until }) => ({
          kid,
          state,
          until: until === null ? null : new Date(until).toISOString(),
        })),
    }),
    announce: (org) =>
      database.transaction(async () =>
        (await find(org, 'announced')) === undefined ? insertKey(org, 'announced') : null,
      ),
    use: (org, kid, until) =>
      database.transaction(async () => {
        if ((await find(org, 'announced'))?.kid !== kid) return false;
        await database.run(
          sql`UPDATE signing_keys SET state = 'retiring', until = ${until} WHERE org = ${org} AND state = 'signing'`,
        );
        await database.run(sql`UPDATE signing_keys SET state = 'signing' WHERE kid = ${kid}`);
        await changes.tell({ kind: 'keys' });
        return true;
      }),
    onChange: (listener) => subscribe(listeners, listener),
  };

  async function published(): Promise<PolicyKeys> {
    return {
      keys: (await liveRows()).map(({ org, jwk: { kid, kty, crv, x } }) => ({
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

  /** Those of an organization in the order in which they were made. What has retired is deleted. */
  async function liveRows(): Promise<(z.infer<typeof KeyRow> & { jwk: SigningKey })[]> {
    const rows = await database.all(sql`
      SELECT org, kid, jwk, state, until FROM signing_keys
      ORDER BY org, CASE state WHEN 'retiring' THEN 0 WHEN 'signing' THEN 1 ELSE 2 END, until, kid`);
    const keys = rows.map((row) => ({ ...KeyRow.parse(row), jwk: opened(row) }));
    const at = now();
    const live = keys.filter(({ state, until }) => state !== 'retiring' || until === null || until > at);
    if (live.length < keys.length) {
      await database.run(sql`DELETE FROM signing_keys WHERE state = 'retiring' AND until <= ${at}`);
    }
    return live;
  }

  async function find(org: string, state: 'announced' | 'signing'): Promise<SigningKey | undefined> {
    const [row] = await database.lookUp(sql`SELECT kid, jwk FROM signing_keys WHERE org = ${org} AND state = ${state}`);
    return row === undefined ? undefined : opened(row);
  }

  async function insertKey(org: string, state: 'announced' | 'signing'): Promise<string> {
    const key = generateKey(random);
    const jwk = database.vault.seal(placeOf('signing_keys', key.kid), JSON.stringify(key));
    await database.run(sql`
      INSERT INTO signing_keys (kid, org, jwk, state) VALUES (${key.kid}, ${org}, ${jwk}, ${state})`);
    await changes.tell({ kind: 'keys' });
    return key.kid;
  }

  function opened(row: Row): SigningKey {
    const { kid, jwk } = Sealed.parse(row);
    const text = database.vault.open(placeOf('signing_keys', kid), jwk);
    const known = parsed.get(text);
    if (known !== undefined) return known;
    const key = SigningKey.parse(JSON.parse(text));
    if (parsed.size >= MAX_PARSED) parsed.clear();
    parsed.set(text, key);
    return key;
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
