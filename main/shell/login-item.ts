import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { cannotWrite, writeFileAtomic } from '../platform/fs/atomic-file.ts';
import type { AppApi } from './electron-api.ts';

/** Registers this program with the system to start, hidden, when its user logs in. */
export interface LoginItem {
  /** @throws ProblemError `cannot-write`, `login-item-refused`. */
  set(value: boolean): Promise<void>;
  isSet(): Promise<boolean>;
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
  const isSet = (): boolean => app.getLoginItemSettings({ args: [HIDDEN] }).openAtLogin;
  return {
    isSet: async () => isSet(),
    async set(value) {
      // Asked first, because on macOS each setting is announced to the user.
      if (isSet() === value) return;
      app.setLoginItemSettings({ openAtLogin: value, args: [HIDDEN] });
      // Electron does not say: macOS may ask its user first, and a policy may keep it as it is.
      if (isSet() !== value) throw new ProblemError(problem('login-item-refused'));
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
  const failed = (error: unknown): never => {
    throw cannotWrite(file, error);
  };
  return {
    isSet: async () => existsSync(file),
    async set(value) {
      if (!value) return rm(file, { force: true }).catch(failed);
      const lines = [
        '[Desktop Entry]',
        'Type=Application',
        'Name=Portcullis',
        `Exec=${quoted(program)} ${HIDDEN}`,
        'Icon=portcullis-tray',
        'X-GNOME-Autostart-enabled=true',
      ];
      await mkdir(folder, { recursive: true }).catch(failed);
      await writeFileAtomic(file, `${lines.join('\n')}\n`, 0o644);
    },
  };
}

/** Desktop Entry Specification, "The Exec key": quoted, these four escaped; then escaped once more as a string, and `%` doubled. */
function quoted(path: string): string {
  return `"${path.replaceAll(/["`$\\]/g, '\\$&')}"`.replaceAll('\\', '\\\\').replaceAll('%', '%%');
}
