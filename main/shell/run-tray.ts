import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import { wordsFor } from '../../shared/messages/words.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { runAgent } from '../agent/run-agent.ts';
import { endWithoutKeyring } from '../agent/session/end-without-keyring.ts';
import { openSecretStore } from '../agent/session/open-secret-store.ts';
import { serveAgentSocket } from '../agent/transport/agent-socket.ts';
import { loadPanelFiles } from '../agent/transport/panel-files.ts';
import { createLogger } from '../platform/log/logger.ts';
import { runCommand } from '../platform/process/run-command.ts';
import { stopSignal } from '../platform/process/stop-signal.ts';
import { systemClock } from '../platform/time/clock.ts';
import { createAgentSupervisor, type SupervisedAgent } from './agent-supervisor.ts';
import { type DeepLink, parseDeepLink, SCHEME } from './deep-link.ts';
import type { ElectronApi } from './electron-api.ts';
import { electronFetch } from './electron-fetch.ts';
import { hardenContents, isOfTheWeb } from './hardening.ts';
import { autostartFile, type LoginItem, startedAtLogin, systemLoginItem } from './login-item.ts';
import { PANEL_SCHEME } from './panel-protocol.ts';
import { openPreferences, type Store, type StoreOptions } from './preferences.ts';
import { type Shell, startShell } from './shell.ts';
import { readShellConfig } from './shell-config.ts';
import { linkIn, type StartArguments } from './start-arguments.ts';
import { awaitTrayHost, hasTrayHost } from './tray-host.ts';

export interface TrayProgram {
  electron: ElectronApi;
  start: Extract<StartArguments, { kind: 'tray' }>;
  createStore: (options: StoreOptions) => Store;
  /** The folder with `out/` and `assets/`. */
  root: string;
}

/** As Windows groups notifications and task bar buttons by; the same in electron-builder.yml. */
const APP_ID = 'io.portcullis.desktop';

/**
 * The tray's composition root. It returns before Electron is ready, as it must: Electron waits for the entry module.
 *
 * @throws ProblemError `bad-config`, `panel-not-built`.
 */
