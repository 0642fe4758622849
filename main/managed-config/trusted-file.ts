import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, open, readlink } from 'node:fs/promises';
import { dirname, parse, resolve, sep } from 'node:path';
import type { FileProblem } from '../../shared/managed-config.ts';

/** Who may have written a file for it to count. */
export interface TrustRule {
  owners: readonly number[];
  /** How the owners are called in a message. */
  ownersInWords: string;
  /** A group whose write permission is no fault: the one that only the owner is in. */
  ownGroup: number | null;
  /** Every folder up to the root, or only the one that the file lies in. */
  folders: 'all' | 'own';
}

/** The administrator's files: only root can have written them, all the way up. */
export const administratorOnly: TrustRule = { owners: [0], ownersInWords: 'root', ownGroup: null, folders: 'all' };

/**
 * For a folder that was named for a trial or a test. It guards against other users of the machine, not against the user
 * himself. Where people are alone in their primary group, the common umask 0002 makes all their files group-writable,
 * so that group's permission is no fault.
 */
export function userOrAdministrator(user: { uid: number; gid: number }): TrustRule {
  return { owners: [0, user.uid], ownersInWords: 'root or you', ownGroup: user.gid, folders: 'own' };
}

export type FileOutcome =
  | { kind: 'absent' }
  | { kind: 'trusted'; bytes: Buffer }
  /** Read, but somebody else than an administrator can have written it. */
  | { kind: 'untrusted'; findings: FileProblem[] }
  | { kind: 'too-large'; problem: FileProblem }
  /** `shortage`: of this process or machine, which says nothing about the file. */
  | { kind: 'unreadable'; problem: FileProblem; failure: 'shortage' | 'io' };

/** What this module asks of the file system; a test stands between the questions. */
export interface FileSystem {
  lstat(path: string): Promise<BigIntStats>;
  readlink(path: string): Promise<string>;
  open(path: string, flags: number): Promise<OpenedFile>;
}
export type OpenedFile = Pick<FileHandle, 'read' | 'close'> & { stat(): Promise<BigIntStats> };

export const realFileSystem: FileSystem = {
  lstat: (path) => lstat(path, { bigint: true }),
  readlink: (path) => readlink(path),
  async open(path, flags) {
    const handle = await open(path, flags);
    return {
      read: handle.read.bind(handle),
      close: () => handle.close(),
      stat: () => handle.stat({ bigint: true }),
    };
  },
};

/** A file that changes under every one of so many attempts is not being deployed, it is being played with. */
const ATTEMPTS = 5;
/** open(2) follows at most this many links (ELOOP). */
const MAX_LINKS = 40;
const GROUP_WRITE = 0o020n;
const OTHER_WRITE = 0o002n;
const STICKY = 0o1000n;

/**
 * Reads a file that counts only if nobody but an administrator can have written it. It is opened once, following no link
 * and waiting for no pipe; owner, mode and content are those of the opened file, so nothing can be put in its place
 * between check and read; afterwards the folders are judged, and that the path still leads to the same file.
 *
 * @param maxBytes a larger file is not read.
 */
export async function readTrustedFile(
  path: string,
  rule: TrustRule,
  maxBytes: number,
  fs: FileSystem = realFileSystem,
): Promise<FileOutcome> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const outcome = await attemptToRead(resolve(path), rule, maxBytes, fs);
    if (outcome !== 'changed') return outcome;
  }
  return {
    kind: 'unreadable',
    failure: 'io',
    problem: {
      code: 'file-changing',
      message: `${path} keeps changing while it is read. Put it in place once, by renaming.`,
    },
  };
}

async function attemptToRead(
  path: string,
  rule: TrustRule,
  maxBytes: number,
  fs: FileSystem,
): Promise<FileOutcome | 'changed'> {
  let file: OpenedFile | undefined;
  try {
    // Before opening: to open some devices is to act on them (tape drives rewind), and open(2) would not say "pipe".
    const seen = await unlessMissing(fs.lstat(path));
    if (seen === null) return { kind: 'absent' };
    const wrongKind = flawOfKind(path, seen);
    if (wrongKind !== null) return { kind: 'untrusted', findings: [wrongKind] };

    file = await fs.open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    const before = await file.stat();
    if (!before.isFile()) return 'changed';
    if (before.size > BigInt(maxBytes)) return tooLarge(path, before.size, maxBytes);
    const bytes = await readAll(file, maxBytes);
    if (bytes === null) return 'changed';
    const after = await file.stat();
    if (after.size !== before.size || after.mtimeNs !== before.mtimeNs || after.ctimeNs !== before.ctimeNs)
      return 'changed';

    const findings = flawsOfOwnership(path, after, rule, 'file');
    findings.push(...(await flawsOfFolders(path, rule, fs)));
    const still = await fs.lstat(path);
    if (still.dev !== after.dev || still.ino !== after.ino) return 'changed';
    return findings.length > 0 ? { kind: 'untrusted', findings } : { kind: 'trusted', bytes };
  } catch (error) {
    return outcomeOf(error, path);
  } finally {
    await file?.close().catch(() => undefined);
  }
}

