import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

export type CarefulRead =
  | { kind: 'read'; bytes: Buffer }
  | { kind: 'absent' }
  /** `cause` names the path and never anything of the content: the caller may be somebody who cannot read the file. */
  | { kind: 'refused'; cause: string };

/**
 * Reads a file that somebody else named: no link is followed, no pipe or device is waited for, nothing longer than
 * `mostBytes` is held. What is judged and what is read is the same opened file.
 * @param owner if given, the file must belong to this user or to root, and no one else may write it.
 */
export async function readCarefully(path: string, mostBytes: number, owner?: number): Promise<CarefulRead> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    const stats = await file.stat();
    if (!stats.isFile()) return { kind: 'refused', cause: `${path} is no regular file` };
    if (stats.size > mostBytes) {
      return { kind: 'refused', cause: `${path} has ${stats.size} bytes; more than ${mostBytes} are not read` };
    }
    if (owner !== undefined && ((stats.uid !== owner && stats.uid !== 0) || (stats.mode & 0o022) !== 0)) {
      return { kind: 'refused', cause: `${path} belongs to user ${stats.uid}, or others may write it` };
    }
    const bytes = Buffer.allocUnsafe(stats.size);
    let held = 0;
    while (held < bytes.length) {
      const { bytesRead } = await file.read(bytes, held, bytes.length - held, held);
      if (bytesRead === 0) return { kind: 'refused', cause: `${path} changed while it was read` };
      held += bytesRead;
    }
    return { kind: 'read', bytes };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (code === 'ENOENT') return { kind: 'absent' };
    return { kind: 'refused', cause: code === 'ELOOP' ? `${path} is a link` : `${path} cannot be read: ${code}` };
  } finally {
    await file?.close().catch(() => undefined);
  }
}
