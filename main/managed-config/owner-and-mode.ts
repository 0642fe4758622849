import type { BigIntStats } from 'node:fs';
import { dirname, parse, resolve, sep } from 'node:path';
import { problem } from '../../shared/problems/catalogue.ts';
import type { Problem } from '../../shared/problems/problem.ts';
import type { FileSystem, TrustRule } from './trusted-file.ts';

/** Who may own a file that applies (POSIX). */
interface Owners {
  /** The last one is recommended. */
  uids: readonly number[];
  /** A group that may have write permission: the one that only the owner is in. */
  ownGroup: number | null;
  /** Every folder up to the root, or only the one that the file is in. */
  folders: 'all' | 'own';
}

/** open(2) follows at most this many links (ELOOP). */
const MAX_LINKS = 40;
const GROUP_WRITE = 0o020n;
const OTHER_WRITE = 0o002n;
const STICKY = 0o1000n;

/** The administrator's files: only root can have written them, all the way up. */
export const rootOnly: TrustRule = byOwnerAndMode({ uids: [0], ownGroup: null, folders: 'all' });

/**
 * For the folder of a demo or test. It protects against other users of the machine, not against the user. Where everyone has a
 * primary group of their own, the common umask 0002 makes all files group-writable, so that group may have write permission.
 */
export function userOrRoot(user: { uid: number; gid: number }): TrustRule {
  return byOwnerAndMode({ uids: [0, user.uid], ownGroup: user.gid, folders: 'own' });
}

function byOwnerAndMode(owners: Owners): TrustRule {
  return {
    async problemsOf(path, stats, fs) {
      return [...problemsOfOwnership(path, stats, owners, 'file'), ...(await problemsOfFolders(path, owners, fs))];
    },
  };
}

function problemsOfOwnership(path: string, stats: BigIntStats, owners: Owners, what: 'file' | 'folder'): Problem[] {
  const problems: Problem[] = [];
  if (!owners.uids.includes(Number(stats.uid))) {
    const command = `chown ${owners.uids.at(-1)} ${path}`;
    problems.push(problem('wrong-owner', { path, command }, { cause: `uid ${stats.uid}` }));
  }
  // With root's sticky bit (as on /tmp) others can add names, but neither rename nor remove what is not theirs.
  if (what === 'folder' && (stats.mode & STICKY) !== 0n && stats.uid === 0n) return problems;
  const groupMayWrite = (stats.mode & GROUP_WRITE) !== 0n && Number(stats.gid) !== owners.ownGroup;
  const othersMayWrite = (stats.mode & OTHER_WRITE) !== 0n;
  if (groupMayWrite || othersMayWrite) {
    const cause = othersMayWrite ? `mode ${(stats.mode & 0o7777n).toString(8).padStart(4, '0')}` : `gid ${stats.gid}`;
    problems.push(problem('writable-by-others', { path, command: `chmod go-w ${path}` }, { cause }));
  }
  return problems;
}

/**
 * Walks from the root to the file's folder as the kernel does, links included. A link can be redirected by whoever can write its
 * folder, which is checked, or, in a sticky folder, by its owner, who is checked too.
 */
async function problemsOfFolders(path: string, owners: Owners, fs: FileSystem): Promise<Problem[]> {
  const folder = dirname(path);
  if (owners.folders === 'own')
    return problemsOfOwnership(folder, await statThroughLinks(folder, fs), owners, 'folder');
  const problems: Problem[] = [];
  await walk(folder, fs, (at, stats) => {
    if (!stats.isSymbolicLink()) problems.push(...problemsOfOwnership(at, stats, owners, 'folder'));
    else if (!owners.uids.includes(Number(stats.uid))) {
      problems.push(problem('link-in-path', { path: at }, { cause: `uid ${stats.uid}` }));
    }
  });
  return problems;
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
