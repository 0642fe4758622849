import { expect, it } from 'vitest';
import type { ElectronApi } from '../../../main/shell/electron-api.ts';
import type { createElectronDouble } from '../../support/electron/double.ts';

/** Nothing of this runs: `tsc` is the test. An error that it does not find any more fails as an unused `@ts-expect-error`. */
function wrongCalls(electron: ElectronApi, double: ReturnType<typeof createElectronDouble>): void {
  // @ts-expect-error Electron has no such preference
  new electron.BrowserWindow({ webPreferences: { sandboxed: true } });
  // @ts-expect-error the handler answers with an action
  new electron.BrowserWindow({}).webContents.setWindowOpenHandler(() => 'deny');
  // @ts-expect-error a path is text
  electron.app.setPath('userData', 7);
  // @ts-expect-error Electron has no such event
  electron.app.on('before-quitting', () => undefined);
  // @ts-expect-error an item of a menu has no such role
  electron.Menu.buildFromTemplate([{ role: 'editmenue' }]);
  // @ts-expect-error the clipboard is asked, and answers later
  electron.clipboard.readText().trim();
  // @ts-expect-error the double is one of Electron, not of our wishes
  double.electron.app.signIn();
}

it('what Electron does not know does not compile, neither in the shell nor in its double', () => {
  expect(wrongCalls).toBeTypeOf('function');
});
