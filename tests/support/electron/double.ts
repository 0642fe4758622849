import { EventEmitter } from 'node:events';
import type {
  BrowserWindowConstructorOptions,
  CustomScheme,
  HandlerDetails,
  MenuItemConstructorOptions,
  MessageBoxOptions,
  NotificationConstructorOptions,
  Rectangle,
  RenderProcessGoneDetails,
  Settings,
  WindowOpenHandlerResponse,
} from 'electron';
import type { ElectronApi } from '../../../main/shell/electron-api.ts';

/** A prevented event, as a listener sees it. */
class Cancellable {
  prevented = false;
  readonly url: string;
  constructor(url = '') {
    this.url = url;
  }
  preventDefault(): void {
    this.prevented = true;
  }
}

export class ContentsDouble extends EventEmitter {
  static #last = 0;
  readonly id: number;
  /** The page it shows, as the sender of its messages. */
  url = '';
  reloads = 0;
  /** What was sent to the page, oldest first. */
  readonly sent: { channel: string; args: unknown[] }[] = [];
  openHandler: (details: HandlerDetails) => WindowOpenHandlerResponse = () => ({ action: 'allow' });
  /** Hears what is sent, as the preload script does. */
  onSent: (channel: string, args: unknown[]) => void = () => undefined;

  constructor() {
    super();
    ContentsDouble.#last += 1;
    this.id = ContentsDouble.#last;
  }
  getType = () => 'window' as const;
  isDestroyed = (): boolean => false;
  reload = (): void => {
    this.reloads += 1;
  };
  send = (channel: string, ...args: unknown[]): void => {
    const sent = structuredClone(args);
    this.sent.push({ channel, args: sent });
    this.onSent(channel, sent);
  };
  setWindowOpenHandler = (handler: (details: HandlerDetails) => WindowOpenHandlerResponse): void => {
    this.openHandler = handler;
  };

  /** Something in the page wants to go elsewhere. @returns whether it may. */
  navigates(event: 'will-navigate' | 'will-redirect' | 'will-frame-navigate', url: string): boolean {
    const details = new Cancellable(url);
    this.emit(event, details);
    return !details.prevented;
  }
  attachesWebview(): boolean {
    const details = new Cancellable();
    this.emit('will-attach-webview', details);
    return !details.prevented;
  }
  crashes(reason: RenderProcessGoneDetails['reason'] = 'crashed'): void {
    this.emit('render-process-gone', {}, { reason, exitCode: 11 });
  }
}

export class WindowDouble extends EventEmitter {
  readonly options: BrowserWindowConstructorOptions;
  readonly webContents = new ContentsDouble();
  bounds: Rectangle;
  visible = false;
  focused = false;
  minimized = false;
  menu: MenuDouble | null = null;
  readonly loaded: string[] = [];

  constructor(options: BrowserWindowConstructorOptions) {
    super();
    this.options = options;
    const { x = 0, y = 0, width = 800, height = 600, show = true } = options;
    this.bounds = { x, y, width, height };
    this.visible = show;
  }
  destroy = (): void => undefined;
  isDestroyed = (): boolean => false;
  isVisible = (): boolean => this.visible;
  isFocused = (): boolean => this.focused;
  isMinimized = (): boolean => this.minimized;
  show = (): void => {
    this.visible = true;
    this.focus();
  };
  focus = (): void => {
    this.focused = true;
    this.emit('focus');
  };
  hides = 0;
  hide = (): void => {
    this.hides += 1;
    this.visible = false;
    this.focused = false;
  };
  minimize = (): void => {
    this.minimized = true;
    this.focused = false;
  };
  restore = (): void => {
    this.minimized = false;
  };
  getNormalBounds = (): Rectangle => ({ ...this.bounds });
  setBounds = (bounds: Partial<Rectangle>): void => {
    this.bounds = { ...this.bounds, ...bounds };
  };
  setMenu = (menu: MenuDouble | null): void => {
    this.menu = menu;
  };
  loadURL = async (url: string): Promise<void> => {
    this.loaded.push(url);
    this.webContents.url = url;
    this.webContents.emit('did-start-navigation', { url, isMainFrame: true, isSameDocument: false });
    await Promise.resolve();
    this.emit('ready-to-show');
  };

  /** The user clicks into another window. */
  loseFocus(): void {
    this.focused = false;
    this.emit('blur');
  }
  /** The user presses the window's close button. @returns whether it closes. */
  pressesClose(): boolean {
    const event = new Cancellable();
    this.emit('close', event);
    return !event.prevented;
  }
}

