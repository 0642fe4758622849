import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../platform/fs/atomic-file.ts';
import type { AppApi } from './electron-api.ts';

/** Registers this program with the system to start, hidden, when its user logs in. */
export interface LoginItem {
  set(value: boolean): Promise<void>;
}

const HIDDEN = '--hidden';

/** Then the panel stays hidden. macOS passes no arguments, but says so. */
export function startedAtLogin(
  hidden: boolean,
  platform: NodeJS.Platform,
  app: Pick<AppApi, 'getLoginItemSettings'>,
): boolean {
  return hidden || (platform === 'darwin' && app.getLoginItemSettings().wasOpenedAtLogin);
}

/** macOS and Windows keep a list, which Electron writes. */
export function systemLoginItem(app: Pick<AppApi, 'getLoginItemSettings' | 'setLoginItemSettings'>): LoginItem {
  return {
    set: async (value) => {
      // Asked first, because on macOS each setting is announced to the user.
      if (app.getLoginItemSettings({ args: [HIDDEN] }).openAtLogin !== value) {
        app.setLoginItemSettings({ openAtLogin: value, args: [HIDDEN] });
      }
    },
  };
}

/**
 * Linux has a folder of desktop files, which Electron leaves to its applications
 * (https://specifications.freedesktop.org/autostart-spec/latest/).
 *
 * @param folder `$XDG_CONFIG_HOME/autostart`.
 * @param program path of this program; an AppImage's own, not that of its mount.
 */
export function autostartFile(folder: string, program: string): LoginItem {
  const file = join(folder, 'portcullis.desktop');
  return {
    set: async (value) => {
      if (!value) return rm(file, { force: true });
      const lines = [
        '[Desktop Entry]',
        'Type=Application',
        'Name=Portcullis',
        `Exec=${quoted(program)} ${HIDDEN}`,
        'Icon=portcullis-tray',
        'X-GNOME-Autostart-enabled=true',
      ];
      await mkdir(folder, { recursive: true });
      await writeFileAtomic(file, `${lines.join('\n')}\n`, 0o644);
    },
  };
}

/** Desktop Entry Specification, "The Exec key": quoted, these four escaped; then escaped once more as a string, and `%` doubled. */
function quoted(path: string): string {
  return `"${path.replaceAll(/["`$\\]/g, '\\$&')}"`.replaceAll('\\', '\\\\').replaceAll('%', '%%');
}
