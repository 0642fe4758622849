import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { packTray } from '../../../build/linux/pack-tray.ts';

const root = join(import.meta.dirname, '..', '..', '..');

/** The program's file in the folder that `packProgram` makes. */
export const PROGRAM = 'portcullis-tray';

/** `packTray` of this checkout, and beside the program's folder what electron-builder's packages put into /usr/bin. */
export async function packProgram(electron: string, folder: string, change: object = {}): Promise<string> {
  const place = packTray(root, electron, folder, change);
  await cp(join(root, 'build', 'linux', 'portcullis'), join(folder, 'packed', 'portcullis'));
  return place;
}