export class MenuDouble {
  readonly items: MenuItemConstructorOptions[];
  constructor(items: MenuItemConstructorOptions[]) {
    this.items = items;
  }
  closePopup = (): void => undefined;

  /** Labels from top to bottom, those of submenus behind their own, `-` for a separator. */
  labels(items = this.items): string[] {
    return items.flatMap((item) => [
      item.label ?? '-',
      ...(Array.isArray(item.submenu) ? this.labels(item.submenu) : []),
    ]);
  }
  item(id: string, items = this.items): MenuItemConstructorOptions | null {
    for (const item of items) {
      if (item.id === id) return item;
      const found = Array.isArray(item.submenu) ? this.item(id, item.submenu) : null;
      if (found !== null) return found;
    }
    return null;
  }
  /** What a person does: an item that is greyed out does nothing. */
  click(id: string): void {
    const item = this.item(id);
    if (item === null) throw new Error(`the menu has no ${id}: ${this.labels().join(', ')}`);
    if (item.enabled === false) throw new Error(`${id} is disabled`);
    // As Electron does, before it calls.
    if (item.type === 'checkbox') item.checked = !item.checked;
    (item.click as (() => void) | undefined)?.();
  }
}

export class TrayDouble extends EventEmitter {
  image: string;
  toolTip = '';
  menu: MenuDouble | null = null;
  poppedUp: MenuDouble | null = null;
  bounds: Rectangle = { x: 1700, y: 1050, width: 24, height: 24 };
  constructor(image: string) {
    super();
    this.image = image;
  }
  getBounds = (): Rectangle => this.bounds;
  setImage = (image: unknown): void => {
    this.image = String(image);
  };
  setToolTip = (text: string): void => {
    this.toolTip = text;
  };
  setContextMenu = (menu: MenuDouble | null): void => {
    this.menu = menu;
  };
  popUpContextMenu = (menu?: MenuDouble): void => {
    this.poppedUp = menu ?? this.menu;
  };
}

export class NotificationDouble extends EventEmitter {
  readonly options: NotificationConstructorOptions;
  shown = false;
  constructor(options: NotificationConstructorOptions) {
    super();
    this.options = options;
  }
  show = (): void => {
    this.shown = true;
  };
  close = (): void => {
    this.shown = false;
  };
}

type BeforeRequest = (details: { url: string }, callback: (response: { cancel?: boolean }) => void) => void;
type PermissionRequest = (contents: unknown, permission: string, callback: (granted: boolean) => void) => void;

/** Allows everything until it is told otherwise, as Electron does. */
export class SessionDouble extends EventEmitter {
  readonly partition: string;
  readonly protocols = new Map<string, (request: Request) => Response | Promise<Response>>();
  #beforeRequest: BeforeRequest = (_details, callback) => callback({});
  #permissionRequest: PermissionRequest = (_contents, _permission, callback) => callback(true);
  #permissionCheck: (contents: unknown, permission: string) => boolean = () => true;
  #devicePermission: () => boolean = () => true;

  constructor(partition: string) {
    super();
    this.partition = partition;
  }
  /** The real network: what Chromium's stack adds cannot be played. */
  fetch = (input: string | Request, init?: RequestInit): Promise<Response> => fetch(input, init);
  readonly protocol = {
    handle: (scheme: string, handler: (request: Request) => Response | Promise<Response>): void => {
      this.protocols.set(scheme, handler);
    },
  };
  readonly webRequest = {
    onBeforeRequest: (listener: BeforeRequest): void => {
      this.#beforeRequest = listener;
    },
  };
  setPermissionRequestHandler = (handler: PermissionRequest): void => {
    this.#permissionRequest = handler;
  };
  setPermissionCheckHandler = (handler: (contents: unknown, permission: string) => boolean): void => {
    this.#permissionCheck = handler;
  };
  setDevicePermissionHandler = (handler: () => boolean): void => {
    this.#devicePermission = handler;
  };

