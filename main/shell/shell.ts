import { dirname, join } from 'node:path';
import { pastedLine } from '../../shared/hosts/pasted.ts';
import { organizationOf } from '../../shared/messages/describe-state.ts';
import { signOutMeans } from '../../shared/messages/membership.ts';
import { summaryText } from '../../shared/messages/summary.ts';
import type { Words } from '../../shared/messages/words.ts';
import { problem, problemIn } from '../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../shared/problems/problem.ts';
import type { Language } from '../../shared/schemas/preferences.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';
import { summaryOf } from '../../shared/state/derive-state.ts';
import type { PanelFile } from '../agent/transport/panel-files.ts';
import type { Logger } from '../platform/log/logger.ts';
import { createSingleFlight } from '../platform/process/single-flight.ts';
import type { Clock } from '../platform/time/clock.ts';
import type { AgentSupervisor } from './agent-supervisor.ts';
import { type DeepLink, isSubject } from './deep-link.ts';
import type { ElectronApi, MenuApi } from './electron-api.ts';
import { hardenSession, isFromPanel } from './hardening.ts';
import { buildMenu } from './menu.ts';
import { type MenuCommand, type MenuEntry, menuModel } from './menu-model.ts';
import { createNoticePolicy } from './notice-policy.ts';
import { createNotifier } from './notifier.ts';
import { servePanel } from './panel-ipc.ts';
import { PANEL_SCHEME, panelProtocol } from './panel-protocol.ts';
import { createPanelWindow, type PanelManner } from './panel-window.ts';
import type { ShellPreferences } from './preferences.ts';
import { createTray } from './tray.ts';
import { trayLook } from './tray-look.ts';

/** The panel's pages live in memory only: nothing of theirs is kept on disk. */
const PANEL_PARTITION = 'panel';

/** Texts such as "3 min. ago" in tooltip and menu go out of date; milliseconds. */
const REDRAW_EVERY_MS = 60_000;

const TOLD_BY_DIALOG: ReadonlySet<MenuCommand> = new Set(['save-report', 'start-at-login', 'notifications']);

export interface Shell {
  /** Opens the panel, as a second start of the program or `portcullis open` does. */
  open(link: DeepLink | null): void;
  /** The window may close now, because the application ends. */
  release(): void;
}

export interface ShellDeps {
  electron: ElectronApi;
  supervisor: AgentSupervisor;
  platform: NodeJS.Platform;
  clock: Clock;
  words: (language: Language) => Words;
  log: Logger;
  /** Those that apply without an agent too. The user's other preferences are in the snapshot. */
  preferences: Pick<ShellPreferences, 'window' | 'rememberWindow' | 'notifications'>;
  /** Whether the desktop shows tray icons. */
  trayHost: boolean;
  /** Where it does not: tells when it does after all. */
  onTrayHost: (comes: () => void) => void;
  files: ReadonlyMap<string, PanelFile>;
  paths: {
    preload: string;
    /** `assets/` with the icons of tray and application. */
    assets: string;
    logs: string;
  };
  /** Not in a packaged program. */
  devTools: boolean;
}

