import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { TABLES } from '../../../../main/hub/operator/move-to-postgres.ts';
import { openSqlite } from '../../../../main/hub/store/sqlite.ts';

it('a move to PostgreSQL forgets no table', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'move-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const database = await openSqlite(folder);
  onTestFinished(() => database.close());
  const tables = await database.all(
    sql`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
  );
  expect([...TABLES].toSorted()).toEqual(tables.map(({ name }) => name).toSorted());
});
