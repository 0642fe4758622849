import { randomBytes } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { type FileHandle, open, stat, unlink } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { problem } from '../../shared/problems/catalogue.ts';
import { Problem, ProblemError } from '../../shared/problems/problem.ts';
import { FirstOwnerCode } from '../../shared/schemas/hub/operator.ts';
import { HubError } from '../../shared/schemas/hub-schema.ts';
import { parseJson } from '../../shared/schemas/parse-json.ts';
import { HubConfig } from '../hub/config.ts';
import { openBackupOf } from '../hub/operator/backup.ts';
import { operatorSocket } from '../hub/operator/operator-socket.ts';
import { REPLACED, type Restored, restoreBackup } from '../hub/operator/restore.ts';
import { DATABASE_FILE } from '../hub/store/sqlite.ts';
import { cannotWrite } from '../platform/fs/atomic-file.ts';
import { readConfigFile } from '../platform/fs/config-file.ts';
import { connectToOwned } from '../platform/net/unix-socket.ts';
import { asOwnerOf } from '../platform/process/as-owner-of.ts';
import { english } from './english.ts';
import { printLine } from './print.ts';

const ANSWER_MS = 30_000;
const MAX_ANSWER = 64 * 1024;

/** `portcullis hub first-owner`. @throws ProblemError `hub-not-running`, `owner-exists` and others of the hub */
export async function printFirstOwnerCode(configFile: string, organization: string | undefined): Promise<void> {
  const dataDir = await dataFolder(configFile);
  const answer = await askHub(dataDir, '/first-owner', JSON.stringify({ organization }));
  if (answer === null) throw new ProblemError(problem('hub-not-running', { folder: dataDir }));
  const { code, url, organization: org, until } = FirstOwnerCode.parse(parseJson(await textOf(answer)));
  printLine(`Open ${url} and enter this code:`);
  printLine();
  printLine(`    ${code}`);
  printLine();
  printLine(
    `It works once, until ${english.time.exact(Date.parse(until))}. Whoever enters it becomes the owner of ${org}.`,
  );
}

/** `portcullis hub backup FILE`. @throws ProblemError `backup-exists`, `cannot-write`, `hub-data-missing` */
export async function saveBackup(configFile: string, file: string): Promise<void> {
  const dataDir = await dataFolderOfSqlite(configFile);
  const target = await createPrivate(file);
  try {
    const running = await askHub(dataDir, '/backup');
    await pipeline(running ?? (await backupOfStopped(dataDir)), target.createWriteStream({ flush: true }));
  } catch (error) {
    await unlink(file).catch(() => undefined);
    throw error instanceof ProblemError ? error : cannotWrite(file, error);
  } finally {
    await target.close().catch(() => undefined);
  }
  printLine(`Saved to ${file}. It contains the signing keys and password hashes: keep it where only you can read it.`);
}

async function backupOfStopped(dataDir: string): Promise<Readable> {
  if (!existsSync(join(dataDir, DATABASE_FILE))) {
    throw new ProblemError(problem('hub-data-missing', { folder: dataDir }));
  }
  const copy = await asOwnerOf(dataDir, () => openBackupOf(dataDir, randomBytes));
  return copy.createReadStream();
}

/** `portcullis hub restore FILE`. @throws ProblemError `hub-data-in-use`, `backup-unusable`, `hub-data-missing` */
export async function restoreFromBackup(configFile: string, file: string): Promise<void> {
  const dataDir = await dataFolderOfSqlite(configFile);
  const source = await openToRead(file);
  let restored: readonly Restored[];
  try {
    restored = await asOwnerOf(dataDir, () => restoreBackup(source, file, dataDir, randomBytes));
  } finally {
    await source.close();
  }
  printLine(`Restored from ${file}. What was there before is ${join(dataDir, REPLACED)}.`);
  for (const { org, revision, before } of restored)
    printLine(`${org}: revision ${revision}${wasBefore(before, revision)}`);
  printLine('Everybody signs in again. Passwords and roles are those of the backup.');
  printLine(
    'Machines that have seen a newer revision keep what they have until it expires, and reject others (policy-rollback, policy-equivocation). ' +
      'Start the hub, and save changes until the revision is higher than any that was published.',
  );
}

function wasBefore(before: number | null, revision: number): string {
  if (before === null) return '';
  return before > revision
    ? `; before, it was revision ${before}: save changes until it is ${before + 1}.`
    : ', as before.';
}

/** @throws ProblemError of the configuration, `hub-data-missing`, `backup-of-postgres` */
async function dataFolderOfSqlite(configFile: string): Promise<string> {
  const config = await readConfigFile(configFile, HubConfig, 'docs/hub-api.md');
  if (config.database !== undefined) throw new ProblemError(problem('backup-of-postgres'));
  return existingDataFolder(config);
}

/** @throws ProblemError of the configuration, `hub-data-missing` */
async function dataFolder(configFile: string): Promise<string> {
  return existingDataFolder(await readConfigFile(configFile, HubConfig, 'docs/hub-api.md'));
}

/** @throws ProblemError `hub-data-missing` */
export async function existingDataFolder({ dataDir }: Pick<HubConfig, 'dataDir'>): Promise<string> {
  const found = await stat(dataDir).catch(() => null);
  if (!found?.isDirectory()) throw new ProblemError(problem('hub-data-missing', { folder: dataDir }));
  return dataDir;
}

/** @throws ProblemError `backup-exists`, `cannot-write` */
async function createPrivate(file: string): Promise<FileHandle> {
  try {
    return await open(file, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw new ProblemError(problem('backup-exists', { file }));
    throw cannotWrite(file, error);
  }
}

/** @throws ProblemError `backup-unusable` */
async function openToRead(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r');
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new ProblemError(problem('backup-unusable', { file }, { cause }), { cause: error });
  }
}

/** @returns null where no hub is running on the folder. @throws ProblemError of the hub */
async function askHub(dataDir: string, path: string, body?: string): Promise<IncomingMessage | null> {
  const socketPath = operatorSocket(dataDir);
  const { uid } = await stat(dataDir);
  const socket = await connectToOwned(socketPath, uid).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') return null;
    throw error;
  });
  if (socket === null) return null;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const headers = { host: 'operator', ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  request({ createConnection: () => socket, method: 'POST', path, headers, timeout: ANSWER_MS }, resolve)
    .on('error', reject)
    .end(body);
  const answer = await promise;
  if (answer.statusCode === 200) return answer;
  const { code, args, title, detail } = HubError.parse(parseJson(await textOf(answer)));
  throw new ProblemError(Problem.parse({ code, args, message: title, next: detail }));
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) {
    if (text.length < MAX_ANSWER) text += chunk;
  }
  return text;
}
