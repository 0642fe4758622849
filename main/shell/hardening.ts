import type { WebPreferences } from 'electron';
import type { Logger } from '../platform/log/logger.ts';
import type { AppApi, IpcSender, SessionApi, WebContentsApi } from './electron-api.ts';
import { PANEL_ORIGIN, PANEL_URL } from './panel-protocol.ts';

/**
 * The numbers are those of Electron's security checklist (https://www.electronjs.org/docs/latest/tutorial/security); docs/security.md
 * has the table with the test of each.
 */

/** 2, 3, 4, 6, 8, 9, 10. Today's defaults are set too, so that a later default changes nothing. */
export function panelPreferences(preload: string, partition: string, devTools: boolean): WebPreferences {
  return {
    preload,
    partition,
    devTools,
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    plugins: false,
    navigateOnDragDrop: false,
    safeDialogs: true,
    spellcheck: false,
    webgl: false,
    enableWebSQL: false,
  };
}

/** Writing text after a click, for the panel's "Copy" buttons; reading the clipboard is another permission. */
const GRANTED = 'clipboard-sanitized-write';

/** 1, 5: the page gets its own files and one permission, to write text to the clipboard. */
export function hardenSession(session: SessionApi, log: Logger): void {
  session.setPermissionRequestHandler((_contents, permission, callback) => {
    const granted = permission === GRANTED;
    if (!granted) log.warn({ permission }, 'permission denied to page');
    callback(granted);
  });
  session.setPermissionCheckHandler((_contents, permission) => permission === GRANTED);
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event) => event.preventDefault());
  session.webRequest.onBeforeRequest(({ url }, callback) => {
    const cancel = !isOfPanel(url);
    if (cancel) log.warn({ url: url.slice(0, 200) }, 'request of page cancelled');
    callback({ cancel });
  });
}

/**
 * 11 to 14: no contents may navigate or open a window; only the error page may load the panel again.
 *
 * @param openOutside gets the address that a page wants to open, and opens it in the browser if it is one that we gave the page.
 */
export function hardenContents(app: AppApi, openOutside: (address: string) => void, log: Logger): void {
  app.on('web-contents-created', (_event, contents) => {
    const stay = (event: { url: string; preventDefault(): void }): void => {
      if (event.url === PANEL_URL) return;
      event.preventDefault();
      log.warn({ url: event.url.slice(0, 200) }, 'navigation denied');
    };
    contents.on('will-navigate', stay);
    contents.on('will-frame-navigate', stay);
    contents.on('will-redirect', stay);
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.setWindowOpenHandler(({ url }) => {
      openOutside(url);
      return { action: 'deny' };
    });
  });
}

/** 17: only the top frame of the panel, in the window that we created, is answered. */
export function isFromPanel(event: IpcSender & { sender: WebContentsApi }, panel: WebContentsApi | null): boolean {
  const frame = event.senderFrame;
  if (frame === null || panel === null || event.sender.id !== panel.id) return false;
  return frame.parent === null && frame.origin === PANEL_ORIGIN && isOfPanel(frame.url);
}

/** 15: only web pages are opened outside; a `file:` or an application's own scheme could start programs. */
export function isOfTheWeb(address: string): boolean {
  return URL.canParse(address) && ['https:', 'http:'].includes(new URL(address).protocol);
}

function isOfPanel(url: string): boolean {
  return url.startsWith(PANEL_URL);
}
