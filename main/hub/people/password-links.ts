import { createHash, timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import { z } from 'zod';
import type { PasswordLink } from '../../../shared/schemas/hub/people.ts';
import type { Database } from '../store/database.ts';

export const LINK_PATH = '/invitation/';
const LINK_MS = 7 * 24 * 3_600_000;
/** The first characters of a code name its row and are no secret; the rest is 192 random bits. */
const ID_BYTES = 9;
const ID_LENGTH = 12;
const SECRET_BYTES = 24;
const CODE = /^[\w-]{44}$/;

const LinkRow = z.object({
  sub: z.string(),
  org: z.string(),
  purpose: z.enum(['invitation', 'reset']),
  secret: z.string(),
  expires_at: z.number(),
});

export interface OpenLink {
  sub: string;
  /** The organization whose owner made it. */
  org: string;
  purpose: 'invitation' | 'reset';
}

/** Links to a page where a person sets a password: one for each account, for seven days and one use. Only a hash is kept. */
export interface PasswordLinks {
  /** Those before it are void from now on. */
  make: (link: OpenLink) => Promise<PasswordLink>;
  /** undefined where the code is wrong, used or expired. */
  find: (code: string) => Promise<OpenLink | undefined>;
  remove: (sub: string) => Promise<void>;
}

/** @param now milliseconds since 1970 */
export function createPasswordLinks(deps: {
  database: Database;
  issuer: string;
  now: () => number;
  random: (bytes: number) => Buffer;
}): PasswordLinks {
  const { database, issuer, now, random } = deps;

  return {
    make: async ({ sub, org, purpose }) => {
      const id = random(ID_BYTES).toString('base64url');
      const secret = random(SECRET_BYTES).toString('base64url');
      const until = now() + LINK_MS;
      await database.run(
        sql`INSERT INTO password_links (sub, id, secret, org, purpose, expires_at)
            VALUES (${sub}, ${id}, ${hash(secret).toString('base64url')}, ${org}, ${purpose}, ${until})
            ON CONFLICT (sub) DO UPDATE SET id = excluded.id, secret = excluded.secret, org = excluded.org,
              purpose = excluded.purpose, expires_at = excluded.expires_at`,
      );
      return { url: `${issuer}${LINK_PATH}${id}${secret}`, expiresAt: new Date(until).toISOString() };
    },
    find: async (code) => {
      if (!CODE.test(code)) return undefined;
      const row = LinkRow.optional().parse(
        await database.get(
          sql`SELECT sub, org, purpose, secret, expires_at FROM password_links WHERE id = ${code.slice(0, ID_LENGTH)}`,
        ),
      );
      if (row === undefined || row.expires_at <= now()) return undefined;
      const isRight = timingSafeEqual(hash(code.slice(ID_LENGTH)), Buffer.from(row.secret, 'base64url'));
      return isRight ? { sub: row.sub, org: row.org, purpose: row.purpose } : undefined;
    },
    remove: async (sub) => {
      await database.run(sql`DELETE FROM password_links WHERE sub = ${sub}`);
    },
  };
}

/** Enough for 192 random bits; only passwords need a slow one. */
function hash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
