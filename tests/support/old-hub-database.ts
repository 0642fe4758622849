import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MIGRATIONS } from '../../main/hub/store/sqlite-migrations.ts';

/**
 * A hub's data folder as an earlier version left it.
 * @param version of the database (`PRAGMA user_version`)
 * @param content statements that fill it
 */
export function oldHubDatabase(dataDir: string, version: number, content: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(join(dataDir, 'hub.sqlite'));
  for (const statements of MIGRATIONS.slice(0, version)) database.exec(statements);
  database.exec(`PRAGMA user_version = ${version}; ${content}`);
  database.close();
}
