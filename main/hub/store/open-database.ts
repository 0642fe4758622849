import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { makePrivateFolder } from '../../platform/fs/atomic-file.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { HubConfig } from '../config.ts';
import { readHubKeys } from './hub-keys.ts';
import { keepSealed } from './keep-sealed.ts';
import { openPostgres, type PostgresHubDatabase } from './postgres.ts';
import { connectionOf } from './postgres-settings.ts';
import { openSqlite, type SqliteHubDatabase } from './sqlite.ts';
import { createVault } from './vault.ts';

export type HubDatabase = SqliteHubDatabase | PostgresHubDatabase;

/**
 * Opens the database of the configuration, with its secrets encrypted by the newest key where there is one. On PostgreSQL there has to be:
 * others look after that database and its backups.
 *
 * @throws ProblemError `hub-key-needed`, `hub-key-wrong`, `hub-key-unusable`, and those of `openSqlite` and `openPostgres`
 */
export async function openHubDatabase(
  { dataDir, database: config, keyFile }: Pick<HubConfig, 'dataDir' | 'database' | 'keyFile'>,
  { env, random, log }: { env: NodeJS.ProcessEnv; random: (bytes: number) => Buffer; log: Logger },
): Promise<HubDatabase> {
  const vault = createVault(await readHubKeys(keyFile, env), random);
  if (config !== undefined && !vault.isLocked) throw new ProblemError(problem('hub-key-needed'));
  const open = async (): Promise<HubDatabase> => {
    if (config === undefined) return openSqlite(dataDir, vault);
    await makePrivateFolder(dataDir);
    return openPostgres(await connectionOf(config), vault, log);
  };
  const database = await open();
  try {
    await keepSealed(database);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
