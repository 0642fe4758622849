import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { z } from 'zod';
import {
  type CreatedToken,
  type PipelineToken,
  TOKEN_PREFIX,
  type TokenRequest,
  TokenRights,
} from '../../../shared/schemas/hub/tokens.ts';
import { roleIn } from '../store/accounts.ts';
import type { Database } from '../store/database.ts';

const DAY_MS = 86_400_000;
const MOST_OF_AN_ORGANIZATION = 50;
/** So long an expired one is still listed. */
const LISTED_AFTER_EXPIRY_MS = 30 * DAY_MS;
/** The last use is saved no more often, so that reading costs no write each time. */
const USE_NOTED_MS = 60_000;

/** A valid token. */
export interface Pipeline {
  id: string;
  org: string;
  name: string;
  rights: TokenRights;
}

/**
 * Tokens of an organization for programs, such as a pipeline that applies a list kept in git. Only their hashes are stored: 32 random bytes
 * cannot be guessed from one. A token ends with its time, when it is deleted, and when whoever created it is no owner any more.
 */
export interface PipelineTokens {
  create: (
    org: string,
    request: TokenRequest,
    by: { sub: string; username: string },
  ) => Promise<CreatedToken | 'name-taken' | 'too-many'>;
  list: (org: string) => Promise<PipelineToken[]>;
  /** @returns its name, or undefined where there is none */
  delete: (org: string, id: string) => Promise<string | undefined>;
  /** @returns undefined for one that is not, or no longer, valid */
  find: (token: string) => Promise<Pipeline | undefined>;
  removeOld: () => Promise<void>;
}

const Row = z
  .object({
    id: z.string(),
    org: z.string(),
    name: z.string(),
    rights: TokenRights,
    created_by: z.string(),
    created_at: z.number(),
    expires_at: z.number(),
    last_used: z.number().nullable(),
    /** Of whoever created it, now. */
    role: z.string().nullable(),
  })
  .transform(({ role, ...row }) => ({ ...row, isOfOwner: roleIn({ role }) === 'owner' }));
type Row = z.infer<typeof Row>;

/** @param now milliseconds since 1970 */
export function createPipelineTokens(
  database: Database,
  random: (bytes: number) => Buffer,
  now: () => number,
): PipelineTokens {
  const selectTokens = sql`SELECT t.*, m.role FROM pipeline_tokens t
    LEFT JOIN memberships m ON m.org = t.org AND m.sub = t.created_sub`;

  return {
    create: (org, { name, rights, days }, { sub, username }) =>
      database.transaction(async () => {
        const rows = await rowsOf(org);
        if (rows.some((row) => row.name === name && stateOf(row) === 'active')) return 'name-taken';
        if (rows.length >= MOST_OF_AN_ORGANIZATION) return 'too-many';
        const id = random(8).toString('hex');
        const token = TOKEN_PREFIX + random(32).toString('base64url');
        const at = now();
        await database.run(
          sql`INSERT INTO pipeline_tokens (id, hash, org, name, rights, created_sub, created_by, created_at, expires_at)
              VALUES (${id}, ${hashOf(token)}, ${org}, ${name}, ${rights}, ${sub}, ${username}, ${at}, ${at + days * DAY_MS})`,
        );
        const created = (await rowsOf(org)).find((row) => row.id === id);
        if (created === undefined) throw new Error('the token was not saved');
        return { ...described(created), token };
      }),
    list: async (org) => (await rowsOf(org)).map(described),
    delete: async (org, id) => {
      const deleted = await database.get(
        sql`DELETE FROM pipeline_tokens WHERE org = ${org} AND id = ${id} RETURNING name`,
      );
      return z.object({ name: z.string() }).optional().parse(deleted)?.name;
    },
    find: async (token) => {
      const row = Row.optional().parse(await database.get(sql`${selectTokens} WHERE t.hash = ${hashOf(token)}`));
      if (row === undefined || stateOf(row) !== 'active') return undefined;
      if (row.last_used === null || Math.abs(now() - row.last_used) > USE_NOTED_MS) {
        await database.run(sql`UPDATE pipeline_tokens SET last_used = ${now()} WHERE id = ${row.id}`);
      }
      const { id, org, name, rights } = row;
      return { id, org, name, rights };
    },
    removeOld: async () => {
      await database.run(sql`DELETE FROM pipeline_tokens WHERE expires_at < ${now() - LISTED_AFTER_EXPIRY_MS}`);
    },
  };

  async function rowsOf(org: string): Promise<Row[]> {
    const rows = await database.all(sql`${selectTokens} WHERE t.org = ${org} ORDER BY t.created_at DESC, t.id`);
    return rows.map((row) => Row.parse(row));
  }

  function stateOf({ isOfOwner, expires_at }: Row): PipelineToken['state'] {
    if (expires_at <= now()) return 'expired';
    return isOfOwner ? 'active' : 'ended';
  }

  function described(row: Row): PipelineToken {
    return {
      ...{ id: row.id, name: row.name, rights: row.rights, createdBy: row.created_by },
      createdAt: new Date(row.created_at).toISOString(),
      expiresAt: new Date(row.expires_at).toISOString(),
      lastUsed: row.last_used === null ? null : new Date(row.last_used).toISOString(),
      state: stateOf(row),
    };
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
