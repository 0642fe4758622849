import { join } from 'node:path';
import type { Rectangle } from 'electron';
import type { ElectronApi, MenuApi } from './electron-api.ts';
import { type TrayLook, trayIconFile } from './tray-look.ts';

export interface TrayIcon {
  show(look: TrayLook, menu: MenuApi): void;
  /** null where the system does not tell. */
  bounds(): Rectangle | null;
}

export interface TrayDeps {
  electron: Pick<ElectronApi, 'Tray'>;
  platform: NodeJS.Platform;
  /** The folder of the rendered icons. */
  icons: string;
  first: TrayLook;
  onClick: () => void;
}

/**
 * The tray icon. A click opens the panel, a right click the menu; on Linux most desktops show the menu on any click and send only an
 * "activation".
 */
export function createTray({ electron, platform, icons, first, onClick }: TrayDeps): TrayIcon {
  let shown = trayIconFile(first, platform);
  const tray = new electron.Tray(join(icons, shown));
  let current: MenuApi | null = null;
  tray.on('click', onClick);
  // On macOS a context menu opens on every click, also on the one that should open the panel.
  if (platform === 'darwin') tray.on('right-click', () => current !== null && tray.popUpContextMenu(current));
  return {
    show(look, menu) {
      const file = trayIconFile(look, platform);
      if (file !== shown) tray.setImage(join(icons, file));
      shown = file;
      tray.setToolTip(look.tooltip);
      current = menu;
      if (platform !== 'darwin') tray.setContextMenu(menu);
    },
    bounds: () => (platform === 'linux' ? null : tray.getBounds()),
  };
}
