import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import {
  type CreatedToken,
  type PipelineToken,
  TOKEN_PREFIX,
  type TokenRequest,
  TokenRights,
} from '../../../shared/schemas/hub/tokens.ts';
import type { Accounts } from '../store/accounts.ts';

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
  ) => CreatedToken | 'name-taken' | 'too-many';
  list: (org: string) => PipelineToken[];
  /** @returns its name, or undefined where there is none */
  delete: (org: string, id: string) => string | undefined;
  /** @returns undefined for one that is not, or no longer, valid */
  find: (token: string) => Pipeline | undefined;
  removeOld: () => void;
}

const Row = z.object({
  id: z.string(),
  org: z.string(),
  name: z.string(),
  rights: TokenRights,
  created_sub: z.string(),
  created_by: z.string(),
  created_at: z.number(),
  expires_at: z.number(),
  last_used: z.number().nullable(),
});
type Row = z.infer<typeof Row>;

/** @param now milliseconds since 1970 */
export function createPipelineTokens(
  database: DatabaseSync,
  accounts: Pick<Accounts, 'role'>,
  random: (bytes: number) => Buffer,
  now: () => number,
): PipelineTokens {
  const insert = database.prepare(
    `INSERT INTO pipeline_tokens (id, hash, org, name, rights, created_sub, created_by, created_at, expires_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const selectOrg = database.prepare('SELECT * FROM pipeline_tokens WHERE org = ? ORDER BY created_at DESC, id');
  const selectHash = database.prepare('SELECT * FROM pipeline_tokens WHERE hash = ?');
  const deleteOne = database.prepare('DELETE FROM pipeline_tokens WHERE org = ? AND id = ? RETURNING name');
  const deleteOld = database.prepare('DELETE FROM pipeline_tokens WHERE expires_at < ?');
  const noteUse = database.prepare('UPDATE pipeline_tokens SET last_used = ? WHERE id = ?');

  return {
    create: (org, { name, rights, days }, { sub, username }) => {
      const rows = rowsOf(org);
      if (rows.some((row) => row.name === name && stateOf(row) === 'active')) return 'name-taken';
      if (rows.length >= MOST_OF_AN_ORGANIZATION) return 'too-many';
      const id = random(8).toString('hex');
      const token = TOKEN_PREFIX + random(32).toString('base64url');
      const at = now();
      insert.run(...[id, hashOf(token), org, name, rights, sub, username, at, at + days * DAY_MS]);
      const [created] = rowsOf(org).filter((row) => row.id === id);
      if (created === undefined) throw new Error('the token was not saved');
      return { ...described(created), token };
    },
    list: (org) => rowsOf(org).map(described),
    delete: (org, id) => z.object({ name: z.string() }).optional().parse(deleteOne.get(org, id))?.name,
    find: (token) => {
      const row = Row.optional().parse(selectHash.get(hashOf(token)));
      if (row === undefined || stateOf(row) !== 'active') return undefined;
      if (row.last_used === null || Math.abs(now() - row.last_used) > USE_NOTED_MS) noteUse.run(now(), row.id);
      const { id, org, name, rights } = row;
      return { id, org, name, rights };
    },
    removeOld: () => {
      deleteOld.run(now() - LISTED_AFTER_EXPIRY_MS);
    },
  };

  function rowsOf(org: string): Row[] {
    return selectOrg.all(org).map((row) => Row.parse(row));
  }

  function stateOf({ org, created_sub, expires_at }: Row): PipelineToken['state'] {
    if (expires_at <= now()) return 'expired';
    return accounts.role(org, created_sub) === 'owner' ? 'active' : 'ended';
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
