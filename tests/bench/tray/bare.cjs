/** The least that an Electron with a tray icon and a window can be: what of the tray's figures is Electron's and Chromium's own. */
const { join } = require('node:path');
const { app, BrowserWindow, Menu, Tray } = require('electron');

const [folder, icon] = process.argv.slice(-2);
app.enableSandbox();
app.commandLine.appendSwitch('password-store', 'basic');
app.setPath('userData', folder);
app.on('window-all-closed', () => undefined);
app.whenReady().then(() => {
  Menu.setApplicationMenu(null);
  const tray = new Tray(icon);
  tray.setContextMenu(Menu.buildFromTemplate([{ label: 'Quit', click: () => app.quit() }]));
  const window = new BrowserWindow({
    ...{ x: 1000, y: 60, width: 480, height: 740 },
    ...{ show: false, paintWhenInitiallyHidden: true, title: 'Bare', autoHideMenuBar: true },
    webPreferences: { sandbox: true, contextIsolation: true, nodeIntegration: false },
  });
  window.loadFile(join(__dirname, 'bare.html'));
  tray.on('click', () => {
    if (window.isVisible() && window.isFocused()) return window.hide();
    window.show();
    window.focus();
  });
  globalThis.kept = { tray, window };
});
