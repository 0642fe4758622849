import { homedir } from 'node:os';
import { dirname, join, parse } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { wordsFor } from '../../shared/messages/words.ts';
import { endWithoutKeyring } from '../agent/session/end-without-keyring.ts';
import { openSecretStore } from '../agent/session/open-secret-store.ts';
import { loadPanelFiles } from '../agent/transport/panel-files.ts';
import { createLogger } from '../platform/log/logger.ts';
import type { OpenPipe } from '../platform/net/unix-socket.ts';
import { runCommand } from '../platform/process/run-command.ts';
import { stopSignal } from '../platform/process/stop-signal.ts';
import { systemClock } from '../platform/time/clock.ts';
import { createAgentSupervisor, type SupervisedAgent } from './agent-supervisor.ts';
import { type DeepLink, parseDeepLink, SCHEME } from './deep-link.ts';
import type { ElectronApi } from './electron-api.ts';
import { hardenContents, isOfTheWeb } from './hardening.ts';
import { autostartFile, type LoginItem, startedAtLogin, systemLoginItem } from './login-item.ts';
import { withLoginItem } from './login-preference.ts';
import { PANEL_SCHEME } from './panel-protocol.ts';
import { openPreferences, type Store, type StoreOptions, withoutLoginItem } from './preferences.ts';
import { type Shell, startShell } from './shell.ts';
import { readShellConfig } from './shell-config.ts';
import { linkIn, type StartArguments } from './start-arguments.ts';
import { startTrayAgent } from './tray-agent.ts';
import { awaitTrayHost, hasTrayHost, whenTrayHost } from './tray-host.ts';

export interface TrayProgram {
  electron: ElectronApi;
  start: Extract<StartArguments, { kind: 'tray' }>;
  createStore: (options: StoreOptions) => Store;
  /** The folder with `out/` and `assets/`. */
  root: string;
  /** How the gateway's pipe is opened on Windows. */
  openPipe: OpenPipe;
}

/** As Windows groups notifications and task bar buttons by; the same in electron-builder.yml. */
const APP_ID = 'io.portcullis.desktop';

