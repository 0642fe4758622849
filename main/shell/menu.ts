import type { MenuItemConstructorOptions } from 'electron';
import type { ElectronApi, MenuApi } from './electron-api.ts';
import type { MenuCommand, MenuEntry } from './menu-model.ts';

/** Electron's menu of a model. */
export function buildMenu(
  electron: Pick<ElectronApi, 'Menu'>,
  entries: readonly MenuEntry[],
  run: (command: MenuCommand) => void,
): MenuApi {
  return electron.Menu.buildFromTemplate(entries.map((entry) => itemOf(entry, run)));
}

function itemOf(entry: MenuEntry, run: (command: MenuCommand) => void): MenuItemConstructorOptions {
  switch (entry.kind) {
    case 'separator':
      return { type: 'separator' };
    case 'text':
      return { label: literal(entry.label), enabled: false };
    case 'submenu':
      return { label: literal(entry.label), submenu: entry.entries.map((inner) => itemOf(inner, run)) };
    case 'command': {
      const { command, label, enabled, checked } = entry;
      const item = { id: command, label: literal(label), enabled, click: () => run(command) };
      return checked === undefined ? item : { ...item, type: 'checkbox', checked };
    }
  }
}

/** An `&` in a label marks the key of the letter behind it; an organization's name may hold one. */
function literal(label: string): string {
  return label.replaceAll('&', '&&');
}
