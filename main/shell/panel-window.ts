import type { Rectangle } from 'electron';
import type { Logger } from '../platform/log/logger.ts';
import type { Clock } from '../platform/time/clock.ts';
import type { ElectronApi, MenuApi, WebContentsApi, WindowApi } from './electron-api.ts';
import { panelPreferences } from './hardening.ts';
import { CRASHED_URL, PANEL_URL } from './panel-protocol.ts';
import type { ShellPreferences } from './preferences.ts';
import { isReachable, MIN_SIZE, placePanel, type Surroundings } from './window-placement.ts';

/** A click on the tray icon takes the focus away, which hides the window; the same click must not show it again. */
const SAME_CLICK_MS = 300;
/** A window manager moves a window that was just shown by its frame, to keep that on the display: so long, and so far. */
const SETTLES_MS = 500;
const FRAME = 64;
/** A page that crashes twice within this time is not loaded a third time. */
const FAILS_AGAIN_MS = 60_000;

/**
 * How the panel lives on this desktop. `popup`: it belongs to the tray icon and hides when something else is clicked; `window`: a window
 * like any other, which is minimized instead of closed because nothing else would lead back to it.
 */
export type PanelManner = 'popup' | 'tray-window' | 'window';

export interface PanelWindow {
  contents(): WebContentsApi;
  show(): void;
  /** What a click on the tray icon does. */
  toggle(): void;
  hide(): void;
  isInFront(): boolean;
  /** For the window on a desktop without tray icons. */
  setMenu(menu: MenuApi): void;
  /** There is a tray icon now that leads back to it, and has its menu. */
  belongToTray(): void;
  /** The application quits, so the window may close. */
  release(): void;
}

export interface PanelWindowDeps {
  electron: Pick<ElectronApi, 'BrowserWindow' | 'screen'>;
  manner: PanelManner;
  preload: string;
  partition: string;
  icon: string;
  devTools: boolean;
  preferences: Pick<ShellPreferences, 'window' | 'rememberWindow'>;
  /** null where the system does not tell. */
  trayBounds: () => Rectangle | null;
  onPageGone: () => void;
  /** The user looks at it now. */
  onFront: () => void;
  clock: Clock;
  log: Logger;
}

