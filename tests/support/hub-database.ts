import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../main/hub/store/database.ts';
import { openSqlite, type SqliteHubDatabase } from '../../main/hub/store/sqlite.ts';

/** A hub's database with its tables and nothing in them. */
export interface TestDatabase {
  database: SqliteHubDatabase;
  /** Where a hub keeps its files. */
  dataDir: string;
  /** As a hub that starts again opens it. */
  reopen: () => Promise<void>;
  close: () => Promise<void>;
}

export async function testDatabase(): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-database-'));
  const dataDir = join(folder, 'data');
  const test: TestDatabase = {
    database: await openSqlite(dataDir),
    dataDir,
    reopen: async () => {
      await test.database.close();
      test.database = await openSqlite(dataDir);
    },
    close: async () => {
      await test.database.close();
      await rm(folder, { recursive: true });
    },
  };
  return test;
}

/** Every column of every table. */
export async function columnsOf(database: Database): Promise<{ table: string; column: string }[]> {
  const rows = await database.all(
    sql`SELECT m.name AS "table", c.name AS "column" FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'`,
  );
  return z.array(z.object({ table: z.string(), column: z.string() })).parse(rows);
}
