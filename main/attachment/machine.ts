import { readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeFileAtomic } from '../platform/fs/atomic-file.ts';
import { makeFolders } from '../platform/fs/make-folders.ts';
import { type RunCommand, runCommand } from '../platform/process/run-command.ts';

/** The machine as an attachment sees it: files by their absolute paths, and commands. Tests put a folder in the place of its root. */
export interface Machine {
  /** @returns null where there is no such file. */
  read(path: string): Promise<string | null>;
  /** Replaces it in one step, and makes the folders above it (mode 0755). */
  write(path: string, content: string, mode: number): Promise<void>;
  remove(path: string): Promise<void>;
  /** Only if it is empty. */
  removeFolder(path: string): Promise<void>;
  exists(path: string): Promise<boolean>;
  /** Names, sorted; empty where there is no such folder. */
  list(folder: string): Promise<string[]>;
  /** Permission bits; null where there is nothing. */
  mode(path: string): Promise<number | null>;
  readonly run: RunCommand;
}

export function createMachine(root = '/', run: RunCommand = runCommand): Machine {
  const at = (path: string): string => join(root, path);
  return {
    run,
    async read(path) {
      try {
        return await readFile(at(path), 'utf8');
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
    async write(path, content, mode) {
      await makeFolders(dirname(at(path)), 0o755);
      await removeHalfWritten(at(path));
      await writeFileAtomic(at(path), content, mode);
    },
    async remove(path) {
      await removeHalfWritten(at(path));
      await rm(at(path), { force: true });
    },
    async removeFolder(path) {
      await rmdir(at(path)).catch(() => undefined);
    },
    exists: async (path) => (await statOf(at(path))) !== null,
    list: async (folder) => (await readdir(at(folder)).catch(() => [])).sort(),
    mode: async (path) => {
      const stats = await statOf(at(path));
      return stats === null ? null : stats.mode & 0o7777;
    },
  };
}

/** What a kill in the middle of `writeFileAtomic` has left beside the file. */
async function removeHalfWritten(file: string): Promise<void> {
  const names = await readdir(dirname(file)).catch(() => []);
  for (const name of names) {
    const ours = name.startsWith(`.${basename(file)}.`) && /\.[0-9a-f]{12}\.tmp$/.test(name);
    if (ours) await rm(join(dirname(file), name), { force: true });
  }
}

async function statOf(path: string) {
  return stat(path).catch((error) => {
    if (isMissing(error)) return null;
    throw error;
  });
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}
