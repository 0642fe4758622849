import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { cannotWrite, syncFolder } from '../../platform/fs/atomic-file.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { HubConfig } from '../config.ts';
import type { Database, Row } from '../store/database.ts';
import { readHubKeys } from '../store/hub-keys.ts';
import { keepSealed } from '../store/keep-sealed.ts';
import { openPostgres } from '../store/postgres.ts';
import { connectionOf } from '../store/postgres-settings.ts';
import { DATABASE_FILE, openSqlite } from '../store/sqlite.ts';
import { createVault } from '../store/vault.ts';

/** What the old database is called afterwards, so that no hub goes on with it by mistake. */
export const MOVED = `${DATABASE_FILE}.moved`;

/** Every table that both have, those that others refer to first. */
export const TABLES = [
  ...['facts', 'users', 'organizations', 'memberships', 'signing_keys', 'settings', 'policies', 'activity', 'oidc'],
  ...['revision_lists', 'revisions', 'teams', 'team_members', 'password_links', 'seeded', 'pipeline_tokens'],
  ...['request_decisions', 'requests', 'webhooks', 'webhook_deliveries'],
  ...['machines', 'machine_people', 'machine_usage', 'machine_codes', 'used_nonces', 'external_identities'],
] as const;

/** Rows that are read and written at a time; a list may have 80 MB, so of those each by itself. */
const ROWS = 500;

const Column = z.object({ name: z.string(), type: z.string(), pk: z.number() });
const Revisions = z.array(z.object({ org: z.string(), revision: z.number() }));

export interface Moved {
  /** Where the data are now, for people. */
  readonly address: string;
  /** The old database. */
  readonly kept: string;
  readonly revisions: z.infer<typeof Revisions>;
}

/**
 * Copies everything that a stopped hub has in SQLite into the empty PostgreSQL database that its configuration now names: in one
 * transaction, so whole or not at all. Secrets are encrypted before they leave.
 *
 * @throws ProblemError `move-without-postgres`, `move-target-used`, `move-failed`, `hub-data-missing`, `hub-data-in-use`, `hub-key-needed`, `cannot-write`
 * where all is moved and the old database cannot be renamed, and those of `openSqlite` and `openPostgres`
 */
export async function moveToPostgres(
  { dataDir, database: config, keyFile }: Pick<HubConfig, 'dataDir' | 'database' | 'keyFile'>,
  { env, random, log }: { env: NodeJS.ProcessEnv; random: (bytes: number) => Buffer; log: Logger },
): Promise<Moved> {
  if (config === undefined) throw new ProblemError(problem('move-without-postgres'));
  const file = join(dataDir, DATABASE_FILE);
  // Opening it would make one.
  if (!existsSync(file)) throw new ProblemError(problem('hub-data-missing', { folder: dataDir }));
  const vault = createVault(await readHubKeys(keyFile, env), random);
  if (!vault.isLocked) throw new ProblemError(problem('hub-key-needed'));
  const connection = await connectionOf(config);
  const revisions = await closing(await openSqlite(dataDir, vault), async (source) => {
    await keepSealed(source);
    await closing(await openPostgres(connection, vault, log), async (target) => {
      await target
        .transaction(async () => {
          await expectEmpty(target, connection.address);
          for (const table of TABLES) await copy(source, target, table);
        })
        .catch((error: unknown) => {
          throw asProblemError(error, connection.address);
        });
    });
    return Revisions.parse(await source.all(sql`SELECT org, revision FROM settings ORDER BY org`));
  });
  const kept = join(dataDir, MOVED);
  await rename(file, kept).catch((error: unknown) => {
    throw cannotWrite(kept, error);
  });
  await syncFolder(dataDir);
  return { address: connection.address, kept, revisions };
}

function asProblemError(error: unknown, address: string): ProblemError {
  if (error instanceof ProblemError) return error;
  const cause = error instanceof Error ? error.message : String(error);
  return new ProblemError(problem('move-failed', { address }, { cause }), { cause: error });
}

async function closing<D extends Database, T>(database: D, work: (database: D) => Promise<T>): Promise<T> {
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** A hub that has started there, if only once, has made keys of its own. */
async function expectEmpty(target: Database, address: string): Promise<void> {
  for (const table of ['facts', 'organizations', 'users'] as const) {
    if ((await target.get(sql`SELECT 1 AS found FROM ${sql.table(table)} LIMIT 1`)) !== undefined) {
      throw new ProblemError(problem('move-target-used', { address }));
    }
  }
}

async function copy(source: Database, target: Database, table: (typeof TABLES)[number]): Promise<void> {
  const columns = z
    .array(Column)
    .parse(await source.all(sql`SELECT name, type, pk FROM pragma_table_info(${table}) ORDER BY cid`));
  const names = columns.map(({ name }) => name);
  const key = columns.filter(({ pk }) => pk > 0).sort((a, b) => a.pk - b.pk);
  const order = sql.join(key.map(({ name }) => sql.ref(name)));
  const most = columns.some(({ type }) => type === 'BLOB') ? 1 : ROWS;
  const into = sql`INSERT INTO ${sql.table(table)} (${sql.join(names.map((name) => sql.ref(name)))})`;
  for (let done = 0; ; done += most) {
    const rows = await source.all(
      sql`SELECT * FROM ${sql.table(table)} ORDER BY ${order} LIMIT ${most} OFFSET ${done}`,
    );
    if (rows.length === 0) break;
    const values = (row: Row) => sql`(${sql.join(names.map((name) => row[name]))})`;
    await target.run(sql`${into} VALUES ${sql.join(rows.map(values))}`);
  }
  const [only] = key;
  if (key.length === 1 && only?.type === 'INTEGER') await goOnCounting(source, target, table, only.name);
}

/** Numbers of rows that were deleted do not come again: others go on from the last that they saw. */
async function goOnCounting(source: Database, target: Database, table: string, column: string): Promise<void> {
  const { last } = (await source.get(
    sql`SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = ${table}), 0),
          coalesce((SELECT max(${sql.ref(column)}) FROM ${sql.table(table)}), 0)) AS last`,
  )) as { last: number };
  if (last > 0) await target.get(sql`SELECT setval(pg_get_serial_sequence(${table}, ${column}), ${last})`);
}