export async function runTray({ electron, start, createStore, root }: TrayProgram): Promise<void> {
  const { app } = electron;
  const { platform, env } = process;
  const config = await readShellConfig(start.config, platform, env);
  const { socket: socketPath, secretFile, ...agentConfig } = config;

  // All of it has to be said before Electron is ready.
  app.enableSandbox();
  app.setPath('userData', join(config.stateDir, 'shell'));
  app.setAppUserModelId(APP_ID);
  electron.protocol.registerSchemesAsPrivileged([
    { scheme: PANEL_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
  if (!app.requestSingleInstanceLock()) {
    // The one that runs has been told, and opens its panel.
    app.quit();
    return;
  }
  if (app.isPackaged) app.setAsDefaultProtocolClient(SCHEME);

  const log = createLogger('agent', config.log);
  const files = loadPanelFiles(join(root, 'out', 'renderer'));
  const secrets = openSecretStore(config, systemClock, log);
  const preferences = openPreferences(createStore, config.stateDir, manifest.version, (error) =>
    log.warn({ err: error }, 'shell: preferences.json cannot be used'),
  );
  // electron-store listens for pages that want its folder; no page of ours does.
  electron.ipcMain.removeAllListeners('electron-store-get-data');
  let shell: Shell | null = null;
  /** What a second start or macOS has asked for before there was anything to open. */
  let asked: { link: DeepLink | null } | null = null;
  /** The address of the latest sign-in: the only one that the panel may have opened again. */
  let signInPage: string | null = null;

  const supervisor = createAgentSupervisor({ startAgent, clock: systemClock, log });
  process.on('uncaughtException', (error) => supervisor.fault(error));
  process.on('unhandledRejection', (error) => supervisor.fault(error));

  hardenContents(app, openSignInPage, log);
  app.on('second-instance', (_event, argv) => {
    if (!argv.includes('--hidden')) open(linkIn(argv));
  });
  app.on('open-url', (event, url) => {
    event.preventDefault();
    open(parseDeepLink(url));
  });
  app.on('activate', () => shell?.open(null));
  // The tray stays when its window goes; without a listener Electron would quit.
  app.on('window-all-closed', () => undefined);
  quitInOrder();

  void app
    .whenReady()
    .then(begin)
    .catch((error: unknown) => {
      log.fatal({ err: error }, 'shell: could not start');
      app.exit(1);
    });

  async function begin(): Promise<void> {
    if (platform === 'darwin') app.dock?.hide();
    const hidden = startedAtLogin(start.hidden, platform, app);
    shell = startShell({
      electron,
      supervisor,
      platform,
      clock: systemClock,
      words: (language) => wordsFor(language, app.getLocale()),
      log,
      preferences,
      loginItem: loginItem(),
      trayHost: await (hidden ? awaitTrayHost(platform, runCommand, systemClock) : hasTrayHost(platform, runCommand)),
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
    if (!hidden || asked !== null) shell.open(asked?.link ?? start.link);
  }

  function open(link: DeepLink | null): void {
    if (shell === null) asked = { link: link ?? asked?.link ?? null };
    else shell.open(link);
  }

  /** Whoever started us with a configuration waits for this line. */
  function announce(): void {
    const stop = supervisor.onView(({ kind }) => {
      if (kind !== 'running') return;
      stop();
      process.stdout.write(`${JSON.stringify({ ready: true, socket: socketPath })}\n`);
    });
  }

  /** The agent with the socket at which the command line finds it: they come and go together. */
  async function startAgent(): Promise<SupervisedAgent> {
    const network = electron.session.fromPartition('agent', { cache: false });
    const agent = await runAgent(agentConfig, {
      clock: systemClock,
      fetch: electronFetch(network),
      secrets,
      openInBrowser,
      platform,
      preferences,
      log,
    });
    const handlers: SupervisedAgent['handlers'] = {
      ...agent.handlers,
      'session.signIn': async (args) => {
        const answer = await agent.handlers['session.signIn'](args);
        signInPage = answer.authorizationUrl;
        return answer;
      },
    };
    try {
      const socket = await serveAgentSocket(
        socketPath,
        { ...agent, handlers: { ...handlers, 'panel.open': openPanel } },
        log,
      );
      return {
        ...agent,
        handlers,
        stop: async () => {
          await socket.close();
          await agent.stop();
        },
      };
    } catch (error) {
      await agent.stop();
      throw error;
    }
  }

  async function openPanel({ print }: { print: boolean }): Promise<{ url: null }> {
    if (print) {
      throw new ProblemError({
        code: 'no-address',
        message: 'The panel is a window here and has no address.',
        next: 'Run "portcullis open" without --print.',
      });
    }
    shell?.open(null);
    return { url: null };
  }

  /** 15: not any address that a page comes up with. */
  function openSignInPage(address: string): void {
    if (signInPage !== null && URL.parse(signInPage)?.href === URL.parse(address)?.href) void openInBrowser(address);
    else log.warn({ url: address.slice(0, 200) }, 'shell: a new window was refused');
  }

  async function openInBrowser(address: string): Promise<boolean> {
    if (!isOfTheWeb(address)) return false;
    return electron.shell.openExternal(address).then(
      () => true,
      () => false,
    );
  }

  function loginItem(): LoginItem {
    // In development it would be Electron itself that starts at login.
    if (!app.isPackaged) return { set: async () => undefined };
    if (platform !== 'linux') return systemLoginItem(app);
    const folder = join(env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'autostart');
    return autostartFile(folder, env.APPIMAGE ?? process.execPath);
  }

  /** Quitting loosens nothing; it only takes a moment, so that what the agent writes is written. */
  function quitInOrder(): void {
    let ended = false;
    app.on('before-quit', (event) => {
      shell?.release();
      if (ended) return;
      event.preventDefault();
      void supervisor
        .stop()
        // The menu's "Quit" has said what stays in force.
        .then(() =>
          endWithoutKeyring(secrets, { log, say: () => undefined, kill: () => process.kill(process.pid, 'SIGKILL') }),
        )
        .finally(() => {
          ended = true;
          app.quit();
        });
    });
    stopSignal().addEventListener('abort', () => app.quit());
  }
}
