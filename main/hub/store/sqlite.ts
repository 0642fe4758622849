import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { backup, DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { Kysely, type SqliteDatabase, SqliteDialect } from 'kysely';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { makePrivateFolder } from '../../platform/fs/atomic-file.ts';
import { type Connection, createDatabase, type Database, type Row } from './database.ts';
import { fold } from './fold.ts';
import { MIGRATIONS } from './sqlite-migrations.ts';
import type { Vault } from './vault.ts';

/** In the data folder. */
export const DATABASE_FILE = 'hub.sqlite';
/** The version that `openSqlite` leaves a database at. */
export const NEWEST_VERSION = MIGRATIONS.length;

const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
/** Statements are few; more would be one that is made of its parameters. */
const KEPT_STATEMENTS = 500;

export interface SqliteHubDatabase extends Database {
  readonly engine: 'sqlite';
  /** Writes a copy of the whole database, as it is at one moment, while others keep reading and writing. @param file is overwritten */
  backUp: (file: string) => Promise<void>;
}

/**
 * Opens `hub.sqlite` in the data folder, for this process only.
 * @throws ProblemError `cannot-write`, `hub-data-in-use`, `hub-data-unusable`
 */
export async function openSqlite(dataDir: string, vault?: Vault): Promise<SqliteHubDatabase> {
  await makePrivateFolder(dataDir);
  const file = join(dataDir, DATABASE_FILE);
  const isNew = !existsSync(file);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    if (isNew) chmodSync(file, 0o600);
    // EXCLUSIVE: a second hub on the same folder would sign another revision 8. FULL: a power cut must not lose a revision
    // that clients have seen, or the next one would get its number with other content.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    database.exec('PRAGMA foreign_keys = ON;');
    migrate(database);
    return overSqlite(database, vault);
  } catch (error) {
    database?.close();
    const cause = error instanceof Error ? error.message : String(error);
    const inUse = problem('hub-data-in-use', { folder: dataDir });
    throw new ProblemError(isLocked(error) ? inUse : problem('hub-data-unusable', { file }, { cause }), {
      cause: error,
    });
  }
}

/** The hub's database over an open SQLite database whose tables are there. */
export function overSqlite(database: DatabaseSync, vault?: Vault): SqliteHubDatabase {
  database.function('fold', { deterministic: true }, (text) => fold(String(text ?? '')));
  const prepare = keeping(database);
  const kysely = new Kysely<unknown>({ dialect: new SqliteDialect({ database: driver(database, prepare) }) });
  return {
    ...createDatabase('sqlite', kysely, { vault, connection: connectionTo(database, prepare) }),
    engine: 'sqlite',
    backUp: async (file) => void (await backup(database, file)),
  };
}

/** @param error of SQLite, whose primary result code is the low byte of `errcode` (https://sqlite.org/rescode.html) */
export function isLocked(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false;
  const primary = Number(error.errcode) & 0xff;
  return primary === SQLITE_BUSY || primary === SQLITE_LOCKED;
}

export function migrate(database: DatabaseSync): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  if (version > MIGRATIONS.length) throw new Error(`written by a newer version (${version})`);
  MIGRATIONS.slice(version).forEach((statements, index) => {
    database.exec('BEGIN IMMEDIATE');
    try {
      database.exec(`${statements} PRAGMA user_version = ${version + index + 1};`);
      database.exec('COMMIT');
    } catch (error) {
      database.exec('ROLLBACK');
      throw error;
    }
  });
}

interface Prepared {
  statement: StatementSync;
  /** Of the rows that it gives; null where it gives none. */
  columns: readonly string[] | null;
}

/** Statements are prepared once. Their rows come as arrays: an object of Node's own making takes it as long as finding the row. */
function keeping(database: DatabaseSync): (text: string) => Prepared {
  const kept = new Map<string, Prepared>();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const statement = database.prepare(text);
    const names = statement.columns().map(({ name }) => name);
    const prepared = { statement, columns: names.length === 0 ? null : names };
    statement.setReturnArrays(true);
    if (kept.size >= KEPT_STATEMENTS) kept.clear();
    kept.set(text, prepared);
    return prepared;
  };
}

function connectionTo(database: DatabaseSync, prepare: (text: string) => Prepared): Connection {
  return {
    get isTransaction() {
      return database.isTransaction;
    },
    execute: ({ text, parameters }) => {
      const { statement, columns } = prepare(text);
      const values = parameters as SQLInputValue[];
      if (columns !== null) return { rows: rowsOf(columns, statement.all(...values)) };
      return { rows: [], numAffectedRows: statement.run(...values).changes };
    },
  };
}

/** What Kysely's dialect needs of a driver, by Node's own SQLite. */
function driver(database: DatabaseSync, prepare: (text: string) => Prepared): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare: (text) => {
      const { statement, columns } = prepare(text);
      return {
        reader: columns !== null,
        all: (parameters) => rowsOf(columns ?? [], statement.all(...(parameters as SQLInputValue[]))),
        run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
        iterate: (parameters) => rowsOf(columns ?? [], statement.all(...(parameters as SQLInputValue[]))).values(),
      };
    },
  };
}

function rowsOf(columns: readonly string[], rows: readonly unknown[]): Row[] {
  return rows.map((values) => {
    const row: Row = {};
    for (let index = 0; index < columns.length; index += 1) {
      row[columns[index] as string] = (values as readonly unknown[])[index];
    }
    return row;
  });
}
