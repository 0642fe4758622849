import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';

export type RegularFileRead =
  | { kind: 'read'; bytes: Buffer; mode: number }
  | { kind: 'absent' }
  /** `cause` names the path and never anything of the content: the caller may be somebody who cannot read the file. */
  | { kind: 'refused'; cause: string };

/**
 * open(2): a descriptor that names a file and does not open it. Node has no constant for it; its value is the same on every Linux that
 * Node runs on. Other systems have nothing like it.
 */
const O_PATH = process.platform === 'linux' ? 0o10_000_000 : null;

/**
 * Opens a regular file for reading. Opening anything else may already do something: start a watchdog, rewind a tape, release whoever
 * waits at the other end of a pipe. So its type is checked first, and on Linux nobody can exchange it in between.
 */
async function openRegular(path: string): Promise<FileHandle | null> {
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  if (O_PATH === null) {
    const stats = await lstat(path);
    return stats.isFile() || stats.isSymbolicLink() ? open(path, flags | (constants.O_NOFOLLOW ?? 0)) : null;
  }
  const named = await open(path, O_PATH | constants.O_NOFOLLOW);
  try {
    const stats = await named.stat();
    if (stats.isSymbolicLink()) throw Object.assign(new Error(`${path} is a link`), { code: 'ELOOP' });
    if (!stats.isFile()) return null;
    return await open(`/proc/self/fd/${named.fd}`, flags).catch((error: NodeJS.ErrnoException) => {
      // It is there: a machine without /proc must not make our own state look like none.
      throw error.code === 'ENOENT' ? Object.assign(error, { code: 'no /proc' }) : error;
    });
  } finally {
    await named.close();
  }
}

/**
 * Reads a file that somebody else named: no link is followed, no pipe or device is opened, nothing longer than
 * `mostBytes` is read. What is checked and what is read is the same file.
 * @param owner if given, the file must belong to this user or to root, and no one else may write it.
 */
export async function readRegularFile(path: string, mostBytes: number, owner?: number): Promise<RegularFileRead> {
  let file: FileHandle | undefined;
  try {
    file = (await openRegular(path)) ?? undefined;
    const stats = await file?.stat();
    if (file === undefined || !stats?.isFile()) return { kind: 'refused', cause: `${path} is not a regular file` };
    if (stats.size > mostBytes) {
      return { kind: 'refused', cause: `${path} has ${stats.size} bytes, more than the ${mostBytes} allowed` };
    }
    if (owner !== undefined && ((stats.uid !== owner && stats.uid !== 0) || (stats.mode & 0o022) !== 0)) {
      return { kind: 'refused', cause: `${path} belongs to user ${stats.uid}, or other users may write to it` };
    }
    const bytes = Buffer.allocUnsafe(stats.size);
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, filled);
      if (bytesRead === 0) return { kind: 'refused', cause: `${path} changed while it was read` };
      filled += bytesRead;
    }
    return { kind: 'read', bytes, mode: stats.mode };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code === 'ENOENT') return { kind: 'absent' };
    return { kind: 'refused', cause: code === 'ELOOP' ? `${path} is a link` : `${path} cannot be read: ${code}` };
  } finally {
    await file?.close().catch(() => undefined);
  }
}