/** Everything visible, once `app` is ready. It decides nothing: it shows the snapshot and passes on the user's commands. */
export function startShell(deps: ShellDeps): Shell {
  const { electron, supervisor, platform, clock, log, preferences } = deps;
  const { app, clipboard, dialog } = electron;
  /** In the language that the user has chosen. */
  const words = (): Words => deps.words(snapshot()?.preferences.language.value ?? 'system');

  const session = electron.session.fromPartition(PANEL_PARTITION);
  hardenSession(session, log);
  session.protocol.handle(PANEL_SCHEME, panelProtocol(deps.files, words));
  electron.Menu.setApplicationMenu(applicationMenu());

  const look = () => trayLook(supervisor.view(), clock.wall(), words());
  const newTray = () =>
    createTray({
      electron,
      platform,
      icons: join(deps.paths.assets, 'tray'),
      first: look(),
      onClick: () => panel.toggle(),
    });
  let tray = deps.trayHost ? newTray() : null;

  const ipc = servePanel({
    ipcMain: electron.ipcMain,
    supervisor,
    isPanel: (event) => isFromPanel(event, panel.contents()),
    onHide: () => panel.hide(),
    log,
  });
  const notifier = createNotifier({
    electron,
    platform,
    now: clock.wall,
    words,
    snapshot,
    open: (host) => open(host === null ? null : { kind: 'check', subject: host }),
    request,
    copyRequest: (host) => void copy(requestFor(host, snapshot())),
  });
  const panel = createPanelWindow({
    electron,
    manner: mannerOf(platform, deps.trayHost),
    preload: deps.paths.preload,
    partition: PANEL_PARTITION,
    icon: join(deps.paths.assets, 'portcullis.png'),
    devTools: deps.devTools,
    preferences,
    trayBounds: () => tray?.bounds() ?? null,
    onPageGone: () => ipc.pageGone(),
    onFront: () => notifier.panelSeen(),
    clock,
    log,
  });
  // Chosen twice it asks once.
  const signOut = createSingleFlight(async () => {
    if (await confirmSignOut()) await supervisor.handlers['session.signOut']({});
  });
  const notices = createNoticePolicy({
    monotonic: clock.monotonic,
    wanted: () => preferences.notifications() && !panel.isInFront(),
    show: notifier.show,
  });
  const redraw = onlyIfChanged(draw);
  supervisor.onView((view) => {
    redraw();
    if (view.kind === 'running') {
      notices.snapshot(view.snapshot);
      // For native menus, and for a page that follows the system's colours.
      const theme = view.snapshot.preferences.theme.value;
      if (electron.nativeTheme.themeSource !== theme) electron.nativeTheme.themeSource = theme;
    }
    if (view.kind === 'failed') notices.agentFailed(view.problem);
  });
  supervisor.onDenial((denial) => notices.denial(denial));
  supervisor.onRequestNews((request) => notices.requestNews(request));
  electron.powerMonitor.on('resume', () => {
    log.info('the system resumed');
    supervisor.lookAgain();
  });
  redraw();
  tick();
  if (tray === null) {
    log.warn(words().shell.noTray);
    panel.show();
    deps.onTrayHost(() => {
      tray = newTray();
      panel.belongToTray();
      redraw();
    });
  }

  function tick(): void {
    clock.after(REDRAW_EVERY_MS, () => {
      redraw();
      tick();
    });
  }

  function snapshot(): Snapshot | null {
    const view = supervisor.view();
    return view.kind === 'running' ? view.snapshot : null;
  }

  // ── what is shown ─────────────────────────────────────────────────────────────────────────────────────────────────

  function entries(): MenuEntry[] {
    const model = menuModel(supervisor.view(), clock.wall(), words());
    if (tray !== null) return model;
    return [
      {
        kind: 'submenu',
        label: words().state.product,
        entries: [{ kind: 'text', label: words().shell.noTray }, ...model],
      },
    ];
  }

  /** Replacing an open menu closes it, so it is replaced only when it has changed, or the system has changed what is shown. */
  function onlyIfChanged(show: (menu: MenuApi) => void): (anew?: 'anew') => void {
    let shown = '';
    return (anew) => {
      const model = entries();
      const next = JSON.stringify([model, look()]);
      if (next !== shown || anew) show(buildMenu(electron, model, run));
      shown = next;
    };
  }

  function draw(menu: MenuApi): void {
    if (tray === null) panel.setMenu(menu);
    else tray.show(look(), menu);
  }

  /** macOS needs one: its keyboard shortcuts for copying work through the menu. */
  function applicationMenu(): MenuApi | null {
    if (platform !== 'darwin') return null;
    return electron.Menu.buildFromTemplate([{ role: 'appMenu' }, { role: 'editMenu' }]);
  }

  function requestFor(host: string, now: Snapshot | null): string {
    const policy = now?.policy ? summaryOf(now.policy) : null;
    const org = now === null ? '' : organizationOf(now);
    return words().panel.check.request(host, org, host, policy?.revision ?? null);
  }

  // ── what the user wants ───────────────────────────────────────────────────────────────────────────────────────────

  function open(link: DeepLink | null): void {
    if (link?.kind === 'check') ipc.notify({ kind: 'check', subject: link.subject });
    if (link?.kind === 'request') ipc.notify({ kind: 'request', subject: link.subject, from: 'link' });
    panel.show();
  }

  /** Fills it in and no more: what is sent, the user sends. */
  function request(host: string): void {
    ipc.notify({ kind: 'request', subject: host, from: 'notification' });
    panel.show();
  }

  function run(command: MenuCommand): void {
    perform(command).catch((error: unknown) => {
      log.warn({ err: error, command }, 'menu command failed');
      // An item with a check mark was switched by the click itself.
      redraw('anew');
      // The panel says what is wrong with sync and session, better than a dialog could, and knows nothing of the others.
      if (TOLD_BY_DIALOG.has(command)) void tell(asProblem(error, problem('unexpected')));
      else panel.show();
    });
  }

  async function tell(told: Problem): Promise<void> {
    const { language, state } = words();
    const { message, next, code, cause } = problemIn(language, told);
    await dialog.showMessageBox({
      type: 'error',
      title: state.product,
      message,
      detail: [next, [code, cause].filter(Boolean).join(' · ')].filter(Boolean).join('\n\n'),
      noLink: true,
    });
  }

  async function perform(command: MenuCommand): Promise<unknown> {
    const { handlers } = supervisor;
    switch (command) {
      case 'open-panel':
        return panel.show();
      case 'sync':
        return handlers['sync.now']({});
      case 'sign-in':
        return handlers['session.signIn']({ opener: 'agent' });
      case 'continue-sign-in':
        return handlers['session.continueSignIn']({ opener: 'agent' });
      case 'cancel-sign-in':
        return handlers['session.cancelSignIn']({});
      case 'sign-out':
        return signOut.join();
      case 'check-clipboard': {
        const text = pastedLine(await clipboard.readText());
        return open(isSubject(text) ? { kind: 'check', subject: text } : null);
      }
      case 'copy-summary': {
        const now = snapshot();
        return now === null ? undefined : copy(summaryText(now, clock.wall(), words()));
      }
      case 'save-report': {
        const { file } = await handlers['report.save']({});
        // The folder, because the system would open the file itself with whatever program opens JSON.
        return electron.shell.openPath(dirname(file));
      }
      case 'open-logs':
        return electron.shell.openPath(deps.paths.logs);
      case 'start-at-login':
        return handlers['preferences.set']({ startAtLogin: !snapshot()?.preferences.startAtLogin?.value });
      case 'notifications':
        return handlers['preferences.set']({ notifications: !snapshot()?.preferences.notifications?.value });
      case 'quit':
        return app.quit();
    }
  }

  /** Says first what it means, in the panel's words. */
  async function confirmSignOut(): Promise<boolean> {
    const { account } = words().panel;
    const now = snapshot();
    const { response } = await dialog.showMessageBox({
      type: 'question',
      title: words().state.product,
      message: account.signOutQuestion,
      detail: now === null ? '' : signOutMeans(now, words()),
      buttons: [account.signOut, account.stay],
      defaultId: 1,
      cancelId: 1,
      noLink: true,
    });
    return response === 0;
  }

  async function copy(text: string): Promise<void> {
    await clipboard.writeText(text);
  }

  return { open, release: () => panel.release() };
}

/** On macOS and Windows a tray window hides when another window is clicked; on Linux it stays. */
function mannerOf(platform: NodeJS.Platform, trayHost: boolean): PanelManner {
  if (!trayHost) return 'window';
  return platform === 'linux' ? 'tray-window' : 'popup';
}