async function unlessMissing<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function errnoOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** null if there is more than `maxBytes`: it grew since it was measured. */
async function readAll(file: OpenedFile, maxBytes: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(64 * 1024), 0, 64 * 1024, null);
    if (bytesRead === 0) return Buffer.concat(chunks);
    total += bytesRead;
    if (total > maxBytes) return null;
    chunks.push(buffer.subarray(0, bytesRead));
  }
}

function flawOfKind(path: string, stats: BigIntStats): FileProblem | null {
  if (stats.isFile()) return null;
  const kind = stats.isSymbolicLink()
    ? 'a link'
    : stats.isDirectory()
      ? 'a folder'
      : stats.isFIFO()
        ? 'a pipe'
        : stats.isSocket()
          ? 'a socket'
          : 'a device';
  return { code: 'not-a-regular-file', message: `${path} is ${kind}. Put a regular file in its place.` };
}

function flawsOfOwnership(path: string, stats: BigIntStats, rule: TrustRule, what: 'file' | 'folder'): FileProblem[] {
  const flaws: FileProblem[] = [];
  if (!rule.owners.includes(Number(stats.uid))) {
    flaws.push({
      code: 'wrong-owner',
      message: `The ${what} ${path} belongs to user ${stats.uid}, who could change it. Make it ${rule.ownersInWords}'s: chown ${rule.owners[0]} ${path}`,
    });
  }
  // Under root's sticky bit (as in /tmp) others can add names, but neither rename nor remove what is not theirs.
  if (what === 'folder' && (stats.mode & STICKY) !== 0n && stats.uid === 0n) return flaws;
  const groupMayWrite = (stats.mode & GROUP_WRITE) !== 0n && Number(stats.gid) !== rule.ownGroup;
  const othersMayWrite = (stats.mode & OTHER_WRITE) !== 0n;
  if (groupMayWrite || othersMayWrite) {
    const who = othersMayWrite ? 'everybody' : `group ${stats.gid}`;
    flaws.push({
      code: 'writable-by-others',
      message: `The ${what} ${path} can be written by ${who}. Take that away: chmod go-w ${path}`,
    });
  }
  return flaws;
}

/**
 * Walks from the root to the file's folder as the kernel does, links included: a link is as good as the folder that it
 * stands in, which is judged, and its owner, who is judged too because of sticky folders.
 */
async function flawsOfFolders(path: string, rule: TrustRule, fs: FileSystem): Promise<FileProblem[]> {
  const folder = dirname(path);
  if (rule.folders === 'own') return flawsOfOwnership(folder, await statThroughLinks(folder, fs), rule, 'folder');
  const flaws: FileProblem[] = [];
  await walk(folder, fs, (at, stats) => {
    if (!stats.isSymbolicLink()) flaws.push(...flawsOfOwnership(at, stats, rule, 'folder'));
    else if (!rule.owners.includes(Number(stats.uid))) {
      flaws.push({
        code: 'wrong-owner',
        message: `The link ${at} belongs to user ${stats.uid}, who could change it. Take it away.`,
      });
    }
  });
  return flaws;
}

async function statThroughLinks(path: string, fs: FileSystem): Promise<BigIntStats> {
  let last: BigIntStats | undefined;
  await walk(path, fs, (_at, stats) => {
    last = stats;
  });
  return last ?? fs.lstat(path);
}

async function walk(path: string, fs: FileSystem, visit: (at: string, stats: BigIntStats) => void): Promise<void> {
  const { root } = parse(path);
  const partsOf = (text: string) => text.split(sep).filter((part) => part !== '');
  let at = root;
  visit(at, await fs.lstat(at));
  let links = 0;
  const ahead = partsOf(path.slice(root.length));
  for (let part = ahead.shift(); part !== undefined; part = ahead.shift()) {
    const next = resolve(at, part);
    const stats = await fs.lstat(next);
    visit(next, stats);
    if (!stats.isSymbolicLink()) {
      at = next;
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) throw Object.assign(new Error('too many links'), { code: 'ELOOP' });
    const target = await fs.readlink(next);
    const targetRoot = parse(target).root;
    if (targetRoot !== '') at = targetRoot;
    ahead.unshift(...partsOf(target.slice(targetRoot.length)));
  }
}

function tooLarge(path: string, size: bigint, maxBytes: number): FileOutcome {
  const message = `${path} has ${size} bytes; more than ${maxBytes} are not read. Put the right file there.`;
  return { kind: 'too-large', problem: { code: 'file-too-large', message } };
}

/** Errors that tell of this process or machine, not of the file. */
const SHORTAGES = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EINTR']);

function outcomeOf(error: unknown, path: string): FileOutcome | 'changed' {
  const code = errnoOf(error);
  // It was there, and no link, a moment ago; the next attempt says what it is now.
  if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENXIO') return 'changed';
  const advice =
    code === 'EACCES' || code === 'EPERM'
      ? 'Let everybody read it (mode 0644) and pass through its folders (mode 0755).'
      : code === 'ENOTDIR'
        ? 'One of the folders above it is a file: put a folder there.'
        : 'Check the disk and the file.';
  const cause = code === '' ? String(error) : code;
  return {
    kind: 'unreadable',
    failure: SHORTAGES.has(code) ? 'shortage' : 'io',
    problem: { code: 'file-unreadable', message: `${path} cannot be read (${cause}). ${advice}` },
  };
}
