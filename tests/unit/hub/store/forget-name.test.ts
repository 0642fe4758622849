import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { openDatabase } from '../../../../main/hub/store/database.ts';
import { createForgetName, NAMED } from '../../../../main/hub/store/forget-name.ts';

const Column = z.object({ tbl: z.string(), name: z.string() });

/** Columns of these names that hold the person's id, which is kept. */
const IDS = ['machine_codes.created_by', 'machines.enrolled_by'];

it('replaces the name of a deleted person wherever there is one', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'forget-'));
  const database = await openDatabase(folder);
  try {
    const columns = z
      .array(Column)
      .parse(
        database
          .prepare(
            `SELECT m.name AS tbl, c.name AS name FROM sqlite_schema m, pragma_table_info(m.name) c
             WHERE m.type = 'table' AND c.name IN ('actor', 'created_by', 'enrolled_by', 'author', 'by')`,
          )
          .all(),
      )
      .map(({ tbl, name }) => `${tbl}.${name}`);
    // A new table that names people is renamed too, or says that it does not.
    expect(columns.toSorted()).toEqual([...NAMED.map((named) => named.join('.')), ...IDS].toSorted());

    database.exec(`PRAGMA foreign_keys = OFF;
      INSERT INTO pipeline_tokens (id, hash, org, name, rights, created_sub, created_by, created_at, expires_at)
      VALUES ('t', 'h', 'acme', 'ci', 'read', 's', 'mia', 1, 2), ('u', 'i', 'acme', 'ci', 'read', 's', 'miami', 1, 2)`);
    createForgetName(database)('mia', 'removed-1');
    const makers = database.prepare('SELECT created_by AS name FROM pipeline_tokens ORDER BY id').all();
    expect(makers.map(({ name }) => name)).toEqual(['removed-1', 'miami']);
  } finally {
    database.close();
    await rm(folder, { recursive: true, force: true });
  }
});
