import { sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../store/database.ts';
import type { ExternalName } from './person-in-claims.ts';

const IdentityRow = z.object({
  issuer: z.string(),
  external_sub: z.string(),
  sub: z.string(),
  refresh_token: z.string(),
  checked_at: z.number(),
});

/** An account that belongs to a person of the provider, and whose roles are to be renewed. */
export interface Identity extends ExternalName {
  /** The hub's own name for the account. */
  account: string;
  /** Sealed. */
  refreshToken: string;
  /** Milliseconds since 1970: when the provider last said what this person may do. */
  checkedAt: number;
}

export interface IdentityStore {
  /** @returns the account; undefined for a person who has never signed in */
  find: (name: ExternalName) => Promise<string | undefined>;
  isExternal: (account: string) => Promise<boolean>;
  /** The provider has confirmed this person. @param at milliseconds since 1970 */
  confirm: (name: ExternalName, account: string, refreshToken: string, at: number) => Promise<void>;
  /** Nothing is renewed any more until the person signs in again. */
  forgetToken: (account: string) => Promise<void>;
  /**
   * Takes some of those that were last checked before `dueBefore`, so that no other replica asks for them until `claimedUntil`.
   * Milliseconds since 1970.
   */
  claimDue: (dueBefore: number, now: number, claimedUntil: number, limit: number) => Promise<Identity[]>;
  /** Accounts that can sign in with a password of this hub. */
  ownAccounts: () => Promise<string[]>;
}

/** Which account belongs to which person of the provider. */
export function createIdentityStore(database: Database): IdentityStore {
  return {
    find: async ({ issuer, sub }) => {
      const row = await database.get(
        sql`SELECT sub FROM external_identities WHERE issuer = ${issuer} AND external_sub = ${sub}`,
      );
      return row === undefined ? undefined : String(row.sub);
    },
    isExternal: async (account) =>
      (await database.get(sql`SELECT sub FROM external_identities WHERE sub = ${account}`)) !== undefined,
    confirm: async ({ issuer, sub }, account, refreshToken, at) => {
      await database.run(
        sql`INSERT INTO external_identities (issuer, external_sub, sub, refresh_token, checked_at, claimed_until)
            VALUES (${issuer}, ${sub}, ${account}, ${refreshToken}, ${at}, 0)
            ON CONFLICT (issuer, external_sub) DO UPDATE SET refresh_token = excluded.refresh_token,
              checked_at = excluded.checked_at, claimed_until = 0`,
      );
    },
    forgetToken: async (account) => {
      await database.run(sql`UPDATE external_identities SET refresh_token = NULL WHERE sub = ${account}`);
    },
    claimDue: async (dueBefore, now, claimedUntil, limit) => {
      const rows = await database.all(
        sql`UPDATE external_identities SET claimed_until = ${claimedUntil}
            WHERE claimed_until <= ${now} AND refresh_token IS NOT NULL AND sub IN (
              SELECT sub FROM external_identities
              WHERE refresh_token IS NOT NULL AND checked_at <= ${dueBefore} AND claimed_until <= ${now}
              ORDER BY checked_at, sub LIMIT ${limit}
            )
            RETURNING issuer, external_sub, sub, refresh_token, checked_at`,
      );
      return rows.map((row) => {
        const { issuer, external_sub, sub, refresh_token, checked_at } = IdentityRow.parse(row);
        return { issuer, sub: external_sub, account: sub, refreshToken: refresh_token, checkedAt: checked_at };
      });
    },
    ownAccounts: async () => {
      const rows = await database.all(
        sql`SELECT u.sub FROM users u WHERE NOT EXISTS (SELECT 1 FROM external_identities e WHERE e.sub = u.sub)`,
      );
      return rows.map(({ sub }) => String(sub));
    },
  };
}
