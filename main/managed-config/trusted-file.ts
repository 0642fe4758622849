import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, open, readlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { FileProblem } from '../../shared/schemas/managed-config.ts';

/** What speaks against a file. What was seen holds wherever the file lies; the fix is for the place it was read from. */
export interface TrustFlaw {
  code: string;
  seen: string;
  fix: string;
}

export function problemOf({ code, seen, fix }: TrustFlaw): FileProblem {
  return { code, message: `${seen} ${fix}` };
}

/** Decides whether anybody but an administrator can have written a file that was just read. */
export interface TrustRule {
  /**
   * @param stats of the opened file.
   * @returns what speaks against the file, nothing if it can be trusted.
   */
  flawsOf(path: string, stats: BigIntStats, fs: FileSystem): Promise<TrustFlaw[]>;
}

export type FileOutcome =
  | { kind: 'absent' }
  | { kind: 'trusted'; bytes: Buffer }
  /** Read, but somebody else than an administrator can have written it. */
  | { kind: 'untrusted'; flaws: TrustFlaw[] }
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
    if (wrongKind !== null) return { kind: 'untrusted', flaws: [wrongKind] };

    file = await fs.open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    const before = await file.stat();
    if (!before.isFile()) return 'changed';
    if (before.size > BigInt(maxBytes)) return tooLarge(path, before.size, maxBytes);
    const bytes = await readAll(file, maxBytes);
    if (bytes === null) return 'changed';
    const after = await file.stat();
    if (after.size !== before.size || after.mtimeNs !== before.mtimeNs || after.ctimeNs !== before.ctimeNs)
      return 'changed';

    const flaws = await rule.flawsOf(path, after, fs);
    const still = await fs.lstat(path);
    if (still.dev !== after.dev || still.ino !== after.ino) return 'changed';
    return flaws.length > 0 ? { kind: 'untrusted', flaws } : { kind: 'trusted', bytes };
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

function flawOfKind(path: string, stats: BigIntStats): TrustFlaw | null {
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
  return { code: 'not-a-regular-file', seen: `${path} is ${kind}.`, fix: 'Put a regular file in its place.' };
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
