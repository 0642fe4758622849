import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';

/** Where all links on the way lead; the path itself where that cannot be found out, or nothing is there. */
export function realPathOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}

/** Every folder above a path, its own first, the root last. */
export function foldersOf(path: string): string[] {
  const folders: string[] = [];
  for (let at = path, folder = dirname(at); folder !== at; at = folder, folder = dirname(at)) folders.push(folder);
  return folders;
}
