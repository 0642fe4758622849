import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../main/hub/store/database.ts';
import { openPostgres } from '../../main/hub/store/postgres.ts';
import { connectionOf, DatabaseConfig } from '../../main/hub/store/postgres-settings.ts';
import { openSqlite } from '../../main/hub/store/sqlite.ts';
import { createVault } from '../../main/hub/store/vault.ts';
import { silentLogger } from '../../main/platform/log/logger.ts';
import { createTestDatabase, dropTestDatabase } from './postgres.ts';

/** A hub's database with its tables and nothing in them: SQLite; PostgreSQL in the layer of that name. */
export interface TestDatabase {
  database: Database;
  /** Where a hub keeps its files. */
  dataDir: string;
  /** As a hub that starts again opens it. */
  reopen: () => Promise<void>;
  close: () => Promise<void>;
}

/** The folder of the server's socket in the layer `postgres`. */
export const testServer = (): string | undefined => process.env.PORTCULLIS_TEST_POSTGRES;

export async function testDatabase(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-database-'));
  const dataDir = join(folder, 'data');
  const server = testServer();
  const made = server === undefined ? null : await createTestDatabase(server);
  const vault = createVault([randomBytes(32)], randomBytes);
  const open = async (): Promise<Database> =>
    made === null
      ? openSqlite(dataDir)
      : openPostgres(await connectionOf(DatabaseConfig.parse(made.url)), vault, silentLogger());
  const test: TestDatabase = {
    database: await open(),
    dataDir,
    reopen: async () => {
      await test.database.close();
      test.database = await open();
    },
    close: async () => {
      await test.database.close();
      if (server !== undefined && made !== null) await dropTestDatabase(server, made.name);
      await rm(folder, { recursive: true, force: true });
    },
  };
  return test;
}

const Columns = z.array(z.object({ table: z.string(), column: z.string() }));

/** Every column of every table. */
export async function columnsOf(database: Database): Promise<z.infer<typeof Columns>> {
  const rows = await database.all(
    database.engine === 'sqlite'
      ? sql`SELECT m.name AS "table", c.name AS "column" FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'`
      : sql`SELECT table_name AS "table", column_name AS "column" FROM information_schema.columns WHERE table_schema = 'public'`,
  );
  return Columns.parse(rows);
}
