import type { Client } from 'pg';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { type Migration, POSTGRES_MIGRATIONS } from './postgres-migrations.ts';

/** Held while the schema is brought up to date, so that one of several hubs does it. A number of ours. */
const MIGRATION_LOCK = 7_263_401;

/**
 * Brings the schema up to date: whole, and once. A schema of a newer version is left as it is where that says that this version still runs on it.
 *
 * @throws ProblemError `hub-database-newer`
 */
export async function migratePostgres(
  client: Client,
  address: string,
  migrations: readonly Migration[] = POSTGRES_MIGRATIONS,
): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
    await client.query(
      'CREATE TABLE IF NOT EXISTS schema_versions (version BIGINT PRIMARY KEY, runs_with BIGINT NOT NULL, at TIMESTAMPTZ NOT NULL DEFAULT now())',
    );
    const { rows } = await client.query('SELECT version, runs_with FROM schema_versions ORDER BY version DESC LIMIT 1');
    const version = Number(rows[0]?.version ?? 0);
    if (version > migrations.length && Number(rows[0].runs_with) > migrations.length) {
      throw new ProblemError(problem('hub-database-newer', { address }));
    }
    for (const [index, { runsWith, statements }] of migrations.entries()) {
      if (index < version) continue;
      await client.query(byCodePoints(statements));
      await client.query('INSERT INTO schema_versions (version, runs_with) VALUES ($1, $2)', [index + 1, runsWith]);
    }
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** The order of a language changes with the libraries of each server, and with it what an index finds. */
function byCodePoints(statements: string): string {
  return statements.replaceAll(/\bTEXT\b/g, 'TEXT COLLATE "C"');
}
