import { type BigIntStats, constants } from 'node:fs';
import { type FileHandle, lstat, open, readlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { problem } from '../../shared/problems/catalogue.ts';
import type { Problem } from '../../shared/problems/problem.ts';

/** Decides whether anybody but an administrator can have written a file that was just read. */
export interface TrustRule {
  /**
   * @param stats of the opened file.
   * @returns what speaks against the file, nothing if it can be trusted.
   */
  problemsOf(path: string, stats: BigIntStats, fs: FileSystem): Promise<Problem[]>;
}

export type FileOutcome =
  | { kind: 'absent' }
  /** `stats`: of the file that was read. */
  | { kind: 'trusted'; bytes: Buffer; stats: BigIntStats }
  /** Someone other than an administrator can have written it, or it is no regular file. */
  | { kind: 'untrusted'; problems: Problem[] }
  | { kind: 'too-large'; problem: Problem }
  /** `shortage`: of this process or machine, which tells nothing about the file. */
  | { kind: 'unreadable'; problem: Problem; failure: 'shortage' | 'io' };

/** The file system, as far as this module needs it; tests swap files between two calls. */
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

/** A file that changes during every one of so many attempts is not being deployed, it is being tampered with. */
const ATTEMPTS = 5;

/**
 * Reads a file that applies only if nobody but an administrator can have written it. It is opened once, without following a link or
 * blocking on a pipe; owner, mode and content are those of the opened file, so nothing can be put in its place between check and
 * read. Afterwards its folders are checked, and that the path still leads to the same file.
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
    problem: problem('file-changing', { file: path }),
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
    if (!seen.isFile()) {
      return { kind: 'untrusted', problems: [problem('not-a-regular-file', { file: path }, { cause: kindOf(seen) })] };
    }

    file = await fs.open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
    const before = await file.stat();
    if (!before.isFile()) return 'changed';
    if (before.size > BigInt(maxBytes)) {
      const size = Number(before.size);
      return { kind: 'too-large', problem: problem('file-too-large', { file: path, size, maximum: maxBytes }) };
    }
    const bytes = await readAll(file, maxBytes);
    if (bytes === null) return 'changed';
    const after = await file.stat();
    if (after.size !== before.size || after.mtimeNs !== before.mtimeNs || after.ctimeNs !== before.ctimeNs)
      return 'changed';

    const problems = await rule.problemsOf(path, after, fs);
    const now = await fs.lstat(path);
    if (now.dev !== after.dev || now.ino !== after.ino) return 'changed';
    return problems.length > 0 ? { kind: 'untrusted', problems } : { kind: 'trusted', bytes, stats: after };
  } catch (error) {
    return outcomeOf(error, path);
  } finally {
    await file?.close().catch(() => undefined);
  }
}

async function unlessMissing<T>(result: Promise<T>): Promise<T | null> {
  try {
    return await result;
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

function kindOf(stats: BigIntStats): string {
  if (stats.isSymbolicLink()) return 'a symbolic link';
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a pipe';
  return stats.isSocket() ? 'a socket' : 'a device';
}

/** Errors of this process or machine, not of the file. */
const SHORTAGES = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EINTR']);

function outcomeOf(error: unknown, path: string): FileOutcome | 'changed' {
  const code = errnoOf(error);
  // It existed, and was no link, a moment ago; the next attempt tells what it is now.
  if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENXIO') return 'changed';
  const details = { cause: code === '' ? String(error) : code };
  const failure = SHORTAGES.has(code) ? 'shortage' : 'io';
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return { kind: 'unreadable', failure, problem: problem('file-not-permitted', { file: path }, details) };
    case 'ENOTDIR':
      return { kind: 'unreadable', failure, problem: problem('folder-is-a-file', { file: path }, details) };
    default:
      return { kind: 'unreadable', failure, problem: problem('file-unreadable', { file: path }, details) };
  }
}
