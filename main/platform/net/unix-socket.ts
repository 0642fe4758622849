import { chmod, lstat, stat, unlink } from 'node:fs/promises';
import { connect, type Server, type Socket } from 'node:net';
import { dirname, resolve } from 'node:path';
import { makeFolders } from '../fs/make-folders.ts';
import { listen } from './listen.ts';

/**
 * Sockets in the file system. Whoever listens on one is believed by those who connect, so nobody else may be able to put a
 * socket in its place, and nothing but a dead socket of ours is ever removed to make room. Windows has pipes instead, which have
 * no folder: there what answers is looked for, and who serves a pipe is asked of the open pipe (`OpenPipe`).
 */

/**
 * Connects to a pipe of Windows whose owner may be believed, which Node cannot ask for.
 * @throws as `connectToOwned`.
 */
export type OpenPipe = (path: string) => Promise<Socket>;

const refusePipe: OpenPipe = async (path) => {
  throw new SocketError('foreign-owner', `nothing here can ask whose ${path} is`);
};

/** sun_path of unix(7) and of macOS, less its final zero byte. */
export const MAX_SOCKET_PATH = process.platform === 'darwin' ? 103 : 107;

export type SocketFault =
  | 'path-too-long'
  /** Somebody else could put a socket into the folder. */
  | 'untrusted-folder'
  /** Something answers there already. */
  | 'in-use'
  /** Something that is no socket of ours stands there. */
  | 'occupied'
  /** The socket belongs to another user. */
  | 'foreign-owner';

/** Why a socket is not used, with what was seen as its message. Errors of the system are thrown as they are. */
export class SocketError extends Error {
  readonly fault: SocketFault;

  constructor(fault: SocketFault, seen: string) {
    super(seen);
    this.name = 'SocketError';
    this.fault = fault;
  }
}

export interface SocketPlace {
  path: string;
  /** The user who listens: this process's own. undefined on Windows. */
  uid: number | undefined;
  /** Of its folder, where that has to be made. */
  folderMode: number;
  /** `all` where the folder was chosen by an administrator, `own` where it lies in a user's home, whose folders are theirs to arrange. */
  foldersToCheck: 'own' | 'all';
}

/**
 * Makes and checks the folder of a socket, and removes the socket that a killed process left behind.
 * @throws SocketError, and errors of the file system.
 */
export async function prepareSocketPath({ path, uid, folderMode, foldersToCheck }: SocketPlace): Promise<void> {
  if (uid !== undefined) {
    if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
      throw new SocketError('path-too-long', `${path.slice(0, 200)} has more than ${MAX_SOCKET_PATH} bytes`);
    }
    const folder = dirname(resolve(path));
    // The umask must neither make it unreadable for those who connect, nor writable for anyone else.
    if (await makeFolders(folder, folderMode)) await chmod(folder, folderMode);
    await checkFolders(folder, uid, foldersToCheck);
  }
  await removeDeadSocket(path, uid);
}

/** Only root and `uid` can put anything into `folder`. */
async function checkFolders(folder: string, uid: number, foldersToCheck: 'own' | 'all'): Promise<void> {
  for (let at = folder; ; at = dirname(at)) {
    // A link's target is where the walk up would have to go on; an administrator's path needs none.
    const stats = foldersToCheck === 'all' ? await lstat(at) : await stat(at);
    const sticky = at !== folder && (stats.mode & 0o1000) !== 0 && stats.uid === 0;
    const writableByOthers = (stats.mode & 0o022) !== 0 && !sticky;
    if (!stats.isDirectory() || (stats.uid !== 0 && stats.uid !== uid) || writableByOthers) {
      const kind = stats.isDirectory() ? '' : ', not a folder';
      throw new SocketError(
        'untrusted-folder',
        `${at}: owner ${stats.uid}, mode ${(stats.mode & 0o7777).toString(8)}${kind}`,
      );
    }
    if (foldersToCheck === 'own' || dirname(at) === at) return;
  }
}

/** Removes a socket of ours that nobody answers on, and nothing else. */
async function removeDeadSocket(path: string, uid: number | undefined): Promise<void> {
  if (uid !== undefined) {
    const stats = await unlessMissing(lstat(path));
    if (stats === null) return;
    if (!stats.isSocket()) throw new SocketError('occupied', `${path} is not a socket`);
    if (stats.uid !== uid) throw new SocketError('occupied', `${path} belongs to user ${stats.uid}`);
  }
  if (await isAnswered(path)) throw new SocketError('in-use', `something answers on ${path}`);
  if (uid !== undefined) await unlessMissing(unlink(path));
}

/** Only "nobody listens" counts as dead: every other failure may be that of a live server. */
function isAnswered(path: string): Promise<boolean> {
  return new Promise((done) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      done(true);
    });
    probe.once('error', (error: NodeJS.ErrnoException) =>
      done(error.code !== 'ENOENT' && error.code !== 'ECONNREFUSED'),
    );
  });
}

async function unlessMissing<T>(result: Promise<T>): Promise<T | null> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** @param mode of the socket: it has it from the moment that it exists. @throws the error of bind(2) or listen(2). */
export async function listenOnSocket(server: Server, path: string, mode: number): Promise<void> {
  if (process.platform === 'win32') return listen(server, { path });
  // bind(2) makes the socket within this call; a chmod after it would leave a moment for those who may not connect.
  const umask = process.umask(0o777 & ~mode);
  const listening = listen(server, { path });
  process.umask(umask);
  await listening;
}

/**
 * Connects to a socket that belongs to root or to `uid`: another user could have put one of theirs in its place.
 *
 * @param uid the user that we are; undefined on Windows.
 * @param openPipe used there; without it no pipe is believed.
 * @throws SocketError `foreign-owner`, and errors of the system: `ENOENT` and `ECONNREFUSED` where nobody listens.
 */
export async function connectToOwned(path: string, uid: number | undefined, openPipe = refusePipe): Promise<Socket> {
  if (uid === undefined) return openPipe(path);
  const { uid: owner } = await lstat(path);
  if (owner !== 0 && owner !== uid) throw new SocketError('foreign-owner', `${path} belongs to user ${owner}`);
  return new Promise((done, failed) => {
    const socket = connect(path);
    socket.once('error', failed);
    socket.once('connect', () => {
      socket.off('error', failed);
      done(socket);
    });
  });
}