  /** A page of this session requests an address. @returns whether it may. */
  mayRequest(url: string): boolean {
    let cancelled = false;
    this.#beforeRequest({ url }, ({ cancel = false }) => {
      cancelled = cancel;
    });
    return !cancelled;
  }
  /** By each of the three ways in which a page gets a permission. */
  grants(permission: string): boolean[] {
    let granted = false;
    this.#permissionRequest({}, permission, (answer) => {
      granted = answer;
    });
    return [granted, this.#permissionCheck({}, permission), this.#devicePermission()];
  }
  downloads(): boolean {
    const event = new Cancellable();
    this.emit('will-download', event);
    return !event.prevented;
  }
  /** A page of this session loads an address of a scheme that is handled. */
  async loads(url: string, init?: RequestInit): Promise<Response> {
    const handler = this.protocols.get(new URL(url).protocol.slice(0, -1));
    if (handler === undefined) throw new Error(`nobody handles ${url}`);
    return handler(new Request(url, init));
  }
}

type Listener = (event: unknown, ...args: unknown[]) => unknown;

export interface DoubleOptions {
  packaged?: boolean;
  /** Whether this is the first instance. */
  lock?: boolean;
  /** Electron gets ready by itself once the program waits for it, and keeps the process alive from then on. */
  autoReady?: boolean;
  /** A window was made. */
  onWindow?: (window: WindowDouble) => void;
  /** Called by `app.exit`, and by `app.quit` unless that was prevented. */
  onExit?: (code: number) => void;
}

/** What happened, and what a test makes happen. `electron` is what the program imports. */
export interface ElectronDouble {
  electron: ElectronApi;
  app: {
    /** Electron gets ready. */
    becomeReady(): void;
    emit(event: string, ...args: unknown[]): void;
    exitCode: number | null;
    sandboxed: boolean;
    /** Chromium's switches, set before it started. */
    switches: Record<string, string>;
    paths: Record<string, string>;
    protocolClient: string | null;
    /** The arguments of the program that starts when this one has ended. */
    relaunched: string[] | null;
    loginItem: Settings;
    userModelId: string;
  };
  windows: WindowDouble[];
  trays: TrayDouble[];
  notifications: NotificationDouble[];
  sessions: Map<string, SessionDouble>;
  schemes: CustomScheme[];
  applicationMenu: MenuDouble | null | undefined;
  clipboard: { text: string };
  /** What was asked, and the button that is pressed. */
  dialogs: { asked: MessageBoxOptions[]; answer: number };
  opened: string[];
  resume(): void;
  /** A page sends an IPC message. @returns what `invoke` resolves with. */
  message(from: PageDouble, channel: string, ...args: unknown[]): Promise<unknown>;
  /** Channels on which a page is heard. */
  channels(): string[];
}

export interface PageDouble {
  contents: ContentsDouble;
  url?: string;
  /** Of a frame inside another. */
  parent?: object | null;
}

