import type * as Electron from 'electron';

/**
 * The part of Electron that the shell uses, in Electron's own types. `index.ts` passes the real module and the tests a double; both have to
 * match, so that a call Electron does not have fails to compile.
 */
export interface ElectronApi {
  app: AppApi;
  BrowserWindow: new (options: Electron.BrowserWindowConstructorOptions) => WindowApi;
  Tray: new (image: string) => TrayApi;
  Menu: {
    buildFromTemplate(template: Electron.MenuItemConstructorOptions[]): MenuApi;
    setApplicationMenu(menu: MenuApi | null): void;
  };
  Notification: (new (
    options: Electron.NotificationConstructorOptions,
  ) => NotificationApi) & { isSupported(): boolean };
  session: { fromPartition(partition: string, options?: Electron.FromPartitionOptions): SessionApi };
  nativeTheme: Pick<Electron.NativeTheme, 'themeSource'>;
  protocol: { registerSchemesAsPrivileged(schemes: Electron.CustomScheme[]): void };
  ipcMain: {
    handle(
      channel: string,
      listener: (event: IpcSender & { sender: WebContentsApi }, ...args: unknown[]) => Promise<unknown>,
    ): void;
    on(channel: string, listener: (event: IpcSender & { sender: WebContentsApi }, ...args: unknown[]) => void): unknown;
    removeAllListeners(channel: string): unknown;
  };
  screen: { getAllDisplays(): DisplayApi[]; getPrimaryDisplay(): DisplayApi };
  powerMonitor: { on(event: 'resume', listener: () => void): unknown };
  clipboard: Pick<Electron.Clipboard, 'readText' | 'writeText'>;
  dialog: { showMessageBox(options: Electron.MessageBoxOptions): Promise<Electron.MessageBoxReturnValue> };
  shell: Pick<Electron.Shell, 'openExternal' | 'openPath'>;
}

export type DisplayApi = Pick<Electron.Display, 'id' | 'workArea'>;

/** Only passed on. */
export type MenuApi = Pick<Electron.Menu, 'closePopup'>;

export interface AppApi
  extends Pick<
    Electron.App,
    | 'enableSandbox'
    | 'exit'
    | 'getLocale'
    | 'getLoginItemSettings'
    // Used by electron-store, as the next one.
    | 'getPath'
    | 'getVersion'
    | 'isPackaged'
    | 'quit'
    | 'relaunch'
    | 'requestSingleInstanceLock'
    | 'setAppUserModelId'
    | 'setAsDefaultProtocolClient'
    | 'setLoginItemSettings'
    | 'setPath'
    | 'whenReady'
  > {
  readonly commandLine: { appendSwitch(name: string, value: string): void };
  readonly dock?: { hide(): void; show(): Promise<void> } | undefined;
  on(event: 'second-instance', listener: (event: unknown, argv: string[]) => void): unknown;
  on(event: 'open-url', listener: (event: Preventable, url: string) => void): unknown;
  on(event: 'before-quit', listener: (event: Preventable) => void): unknown;
  on(
    event: 'child-process-gone',
    listener: (event: unknown, details: Pick<Electron.Details, 'type' | 'reason' | 'exitCode'>) => void,
  ): unknown;
  on(event: 'window-all-closed' | 'activate', listener: () => void): unknown;
  on(event: 'web-contents-created', listener: (event: unknown, contents: WebContentsApi) => void): unknown;
}

export interface Preventable {
  preventDefault(): void;
}

/** Of an IPC message: who sent it. The frame is null once it is gone. */
export interface IpcSender {
  readonly senderFrame: { readonly origin: string; readonly url: string; readonly parent: unknown } | null;
}

export interface WindowApi
  extends Pick<
    Electron.BrowserWindow,
    | 'destroy'
    | 'focus'
    | 'getNormalBounds'
    | 'hide'
    | 'isDestroyed'
    | 'isFocused'
    | 'isMinimized'
    | 'isVisible'
    | 'loadURL'
    | 'minimize'
    | 'restore'
    | 'setBounds'
    | 'show'
  > {
  readonly webContents: WebContentsApi;
  setMenu(menu: MenuApi | null): void;
  on(event: 'close', listener: (event: Preventable) => void): unknown;
  on(event: 'blur' | 'focus' | 'move', listener: () => void): unknown;
  once(event: 'ready-to-show', listener: () => void): unknown;
}

export interface WebContentsApi
  extends Pick<Electron.WebContents, 'getType' | 'id' | 'isDestroyed' | 'reload' | 'send' | 'setWindowOpenHandler'> {
  on(event: 'will-navigate' | 'will-redirect', listener: (event: Preventable & { url: string }) => void): unknown;
  on(event: 'will-frame-navigate', listener: (event: Preventable & { url: string }) => void): unknown;
  on(event: 'will-attach-webview', listener: (event: Preventable) => void): unknown;
  on(
    event: 'did-start-navigation',
    listener: (details: { url: string; isMainFrame: boolean; isSameDocument: boolean }) => void,
  ): unknown;
  on(
    event: 'render-process-gone',
    listener: (event: unknown, details: Electron.RenderProcessGoneDetails) => void,
  ): unknown;
  on(event: 'destroyed', listener: () => void): unknown;
}

export interface SessionApi {
  fetch(input: string | Request, init?: RequestInit): Promise<Response>;
  readonly protocol: { handle(scheme: string, handler: (request: Request) => Response | Promise<Response>): void };
  readonly webRequest: {
    onBeforeRequest(
      listener: (details: { url: string }, callback: (response: Electron.CallbackResponse) => void) => void,
    ): void;
  };
  setPermissionRequestHandler(
    handler: (contents: unknown, permission: string, callback: (granted: boolean) => void) => void,
  ): void;
  setPermissionCheckHandler(handler: (contents: unknown, permission: string) => boolean): void;
  setDevicePermissionHandler(handler: () => boolean): void;
  on(event: 'will-download', listener: (event: Preventable) => void): unknown;
}

export interface TrayApi extends Pick<Electron.Tray, 'getBounds' | 'setImage' | 'setToolTip'> {
  on(event: 'click' | 'right-click', listener: () => void): unknown;
  setContextMenu(menu: MenuApi | null): void;
  popUpContextMenu(menu?: MenuApi): void;
}

export interface NotificationApi extends Pick<Electron.Notification, 'close' | 'show'> {
  on(event: 'click' | 'failed', listener: () => void): unknown;
  on(event: 'action', listener: (details: { actionIndex: number }) => void): unknown;
}
