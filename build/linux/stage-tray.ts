import { chmodSync, cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Release, Stage } from './stage.ts';

const PLACE = 'usr/lib/portcullis-tray';
const PROGRAMS = ['portcullis-tray', 'chrome_crashpad_handler'];

/** Everything of the tray's package. @param root of the stage. @param packed what electron-builder left for `--linux dir` */
export function stageTray(
  stage: Stage,
  root: string,
  checkout: string,
  packed: string,
  { version, epoch }: Release,
): void {
  const own = (name: string) => join(checkout, 'build/linux/tray', name);
  stage.empty(PLACE);
  const place = join(root, PLACE);
  cpSync(packed, place, { recursive: true });
  for (const entry of readdirSync(place, { recursive: true, withFileTypes: true })) {
    const isProgram = entry.isDirectory() || PROGRAMS.includes(entry.name);
    chmodSync(join(entry.parentPath, entry.name), isProgram ? 0o755 : 0o644);
  }
  // Where a kernel gives no user namespaces to ordinary users, Chromium's sandbox is made by this program, which has to be root's.
  chmodSync(join(place, 'chrome-sandbox'), 0o4755);
  // It is beside the program as the license of everything else is in the copyright file.
  rmSync(join(place, 'LICENSE'), { force: true });
  stage.link('usr/bin/portcullis-tray', '../lib/portcullis-tray/portcullis-tray');
  stage.file('usr/share/applications/portcullis-tray.desktop', own('portcullis-tray.desktop'));
  for (const name of readdirSync(join(checkout, 'build/icons'))) {
    const size = name.replace('.png', '');
    stage.file(`usr/share/icons/hicolor/${size}/apps/portcullis-tray.png`, join(checkout, 'build/icons', name));
  }
  const date = new Date(epoch * 1000).toISOString().slice(0, 10);
  const manual = readFileSync(own('portcullis-tray.1'), 'utf8');
  stage.text('usr/share/man/man1/portcullis-tray.1', manual.replace('@DATE@', date).replace('@VERSION@', version));
}