/** A stand-in for Electron under plain Node. It fits Electron's types, so that neither it nor the program can call what is not there. */
export function createElectronDouble(options: DoubleOptions = {}): ElectronDouble {
  const appEvents = new EventEmitter();
  const power = new EventEmitter();
  const ready = Promise.withResolvers<void>();
  const handlers = new Map<string, Listener>();
  const listeners = new Map<string, Listener[]>();
  const sessions = new Map<string, SessionDouble>();
  let isReady = false;
  const becomeReady = (): void => {
    isReady = true;
    ready.resolve();
  };
  const beforeReady = (what: string): void => {
    if (isReady) throw new Error(`${what} comes too late: Electron is ready`);
  };
  const end = (code: number): void => {
    double.app.exitCode = code;
    options.onExit?.(code);
  };
  const display = { id: 1, workArea: { x: 0, y: 0, width: 1920, height: 1040 } };

  const electron = {
    app: {
      isPackaged: options.packaged ?? false,
      commandLine: {
        appendSwitch: (name, value) => {
          beforeReady('appendSwitch');
          double.app.switches[name] = value;
        },
      },
      dock: { hide: () => undefined, show: async () => undefined },
      enableSandbox: () => {
        beforeReady('enableSandbox');
        double.app.sandboxed = true;
      },
      exit: (code = 0) => end(code),
      getLocale: () => 'en-GB',
      getLoginItemSettings: () => ({
        openAtLogin: double.app.loginItem.openAtLogin ?? false,
        openAsHidden: false,
        wasOpenedAtLogin: false,
        wasOpenedAsHidden: false,
        restoreState: false,
        status: 'enabled',
        executableWillLaunchAtLogin: false,
        launchItems: [],
      }),
      getPath: (name) => double.app.paths[name] ?? `/double/${name}`,
      getVersion: () => '0.1.0',
      quit: () => {
        const event = new Cancellable();
        appEvents.emit('before-quit', event);
        if (!event.prevented && double.windows.every((window) => window.pressesClose())) end(0);
      },
      relaunch: ({ args = [] } = {}) => {
        double.app.relaunched = args;
      },
      requestSingleInstanceLock: () => options.lock ?? true,
      setAppUserModelId: (id) => {
        double.app.userModelId = id;
      },
      setAsDefaultProtocolClient: (protocol) => {
        double.app.protocolClient = protocol;
        return true;
      },
      setLoginItemSettings: (settings) => {
        double.app.loginItem = settings;
      },
      setPath: (name, path) => {
        beforeReady('setPath');
        double.app.paths[name] = path;
      },
      whenReady: () => {
        if (options.autoReady && !isReady) {
          setImmediate(becomeReady);
          setInterval(() => undefined, 60_000);
        }
        return ready.promise;
      },
      on: (event: string, listener: (...args: never[]) => void) => appEvents.on(event, listener as Listener),
    },
    BrowserWindow: class extends WindowDouble {
      constructor(windowOptions: BrowserWindowConstructorOptions) {
        super(windowOptions);
        double.windows.push(this);
        appEvents.emit('web-contents-created', {}, this.webContents);
        options.onWindow?.(this);
      }
    },
    Tray: class extends TrayDouble {
      constructor(image: string) {
        super(image);
        double.trays.push(this);
      }
    },
    Menu: {
      buildFromTemplate: (template) => new MenuDouble(template),
      setApplicationMenu: (menu) => {
        double.applicationMenu = menu instanceof MenuDouble ? menu : null;
      },
    },
    Notification: class extends NotificationDouble {
      static isSupported = (): boolean => true;
      constructor(notificationOptions: NotificationConstructorOptions) {
        super(notificationOptions);
        double.notifications.push(this);
      }
    },
    session: {
      fromPartition: (partition) => {
        const session = sessions.get(partition) ?? new SessionDouble(partition);
        sessions.set(partition, session);
        return session;
      },
    },
    nativeTheme: { themeSource: 'system' },
    protocol: {
      registerSchemesAsPrivileged: (schemes) => {
        beforeReady('registerSchemesAsPrivileged');
        double.schemes = schemes;
      },
    },
    ipcMain: {
      handle: (channel, listener) => {
        handlers.set(channel, listener as Listener);
      },
      on: (channel, listener) => {
        listeners.set(channel, [...(listeners.get(channel) ?? []), listener as Listener]);
      },
      removeAllListeners: (channel) => listeners.delete(channel),
    },
    screen: { getAllDisplays: () => [display], getPrimaryDisplay: () => display },
    powerMonitor: { on: (event, listener) => power.on(event, listener) },
    clipboard: {
      readText: async () => double.clipboard.text,
      writeText: async (text) => {
        double.clipboard.text = text;
      },
    },
    dialog: {
      showMessageBox: async (asked) => {
        double.dialogs.asked.push(asked);
        return { response: double.dialogs.answer, checkboxChecked: false };
      },
    },
    shell: {
      openExternal: async (url) => {
        double.opened.push(url);
      },
      openPath: async (path) => {
        double.opened.push(path);
        return '';
      },
    },
  } satisfies ElectronApi;

  const double: ElectronDouble = {
    electron,
    app: {
      becomeReady,
      emit: (event, ...args) => void appEvents.emit(event, ...args),
      exitCode: null,
      sandboxed: false,
      switches: {},
      paths: {},
      protocolClient: null,
      relaunched: null,
      loginItem: {},
      userModelId: '',
    },
    windows: [],
    trays: [],
    notifications: [],
    sessions,
    schemes: [],
    applicationMenu: undefined,
    clipboard: { text: '' },
    dialogs: { asked: [], answer: 0 },
    opened: [],
    resume: () => void power.emit('resume'),
    async message({ contents, url = contents.url, parent = null }, channel, ...args) {
      const origin = URL.canParse(url) ? `${new URL(url).protocol}//${new URL(url).host}` : 'null';
      const event = { sender: contents, senderFrame: { origin, url, parent } };
      const values = structuredClone(args);
      for (const listener of listeners.get(channel) ?? []) listener(event, ...values);
      return structuredClone(await handlers.get(channel)?.(event, ...values));
    },
    channels: () => [...handlers.keys(), ...listeners.keys()].sort(),
  };
  return double;
}
