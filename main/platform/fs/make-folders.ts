import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Creates `folder` and its missing parents. Node's own `recursive` never ends where a parent exists but cannot have the
 * child, as below `/proc`: mkdir(2) fails with ENOENT there, which Node takes for a missing parent.
 *
 * @param mode permission bits of each new folder, less the umask
 * @returns whether `folder` itself was created
 * @throws the error of mkdir(2); `ENOTDIR` if something else is in its place
 */
export async function makeFolders(folder: string, mode: number): Promise<boolean> {
  try {
    await mkdir(folder, { mode });
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' && dirname(folder) !== folder) {
      await makeFolders(dirname(folder), mode);
      // Once only; another process may have created it in the meantime.
      await mkdir(folder, { mode }).catch((again) => {
        if (codeOf(again) !== 'EEXIST') throw again;
      });
      return true;
    }
    // On a read-only file system, or without write permission, mkdir(2) may fail for a folder that exists.
    const existing = await stat(folder).catch(() => null);
    if (existing?.isDirectory()) return false;
    throw code === 'EEXIST' ? Object.assign(new Error(`${folder} is not a folder`), { code: 'ENOTDIR' }) : error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}