function killThisProcess(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** A second start tells the first one where it was started; from a folder that is gone Chromium tells it nothing, and shows nothing. */
function leaveDeletedFolder(): void {
  try {
    process.cwd();
  } catch {
    process.chdir(parse(process.execPath).root);
  }
}

/**
 * The tray's composition root. It returns before Electron is ready, as it must: Electron waits for the entry module.
 *
 * @throws ProblemError `bad-config`, `panel-not-built`.
 */
export async function runTray({ electron, start, createStore, root, openPipe }: TrayProgram): Promise<void> {
  const { app } = electron;
  const { platform, env } = process;
  const config = await readShellConfig(start.config, platform, env);
  const { socket: socketPath, secretFile, ...agentConfig } = config;

  // All of this has to be set before Electron is ready.
  app.enableSandbox();
  // Chromium keeps nothing secret for us: it has no reason to ask for the user's keyring, least of all before the icon is shown.
  if (platform === 'linux') app.commandLine.appendSwitch('password-store', 'basic');
  app.setPath('userData', join(config.stateDir, 'shell'));
  app.setAppUserModelId(APP_ID);
  electron.protocol.registerSchemesAsPrivileged([
    { scheme: PANEL_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
  leaveDeletedFolder();
  if (!app.requestSingleInstanceLock()) {
    // Electron has told the running one, which opens its panel.
    app.quit();
    return;
  }
  if (app.isPackaged) app.setAsDefaultProtocolClient(SCHEME);

  // Answered by another process, while Chromium starts.
  const asked = hasTrayHost(platform, runCommand);
  const log = createLogger('agent', config.log);
  const shellLog = log.child({ part: 'shell' });
  const files = loadPanelFiles(join(root, 'out', 'renderer'));
  const secrets = openSecretStore(config, systemClock, log);
  const stored = openPreferences(createStore, config.stateDir, manifest.version, (error) =>
    shellLog.warn({ err: error }, 'preferences.json not usable'),
  );
  const preferences = app.isPackaged ? withLoginItem(stored, loginItem(), shellLog) : withoutLoginItem(stored);
  // electron-store answers pages that ask for its folder; none of ours does.
  electron.ipcMain.removeAllListeners('electron-store-get-data');
  let shell: Shell | null = null;
  /** What a second start or macOS asked for before there was a panel to open. */
  let requested: { link: DeepLink | null } | null = null;
  /** The address of the latest sign-in: the only one that the panel may open again. */
  let signInPage: string | null = null;

  const resources = new AsyncDisposableStack();
  // Last: it may kill this process. The menu's "Quit" has said already what stays in force.
  const ending = { clock: systemClock, log, say: () => undefined, kill: killThisProcess };
  resources.defer(() => endWithoutKeyring(secrets, ending));
  const supervisor = createAgentSupervisor({ startAgent, clock: systemClock, log });
  resources.defer(() => supervisor.stop());
  process.on('uncaughtException', (error) => supervisor.restartAfter(error));
  process.on('unhandledRejection', (error) => supervisor.restartAfter(error));

  hardenContents(app, openSignInPage, shellLog);
  /** What was started while this one was already ending: it has ended itself, so it is started again afterwards. */
  let startedMeanwhile: string[] | null = null;
  let quitting = false;
  app.on('second-instance', (_event, argv) => {
    if (quitting) startedMeanwhile = argv;
    else if (!argv.includes('--hidden')) open(linkIn(argv));
  });
  app.on('open-url', (event, url) => {
    event.preventDefault();
    open(parseDeepLink(url));
  });
  app.on('activate', () => shell?.open(null));
  // Chromium starts another; a page has a line of its own.
  app.on('child-process-gone', (_event, { type, reason, exitCode }) => {
    if (reason !== 'clean-exit') shellLog.error({ type, reason, exitCode }, 'a process of Chromium ended');
  });
  // The tray stays when its window closes; without a listener Electron would quit.
  app.on('window-all-closed', () => undefined);
  quitInOrder();

  void app
    .whenReady()
    .then(begin)
    .catch((error: unknown) => {
      shellLog.fatal({ err: error }, 'shell failed to start');
      app.exit(1);
    });

  async function begin(): Promise<void> {
    if (platform === 'darwin') app.dock?.hide();
    const hidden = startedAtLogin(start.hidden, platform, app);
    const trayHost = await (hidden ? awaitTrayHost(platform, runCommand, systemClock, asked) : asked);
    shell = startShell({
      electron,
      supervisor,
      platform,
      clock: systemClock,
      words: (language) => wordsFor(language, app.getLocale()),
      log: shellLog,
      preferences,
      trayHost: trayHost === 'shown',
      onTrayHost: (comes) => whenTrayHost(platform, runCommand, systemClock, comes),
      files,
      paths: {
        preload: join(root, 'out', 'preload', 'preload.cjs'),
        assets: join(root, 'assets'),
        logs: dirname(config.log),
      },
      devTools: !app.isPackaged,
    });
    if (start.config !== null) announce();
    supervisor.start();
    if (!hidden || requested !== null) shell.open(requested?.link ?? start.link);
  }

  function open(link: DeepLink | null): void {
    if (shell === null) requested = { link: link ?? requested?.link ?? null };
    else shell.open(link);
  }

  /** Tests and the demo wait for this line. */
  function announce(): void {
    const stop = supervisor.onView(({ kind }) => {
      if (kind !== 'running') return;
      stop();
      process.stdout.write(`${JSON.stringify({ ready: true, socket: socketPath })}\n`);
    });
  }

  function startAgent(): Promise<SupervisedAgent> {
    return startTrayAgent({
      electron,
      config: agentConfig,
      socketPath,
      secrets,
      preferences,
      openInBrowser,
      openPanel: () => shell?.open(null),
      onSignInPage: (address) => {
        signInPage = address;
      },
      openPipe,
      log,
    });
  }

  /** 15 of Electron's checklist: not any address that a page chooses. */
  function openSignInPage(address: string): void {
    if (signInPage !== null && URL.parse(signInPage)?.href === URL.parse(address)?.href) void openInBrowser(address);
    else shellLog.warn({ url: address.slice(0, 200) }, 'new window denied');
  }

  async function openInBrowser(address: string): Promise<boolean> {
    if (!isOfTheWeb(address)) return false;
    return electron.shell.openExternal(address).then(
      () => true,
      () => false,
    );
  }

  function loginItem(): LoginItem {
    if (platform !== 'linux') return systemLoginItem(app);
    const folder = join(env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'autostart');
    return autostartFile(folder, env.APPIMAGE ?? process.execPath);
  }

  /** Quitting does not change what is enforced; it waits only until the agent has written what it has to. */
  function quitInOrder(): void {
    let released = false;
    app.on('before-quit', (event) => {
      shell?.release();
      if (released) return;
      event.preventDefault();
      if (quitting) return;
      quitting = true;
      void resources
        .disposeAsync()
        .catch((error: unknown) => log.error({ err: error }, 'not released'))
        .finally(() => {
          released = true;
          if (startedMeanwhile !== null) app.relaunch({ args: startedMeanwhile.slice(1) });
          // Electron still counts the prevented quit as under way until its event has returned: a quit from within would be forgotten.
          setImmediate(() => app.quit());
        });
    });
    stopSignal().addEventListener('abort', () => app.quit());
  }
}
