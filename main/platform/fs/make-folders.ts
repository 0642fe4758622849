import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes `folder` and what is missing above it. Node's own `recursive` never comes to an end where a parent exists but cannot
 * have the child, as below `/proc` (mkdir(2) says ENOENT there, which it takes for a missing parent).
 *
 * @param mode permission bits of each folder that is made, less the umask
 * @returns whether `folder` itself was made
 * @throws the error of mkdir(2); `ENOTDIR` where something else is in its place
 */
export async function makeFolders(folder: string, mode: number): Promise<boolean> {
  try {
    await mkdir(folder, { mode });
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' && dirname(folder) !== folder) {
      await makeFolders(dirname(folder), mode);
      // Once more and no oftener; somebody else may have made it meanwhile.
      await mkdir(folder, { mode }).catch((again) => {
        if (codeOf(again) !== 'EEXIST') throw again;
      });
      return true;
    }
    // On a file system that is read-only, or where this user may not write, mkdir(2) may say so of a folder that is there.
    const there = await stat(folder).catch(() => null);
    if (there?.isDirectory()) return false;
    throw code === 'EEXIST' ? Object.assign(new Error(`${folder} is no folder`), { code: 'ENOTDIR' }) : error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}
