import { type FSWatcher, type Stats, statSync, watch } from 'node:fs';
import { basename } from 'node:path';
import { isLocal } from './is-local.ts';
import { foldersOf, realPathOf } from './real-path.ts';

export interface PathWatch {
  /** false where the system could not watch (its limit is reached): poll instead. */
  readonly complete: boolean;
  /** Whether nobody can change what is watched but through this machine's kernel, which tells of it. */
  readonly local: boolean;
  /** Call before each reading: watches what was replaced, created or removed since. */
  follow(): void;
  close(): void;
}

interface Watched {
  watcher: FSWatcher;
  stats: Stats;
  /** What in it is on the way. */
  names: Set<string>;
}

/**
 * Reports that something may have happened to `path`, which need not exist, nor the folders above it. Every existing folder above
 * it is watched for the next name on the path, so that a file replaced by renaming, a folder recreated and a folder renamed away
 * are all noticed; a watch on the file alone would stay with the old file. The file itself is watched too: what is written to one that is
 * mounted by itself, as into a container, happens in another folder. Where links lead elsewhere, the same is watched there.
 */
export function watchPath(path: string, onEvent: () => void): PathWatch {
  const watched = new Map<string, Watched>();
  let complete = true;
  let local = false;
  let closed = false;

  const stop = (at: string) => {
    watched.get(at)?.watcher.close();
    watched.delete(at);
  };
  const start = (at: string, names: Set<string>, stats: Stats) => {
    try {
      // Not persistent: a watch must not keep a process alive.
      const watcher = watch(at, { persistent: false }, (_event, name) => {
        // Its own name means the file or folder itself (inotify: deleted, moved, mode changed).
        if (name === null || watched.get(at)?.names.has(name) || name === basename(at)) onEvent();
      });
      watcher.on('error', () => {
        stop(at);
        onEvent();
      });
      watched.set(at, { watcher, stats, names });
    } catch {
      complete = false;
    }
  };
  const follow = () => {
    if (closed) return;
    complete = true;
    const wanted = namesToWatch(path, realPathOf(path));
    for (const at of [...watched.keys()]) if (!wanted.has(at)) stop(at);
    for (const [at, names] of wanted) {
      const stats = statOf(at);
      const known = watched.get(at);
      if (known !== undefined && stats?.ino === known.stats.ino && stats.dev === known.stats.dev) {
        known.names = names;
        continue;
      }
      stop(at);
      if (stats?.isDirectory() || stats?.isFile()) start(at, names, stats);
    }
    local = [...watched.keys()].every((at) => isLocal(at));
  };

  /** undefined if there is nothing; where that cannot be found out, `complete` becomes false too. */
  const statOf = (at: string): Stats | undefined => {
    try {
      return statSync(at, { throwIfNoEntry: false });
    } catch {
      complete = false;
      return undefined;
    }
  };

  follow();
  return {
    get complete() {
      return complete;
    },
    get local() {
      return local;
    },
    follow,
    close() {
      closed = true;
      for (const at of [...watched.keys()]) stop(at);
    },
  };
}

/** Every folder on the way, by either path, and what in it leads on; and the file at its end. */
function namesToWatch(path: string, real: string): Map<string, Set<string>> {
  const wanted = new Map([[real, new Set([basename(real)])]]);
  for (const each of new Set([path, real])) {
    let at = each;
    for (const folder of foldersOf(each)) {
      wanted.set(folder, (wanted.get(folder) ?? new Set()).add(basename(at)));
      at = folder;
    }
  }
  return wanted;
}