/** Created and painted in advance, so that a click shows it at once. */
export function createPanelWindow(deps: PanelWindowDeps): PanelWindow {
  const { electron, preferences, clock, log } = deps;
  let { manner } = deps;
  const window: WindowApi = new electron.BrowserWindow({
    ...placePanel(preferences.window(), surroundings()),
    minWidth: MIN_SIZE.width,
    minHeight: MIN_SIZE.height,
    show: false,
    paintWhenInitiallyHidden: true,
    title: 'Portcullis',
    icon: deps.icon,
    autoHideMenuBar: manner !== 'window',
    skipTaskbar: manner === 'popup',
    fullscreenable: false,
    webPreferences: panelPreferences(deps.preload, deps.partition, deps.devTools),
  });
  const { webContents } = window;
  let painted = false;
  let wanted = false;
  /** Where it was shown, whether the window manager may not have moved it yet, and whether anything has moved it since. */
  let placed: Rectangle | null = null;
  let settling = false;
  let hasMoved = false;
  let stopSettling = (): void => undefined;
  let hiddenByBlurAt = Number.NEGATIVE_INFINITY;
  let failedAt = Number.NEGATIVE_INFINITY;
  let givenUp = false;
  let released = false;

  function surroundings(): Surroundings {
    const primary = electron.screen.getPrimaryDisplay();
    const others = electron.screen.getAllDisplays().filter(({ id }) => id !== primary.id);
    return { workAreas: [primary, ...others].map(({ workArea }) => workArea), tray: deps.trayBounds() };
  }

  /** Remembers only what the user changed: a window that was never moved opens at the tray icon, wherever that is. */
  function remember(): void {
    if (placed === null || !window.isVisible()) return;
    const now = window.getNormalBounds();
    if (isSame(now, placed) || (settling && isShift(now, placed))) return;
    try {
      preferences.rememberWindow(now);
    } catch (error) {
      // A full disk, for example: not worth more than a log line.
      log.warn({ err: error }, 'window bounds not saved');
    }
  }

  function show(): void {
    wanted = true;
    if (givenUp) load(PANEL_URL);
    if (!painted) return;
    if (window.isMinimized()) window.restore();
    if (!window.isVisible() || isLost()) place();
    window.show();
    window.focus();
  }

  function place(): void {
    window.setBounds(placePanel(preferences.window(), surroundings()));
    const shown = window.getNormalBounds();
    placed = shown;
    settling = true;
    hasMoved = false;
    stopSettling();
    stopSettling = clock.after(SETTLES_MS, () => {
      settling = false;
      const now = window.getNormalBounds();
      hasMoved = !isSame(now, shown);
      if (window.isVisible() && isShift(now, shown)) placed = now;
    });
  }

  /** A window manager on a busy machine takes longer. A user who drags it moves it more than once. */
  function moved(): void {
    const now = window.getNormalBounds();
    if (placed === null || settling || hasMoved || isSame(now, placed)) return;
    hasMoved = true;
    if (isShift(now, placed)) placed = now;
  }

  /** Its display has gone, and the window manager has not brought it to another. */
  function isLost(): boolean {
    return window.isVisible() && !window.isMinimized() && !isReachable(window.getNormalBounds(), surroundings());
  }

  function hide(): void {
    wanted = false;
    remember();
    if (manner === 'window') window.minimize();
    else window.hide();
  }

  function load(url: string): void {
    window.loadURL(url).catch((error: unknown) => log.error({ err: error, url }, 'panel not loaded'));
  }

  window.once('ready-to-show', () => {
    painted = true;
    if (wanted) show();
    // Never shown, a page that was painted believes that it is seen, and paints on.
    else window.hide();
  });
  window.on('move', moved);
  window.on('focus', () => deps.onFront());
  window.on('blur', () => {
    if (manner !== 'popup') return;
    hiddenByBlurAt = clock.monotonic();
    hide();
  });
  window.on('close', (event) => {
    if (released) return;
    event.preventDefault();
    hide();
  });
  webContents.on('did-start-navigation', ({ url, isMainFrame, isSameDocument }) => {
    if (!isMainFrame || isSameDocument) return;
    deps.onPageGone();
    if (url === PANEL_URL) givenUp = false;
  });
  webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    deps.onPageGone();
    if (reason === 'clean-exit') return;
    // If the error page crashes too, nothing is loaded until the user opens the panel again.
    const last = givenUp;
    givenUp ||= clock.monotonic() - failedAt < FAILS_AGAIN_MS;
    failedAt = clock.monotonic();
    log.error({ reason, exitCode, givenUp }, 'panel crashed');
    if (!last) load(givenUp ? CRASHED_URL : PANEL_URL);
  });
  load(PANEL_URL);

  return {
    contents: () => webContents,
    show,
    toggle() {
      if (window.isVisible() && window.isFocused() && !isLost()) hide();
      else if (clock.monotonic() - hiddenByBlurAt > SAME_CLICK_MS) show();
    },
    hide,
    // One that is asked for is in front as soon as it is painted.
    isInFront: () => (wanted && !painted) || (window.isVisible() && window.isFocused()),
    setMenu: (menu) => window.setMenu(menu),
    belongToTray() {
      manner = 'tray-window';
      window.setMenu(null);
    },
    release() {
      remember();
      released = true;
    },
  };
}

function isSame(a: Rectangle, b: Rectangle): boolean {
  return a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
}

function isShift(a: Rectangle, b: Rectangle): boolean {
  const far = Math.max(Math.abs(a.x - b.x), Math.abs(a.y - b.y));
  return far <= FRAME && a.width === b.width && a.height === b.height;
}
