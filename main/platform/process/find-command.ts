import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Administrators' commands on Unix; the user's PATH may lack these folders, because `su` without `-` keeps it. */
const ADMINISTRATORS_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The full path of a command, or null. Looks in `PATH`, then in the administrators' folders; on Windows with `.exe`. */
export function findCommand(name: string, path: string | undefined, platform = process.platform): string | null {
  const folders = (path ?? '').split(delimiter).filter((folder) => folder !== '');
  if (platform !== 'win32') folders.push(...ADMINISTRATORS_FOLDERS);
  for (const folder of folders) {
    const file = join(folder, platform === 'win32' ? `${name}.exe` : name);
    if (isExecutableFile(file)) return file;
  }
  return null;
}

export function isExecutableFile(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
