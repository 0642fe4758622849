import { createHash, timingSafeEqual } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { PasswordLink } from '../../../shared/schemas/hub/people.ts';

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
  make: (link: OpenLink) => PasswordLink;
  /** undefined where the code is wrong, used or expired. */
  find: (code: string) => OpenLink | undefined;
  remove: (sub: string) => void;
}

/** @param now milliseconds since 1970 */
export function createPasswordLinks(deps: {
  database: DatabaseSync;
  issuer: string;
  now: () => number;
  random: (bytes: number) => Buffer;
}): PasswordLinks {
  const { database, issuer, now, random } = deps;
  const upsert = database.prepare(
    `INSERT INTO password_links (sub, id, secret, org, purpose, expires_at) VALUES (:sub, :id, :secret, :org, :purpose, :until)
     ON CONFLICT (sub) DO UPDATE
     SET id = :id, secret = :secret, org = :org, purpose = :purpose, expires_at = :until`,
  );
  const select = database.prepare('SELECT sub, org, purpose, secret, expires_at FROM password_links WHERE id = ?');
  const remove = database.prepare('DELETE FROM password_links WHERE sub = ?');

  return {
    make: (link) => {
      const id = random(ID_BYTES).toString('base64url');
      const secret = random(SECRET_BYTES).toString('base64url');
      const until = now() + LINK_MS;
      upsert.run({ ...link, id, secret: hash(secret).toString('base64url'), until });
      return { url: `${issuer}${LINK_PATH}${id}${secret}`, expiresAt: new Date(until).toISOString() };
    },
    find: (code) => {
      if (!CODE.test(code)) return undefined;
      const row = LinkRow.optional().parse(select.get(code.slice(0, ID_LENGTH)));
      if (row === undefined || row.expires_at <= now()) return undefined;
      const isRight = timingSafeEqual(hash(code.slice(ID_LENGTH)), Buffer.from(row.secret, 'base64url'));
      return isRight ? { sub: row.sub, org: row.org, purpose: row.purpose } : undefined;
    },
    remove: (sub) => void remove.run(sub),
  };
}

/** Enough for 192 random bits; only passwords need a slow one. */
function hash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
