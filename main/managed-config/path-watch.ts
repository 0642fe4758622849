import { type FSWatcher, type Stats, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';

export interface PathWatch {
  /** false where the system could not watch (its limit is reached): poll instead. */
  readonly complete: boolean;
  /** Call before each reading: watches folders that were replaced, created or removed since. */
  follow(): void;
  close(): void;
}

/**
 * Reports that something may have happened to `path`, which need not exist, nor the folders above it. Every existing folder above
 * it is watched for the next name on the path, so that a file replaced by renaming, a folder recreated and a folder renamed away
 * are all noticed; a watch on the file itself would stay with the old file.
 */
export function watchPath(path: string, onEvent: () => void): PathWatch {
  const watched = new Map<string, { watcher: FSWatcher; stats: Stats }>();
  let complete = true;
  let closed = false;

  const stop = (folder: string) => {
    watched.get(folder)?.watcher.close();
    watched.delete(folder);
  };
  const start = (folder: string, next: string, stats: Stats) => {
    try {
      // Not persistent: a watch must not keep a process alive.
      const watcher = watch(folder, { persistent: false }, (_event, name) => {
        // The folder's own name means the folder itself (inotify: deleted, moved, mode changed).
        if (name === null || name === next || name === basename(folder)) onEvent();
      });
      watcher.on('error', () => {
        stop(folder);
        onEvent();
      });
      watched.set(folder, { watcher, stats });
    } catch {
      complete = false;
    }
  };
  const follow = () => {
    if (closed) return;
    complete = true;
    for (let at = path, folder = dirname(at); folder !== at; at = folder, folder = dirname(at)) {
      const stats = statOf(folder);
      const known = watched.get(folder);
      if (known !== undefined && stats?.ino === known.stats.ino && stats.dev === known.stats.dev) continue;
      stop(folder);
      if (stats?.isDirectory()) start(folder, basename(at), stats);
    }
  };

  /** undefined if there is nothing; where that cannot be found out, `complete` becomes false too. */
  const statOf = (folder: string): Stats | undefined => {
    try {
      return statSync(folder, { throwIfNoEntry: false });
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
    follow,
    close() {
      closed = true;
      for (const folder of [...watched.keys()]) stop(folder);
    },
  };
}
