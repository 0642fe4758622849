import { constants, existsSync } from 'node:fs';
import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { syncFolder } from '../../platform/fs/atomic-file.ts';
import { FIRST_OWNER_FACT } from '../first-owner/first-owner.ts';
import { DATABASE_FILE, isLocked, NEWEST_VERSION } from '../store/sqlite.ts';

/** What the replaced database and its journals are called. */
export const REPLACED = `${DATABASE_FILE}.before-restore`;
/** Journals belong to the file that they were written for: beside another one they would be played into it. */
const PARTS = ['', '-wal', '-shm', '-journal'];

const Revisions = z.array(z.object({ org: z.string(), revision: z.number() }));

/** Of one organization: what the backup has, and what was there before; null where that is not known. */
export interface Restored {
  readonly org: string;
  readonly revision: number;
  readonly before: number | null;
}

/**
 * Replaces the database in `dataDir` by the backup in `source`, whole or not at all. What was there before is kept beside it.
 *
 * @param name of the backup, for what is said
 * @throws ProblemError `hub-data-in-use` while a hub runs there, `backup-unusable`
 */
export async function restoreBackup(
  source: FileHandle,
  name: string,
  dataDir: string,
  random: (bytes: number) => Buffer,
): Promise<Restored[]> {
  const copy = join(dataDir, `.restore-${random(6).toString('hex')}`);
  const place = join(dataDir, DATABASE_FILE);
  try {
    const target = await open(copy, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    await pipeline(source.createReadStream({ start: 0, autoClose: false }), target.createWriteStream({ flush: true }));
    const restored = checkBackup(copy, name);
    using present = holdPresent(place, dataDir);
    for (const part of PARTS) {
      const kept = join(dataDir, `${REPLACED}${part}`);
      if (existsSync(kept)) await unlink(kept);
      if (existsSync(`${place}${part}`)) await rename(`${place}${part}`, kept);
    }
    await rename(copy, place);
    await syncFolder(dataDir);
    return restored.map(({ org, revision }) => ({ org, revision, before: present.revisions.get(org) ?? null }));
  } finally {
    for (const part of PARTS) await unlink(`${copy}${part}`).catch(() => undefined);
  }
}

/** Reads it whole, and ends in it what lets somebody in beside a password. @throws ProblemError `backup-unusable` */
function checkBackup(file: string, name: string): z.infer<typeof Revisions> {
  const unusable = (cause: string) => new ProblemError(problem('backup-unusable', { file: name }, { cause }));
  try {
    using database = new DatabaseSync(file);
    // One file, without a journal beside it. The hub that opens it chooses again.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE;');
    const found = database.prepare('PRAGMA integrity_check(1)').get()?.integrity_check;
    if (found !== 'ok') throw unusable(String(found));
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
    if (version > NEWEST_VERSION) throw unusable(`written by a newer version (${version})`);
    endWhatLetsIn(database);
    return revisionsIn(database);
  } catch (error) {
    throw error instanceof ProblemError ? error : unusable(error instanceof Error ? error.message : String(error));
  }
}

/**
 * A sign-in that was ended since must not come back to life, nor a token that was deleted or a link that was used. Most other sign-ins have
 * renewed their tokens since, and would be ended anyway.
 */
function endWhatLetsIn(database: DatabaseSync): void {
  const tables = new Set(
    database
      .prepare('SELECT name FROM sqlite_master')
      .all()
      .map(({ name }) => name),
  );
  // An earlier version has not all of them.
  for (const table of ['oidc', 'password_links', 'pipeline_tokens'].filter((name) => tables.has(name))) {
    database.exec(`DELETE FROM ${table}`);
  }
  // Nor may what is out of date be sent, or anything to a receiver that was deleted since: an owner switches webhooks on again.
  if (tables.has('webhooks')) {
    database.exec(`UPDATE webhooks SET enabled = 0; DELETE FROM webhook_deliveries WHERE state = 'waiting'`);
  }
  database.prepare('DELETE FROM facts WHERE name = ?').run(FIRST_OWNER_FACT);
}

function revisionsIn(database: DatabaseSync): z.infer<typeof Revisions> {
  return Revisions.parse(database.prepare('SELECT org, revision FROM settings ORDER BY org').all());
}

/** Keeps every hub away from the database that is there, as long as it is held. One that is damaged no hub can open. */
function holdPresent(place: string, dataDir: string): Disposable & { revisions: Map<string, number> } {
  const revisions = new Map<string, number>();
  if (!existsSync(place)) return { revisions, [Symbol.dispose]: () => undefined };
  const database = new DatabaseSync(place);
  try {
    // The journal's content goes into the file, and the journal away.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE;');
    for (const { org, revision } of revisionsIn(database)) revisions.set(org, revision);
  } catch (error) {
    if (isLocked(error)) {
      database.close();
      throw new ProblemError(problem('hub-data-in-use', { folder: dataDir }), { cause: error });
    }
  }
  return { revisions, [Symbol.dispose]: () => database.close() };
}
