import type { BigIntStats } from 'node:fs';
import { dirname, parse, resolve, sep } from 'node:path';
import type { FileSystem, TrustFlaw, TrustRule } from './trusted-file.ts';

/** Who may have written a file for it to count, by owner and mode (POSIX). */
interface Owners {
  uids: readonly number[];
  /** How they are called in a message. */
  inWords: string;
  /** A group whose write permission is no fault: the one that only the owner is in. */
  ownGroup: number | null;
  /** Every folder up to the root, or only the one that the file lies in. */
  folders: 'all' | 'own';
}

/** open(2) follows at most this many links (ELOOP). */
const MAX_LINKS = 40;
const GROUP_WRITE = 0o020n;
const OTHER_WRITE = 0o002n;
const STICKY = 0o1000n;

/** The administrator's files: only root can have written them, all the way up. */
export const rootOnly: TrustRule = byOwnerAndMode({ uids: [0], inWords: 'root’s', ownGroup: null, folders: 'all' });

/**
 * For a folder that was named for a trial or a test. It guards against other users of the machine, not against the user
 * himself. Where people are alone in their primary group, the common umask 0002 makes all their files group-writable, so
 * that group's permission is no fault.
 */
export function userOrRoot(user: { uid: number; gid: number }): TrustRule {
  return byOwnerAndMode({ uids: [0, user.uid], inWords: 'yours', ownGroup: user.gid, folders: 'own' });
}

function byOwnerAndMode(owners: Owners): TrustRule {
  return {
    async flawsOf(path, stats, fs) {
      return [...flawsOfOwnership(path, stats, owners, 'file'), ...(await flawsOfFolders(path, owners, fs))];
    },
  };
}

function flawsOfOwnership(path: string, stats: BigIntStats, owners: Owners, what: 'file' | 'folder'): TrustFlaw[] {
  const flaws: TrustFlaw[] = [];
  if (!owners.uids.includes(Number(stats.uid))) {
    flaws.push({
      code: 'wrong-owner',
      seen: `The ${what} ${path} belongs to user ${stats.uid}, who could change it.`,
      fix: `Make it ${owners.inWords}: chown ${owners.uids.at(-1)} ${path}`,
    });
  }
  // Under root's sticky bit (as in /tmp) others can add names, but neither rename nor remove what is not theirs.
  if (what === 'folder' && (stats.mode & STICKY) !== 0n && stats.uid === 0n) return flaws;
  const groupMayWrite = (stats.mode & GROUP_WRITE) !== 0n && Number(stats.gid) !== owners.ownGroup;
  const othersMayWrite = (stats.mode & OTHER_WRITE) !== 0n;
  if (groupMayWrite || othersMayWrite) {
    const who = othersMayWrite ? 'everybody' : `group ${stats.gid}`;
    flaws.push({
      code: 'writable-by-others',
      seen: `The ${what} ${path} can be written by ${who}.`,
      fix: `Take that away: chmod go-w ${path}`,
    });
  }
  return flaws;
}

/**
 * Walks from the root to the file's folder as the kernel does, links included: a link is as good as the folder that it
 * stands in, which is judged, and its owner, who is judged too because of sticky folders.
 */
async function flawsOfFolders(path: string, owners: Owners, fs: FileSystem): Promise<TrustFlaw[]> {
  const folder = dirname(path);
  if (owners.folders === 'own') return flawsOfOwnership(folder, await statThroughLinks(folder, fs), owners, 'folder');
  const flaws: TrustFlaw[] = [];
  await walk(folder, fs, (at, stats) => {
    if (!stats.isSymbolicLink()) flaws.push(...flawsOfOwnership(at, stats, owners, 'folder'));
    else if (!owners.uids.includes(Number(stats.uid))) {
      flaws.push({
        code: 'wrong-owner',
        seen: `The link ${at} belongs to user ${stats.uid}, who could change it.`,
        fix: 'Put a folder in its place.',
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
