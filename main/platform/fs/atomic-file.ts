import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, open, rename, rm, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { makeFolders } from './make-folders.ts';

/**
 * Replaces `path` by `content` so that a reader, and a machine that loses power at any moment, finds either the whole old
 * file or the whole new one: temporary file, fsync, rename, fsync of the folder. The rename alone is not durable; see fsync(2)
 * "ensure that the entry in the directory has also reached disk".
 *
 * @param mode permission bits of the new file; nobody but the owner by default.
 * @throws ProblemError `cannot-write`: the old file is untouched.
 */
export function writeFileAtomic(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  return putInPlace(path, content, mode, rename);
}

/**
 * The same for a file that must not be there yet: where it is, it stays as it is.
 *
 * @returns whether this call made it.
 * @throws ProblemError `cannot-write`
 */
export async function createFileAtomic(path: string, content: string | Uint8Array, mode = 0o600): Promise<boolean> {
  let isMade = true;
  await putInPlace(path, content, mode, async (temporary) => {
    // link(2) fails where the name is taken; rename(2) would replace it.
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      isMade = false;
    });
    await unlink(temporary);
  });
  return isMade;
}

async function putInPlace(
  path: string,
  content: string | Uint8Array,
  mode: number,
  put: (temporary: string, path: string) => Promise<void>,
): Promise<void> {
  const folder = dirname(path);
  // Random, so that two writers never share one; hidden, so that watchers of the folder can ignore it. Node keeps random numbers for UUIDs,
  // where the generator itself would often be asked after a long rest.
  const temporary = join(folder, `.${basename(path)}.${randomUUID().slice(-12)}.tmp`);
  let file: FileHandle | undefined;
  try {
    file = await open(
      temporary,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      mode,
    );
    // Exactly: the umask of whoever calls would otherwise take away what readers need.
    await file.chmod(mode);
    await file.writeFile(content);
    await file.sync();
    await file.close();
    file = undefined;
    await put(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    await file?.close().catch(() => undefined);
    await unlink(temporary).catch(() => undefined);
    throw cannotWrite(path, error);
  }
}

/** What somebody else's code threw when it wrote there, as a person is told. */
export function cannotWrite(path: string, error: unknown): ProblemError {
  const cause = error instanceof Error ? error.message : String(error);
  return new ProblemError(problem('cannot-write', { path }, { cause }), { cause: error });
}

/** Windows cannot open a folder for syncing; NTFS journals the rename itself. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes `folder` and its parents, readable by the owner only, and checks that files can be written there. @throws ProblemError `cannot-write`. */
export async function makePrivateFolder(folder: string): Promise<void> {
  try {
    await makeFolders(folder, 0o700);
  } catch (error) {
    throw cannotWrite(folder, error);
  }
  const probe = join(folder, '.writable');
  await writeFileAtomic(probe, '');
  // Another call may be checking the same folder at this moment.
  await rm(probe, { force: true });
}
