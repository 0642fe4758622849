import type { WebPreferences } from 'electron';
import type { Logger } from '../platform/log/logger.ts';
import type { AppApi, IpcSender, SessionApi, WebContentsApi } from './electron-api.ts';
import { PANEL_ORIGIN, PANEL_URL } from './panel-protocol.ts';

/**
 * The numbers are those of Electron's security checklist (https://www.electronjs.org/docs/latest/tutorial/security); docs/security.md
 * has the table with the test of each.
 */

/** 2, 3, 4, 6, 8, 9, 10: also what is the default today is written out, so that a changed default changes nothing. */
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

/** 1, 5: the page gets its own files, and of the powers that a page may ask for only to put text on the clipboard. */
export function hardenSession(session: SessionApi, log: Logger): void {
  session.setPermissionRequestHandler((_contents, permission, callback) => {
    const granted = permission === GRANTED;
    if (!granted) log.warn({ permission }, 'shell: the page asked for a permission');
    callback(granted);
  });
  session.setPermissionCheckHandler((_contents, permission) => permission === GRANTED);
  session.setDevicePermissionHandler(() => false);
  session.on('will-download', (event) => event.preventDefault());
  session.webRequest.onBeforeRequest(({ url }, callback) => {
    const cancel = !isOfPanel(url);
    if (cancel) log.warn({ url: url.slice(0, 200) }, 'shell: a request was cancelled');
    callback({ cancel });
  });
}

/**
 * 11 to 14: whatever contents come to be, they stay where they are and open no window. The panel may only be loaded anew, from its
 * error page.
 *
 * @param openOutside gets the address that a page wants a window for, and opens it in the browser if it is one that we gave the page.
 */
export function hardenContents(app: AppApi, openOutside: (address: string) => void, log: Logger): void {
  app.on('web-contents-created', (_event, contents) => {
    const stay = (event: { url: string; preventDefault(): void }): void => {
      if (event.url === PANEL_URL) return;
      event.preventDefault();
      log.warn({ url: event.url.slice(0, 200) }, 'shell: a navigation was refused');
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

/** 17: a message counts only if it comes from the top frame of the panel itself, and from the window that we made. */
export function isFromPanel(event: IpcSender & { sender: WebContentsApi }, panel: WebContentsApi | null): boolean {
  const frame = event.senderFrame;
  if (frame === null || panel === null || event.sender.id !== panel.id) return false;
  return frame.parent === null && frame.origin === PANEL_ORIGIN && isOfPanel(frame.url);
}

/** 15: whatever is opened outside is a page of the web; a `file:` or an application's own scheme could start programs. */
export function isOfTheWeb(address: string): boolean {
  return URL.canParse(address) && ['https:', 'http:'].includes(new URL(address).protocol);
}

function isOfPanel(url: string): boolean {
  return url.startsWith(PANEL_URL);
}
