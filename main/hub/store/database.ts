import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { makePrivateFolder } from '../../platform/fs/atomic-file.ts';

/** Each entry takes the file from the version of its index to the next (`PRAGMA user_version`). Never edit one: add one. */
const MIGRATIONS = [
  `
  CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

  CREATE TABLE users (
    sub TEXT PRIMARY KEY, username TEXT NOT NULL UNIQUE, name TEXT, email TEXT, password TEXT NOT NULL
  ) STRICT;
  CREATE TABLE organizations (name TEXT PRIMARY KEY) STRICT;
  CREATE TABLE memberships (
    org TEXT NOT NULL REFERENCES organizations, sub TEXT NOT NULL REFERENCES users, role TEXT NOT NULL,
    PRIMARY KEY (org, sub)
  ) STRICT;

  CREATE TABLE signing_keys (kid TEXT PRIMARY KEY, org TEXT NOT NULL REFERENCES organizations, jwk TEXT NOT NULL) STRICT;
  CREATE TABLE settings (
    org TEXT PRIMARY KEY REFERENCES organizations, revision INTEGER NOT NULL,
    enabled INTEGER NOT NULL, mode TEXT NOT NULL, contact TEXT, registries BLOB NOT NULL
  ) STRICT;
  CREATE TABLE policies (
    org TEXT PRIMARY KEY REFERENCES organizations, iss TEXT NOT NULL, kid TEXT NOT NULL, revision INTEGER NOT NULL,
    iat INTEGER NOT NULL, exp INTEGER NOT NULL, jws BLOB NOT NULL
  ) STRICT;
  CREATE TABLE activity (
    id INTEGER PRIMARY KEY AUTOINCREMENT, org TEXT NOT NULL REFERENCES organizations, at INTEGER NOT NULL,
    actor TEXT NOT NULL, action TEXT NOT NULL, changes TEXT NOT NULL, revision INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX activity_by_org ON activity (org, id);

  CREATE TABLE oidc (
    model TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL, grant_id TEXT, user_code TEXT, uid TEXT,
    expires_at INTEGER, PRIMARY KEY (model, id)
  ) STRICT;
  CREATE INDEX oidc_by_grant ON oidc (grant_id);
  CREATE INDEX oidc_by_user_code ON oidc (user_code);
  CREATE INDEX oidc_by_uid ON oidc (uid);
  CREATE INDEX oidc_by_expiry ON oidc (expires_at);
  `,
  `
  ALTER TABLE signing_keys ADD COLUMN state TEXT NOT NULL DEFAULT 'signing';
  ALTER TABLE signing_keys ADD COLUMN until INTEGER;
  CREATE UNIQUE INDEX one_signing_key ON signing_keys (org, state) WHERE state <> 'retiring';
  `,
];

/**
 * Opens the hub's one file, `hub.sqlite` in the data folder, for this process alone.
 * @throws ProblemError `cannot-write`, `hub-data-in-use`, `hub-data-unusable`
 */
export async function openDatabase(dataDir: string): Promise<DatabaseSync> {
  await makePrivateFolder(dataDir);
  const file = join(dataDir, 'hub.sqlite');
  const isNew = !existsSync(file);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    if (isNew) chmodSync(file, 0o600);
    // Exclusive: a second hub on the same folder would sign another revision 8. FULL: a revision that clients have seen
    // must not be forgotten by a power cut, or the next one would bear its number with other content.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    database.exec('PRAGMA foreign_keys = ON;');
    migrate(database);
    return database;
  } catch (error) {
    database?.close();
    const cause = error instanceof Error ? error.message : String(error);
    throw new ProblemError(
      /locked|busy/i.test(cause)
        ? {
            code: 'hub-data-in-use',
            message: `Another hub is running on ${dataDir}.`,
            next: 'Stop it, or choose another dataDir.',
          }
        : {
            code: 'hub-data-unusable',
            message: `The hub's data in ${file} cannot be used.`,
            cause,
            next: 'Restore the file from a backup, or move it away to begin anew (clients must then be told the new keys).',
          },
      { cause: error },
    );
  }
}

function migrate(database: DatabaseSync): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  if (version > MIGRATIONS.length) throw new Error(`written by a newer version (${version})`);
  MIGRATIONS.slice(version).forEach((statements, index) => {
    transaction(database, () => database.exec(`${statements} PRAGMA user_version = ${version + index + 1};`));
  });
}

/** Runs `work`, which must be synchronous, as one transaction: all of it or nothing. */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
