import { type FileHandle, open, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { openSqlite, type SqliteHubDatabase } from '../store/sqlite.ts';

const PREFIX = '.backup-';

/**
 * A copy of the whole database as it is at one moment, while others keep reading and writing.
 *
 * @returns the open copy, which has no name any more: whoever closes it has removed it
 */
export async function openBackup(
  database: Pick<SqliteHubDatabase, 'backUp'>,
  dataDir: string,
  random: (bytes: number) => Buffer,
): Promise<FileHandle> {
  const path = join(dataDir, `${PREFIX}${random(6).toString('hex')}`);
  // It holds signing keys. SQLite takes an empty file, and would give a new one the rights of the umask.
  await (await open(path, 'wx', 0o600)).close();
  try {
    await database.backUp(path);
    return await open(path, 'r');
  } finally {
    await unlink(path);
  }
}

/** The same of a hub that is not running. @throws ProblemError of `openSqlite` */
export async function openBackupOf(dataDir: string, random: (bytes: number) => Buffer): Promise<FileHandle> {
  const database = await openSqlite(dataDir);
  try {
    return await openBackup(database, dataDir, random);
  } finally {
    await database.close();
  }
}

/** What a hub that was killed while it made one has left. */
export async function removeAbandonedBackups(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (name.startsWith(PREFIX)) await unlink(join(dataDir, name));
  }
}
