import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { runCommand, runOrThrow } from '../../../main/platform/process/run-command.ts';
import { endingWithUs } from '../background-process.ts';
import { type PanelColour, writeConfigs, xorgConfig, xsettings } from './configs.ts';

/**
 * A desktop of its own, as a user has one: X server, session bus, window manager, a panel that shows tray icons, notifications. Whoever runs
 * the tests may start any number.
 */
export interface Desktop {
  /** Of programs that are started on it. */
  env: Record<string, string>;
  home: string;
  /** Runs a command on it. @throws ProblemError unless it exits with 0. */
  run(...command: string[]): Promise<string>;
  /** The program that shows tray icons. */
  startPanel(): Promise<void>;
  stopPanel(): Promise<void>;
  /** Theme and scale, which programs are told under way. */
  set(settings: { dark?: boolean; scale?: number }): Promise<void>;
  /** What the desktop was asked to open, oldest first: files, folders and addresses. */
  opened(): Promise<string[]>;
  close(): Promise<void>;
}

export interface DesktopOptions {
  panel?: PanelColour | 'none';
  scale?: number;
}

/** Only ends what hangs. */
const PATIENCE = 60_000;

export async function openDesktop({ panel = 'light', scale = 1 }: DesktopOptions = {}): Promise<Desktop> {
  const folder = await mkdtemp(join(tmpdir(), 'pc-desk-'));
  const home = join(folder, 'home');
  const runtime = join(folder, 'run');
  await mkdir(runtime, { mode: 0o700 });
  const openedFile = await writeConfigs(home, panel === 'none' ? 'light' : panel);
  const settingsFile = join(folder, 'xsettings');
  await writeFile(settingsFile, xsettings({ scale }));
  const { DISPLAY: _display, WAYLAND_DISPLAY: _wayland, ELECTRON_RUN_AS_NODE: _node, ...inherited } = process.env;
  const env: Record<string, string> = {
    ...(inherited as Record<string, string>),
    HOME: home,
    XDG_RUNTIME_DIR: runtime,
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_DATA_HOME: join(home, '.local', 'share'),
    XDG_CURRENT_DESKTOP: 'XFCE',
    XDG_SESSION_TYPE: 'x11',
    NO_AT_BRIDGE: '1',
  };
  const children: ChildProcess[] = [];
  const start = (command: string, args: string[], stdio: ('ignore' | 'pipe')[] = []): ChildProcess => {
    const [file, ...rest] = endingWithUs([command, ...args]);
    const child = spawn(file, rest, { env, cwd: folder, stdio: stdio.length > 0 ? stdio : 'ignore' });
    child.on('error', () => undefined);
    children.push(child);
    return child;
  };
  const run = async (...command: string[]): Promise<string> =>
    (await runOrThrow(runCommand, command, { env, timeout: PATIENCE })).stdout;
  const owned = (name: string) => until(() => nameIsOwned(env, name), `${name} on the session bus`);
  let panelProcess: ChildProcess | null = null;

  const desktop: Desktop = {
    env,
    home,
    run,
    async startPanel() {
      panelProcess = start('xfce4-panel', ['--disable-wm-check']);
      await owned('org.kde.StatusNotifierWatcher');
    },
    async stopPanel() {
      if (panelProcess === null) return;
      await ended(panelProcess);
      panelProcess = null;
      await until(async () => !(await nameIsOwned(env, 'org.kde.StatusNotifierWatcher')), 'the panel’s end');
    },
    async set(settings) {
      await writeFile(settingsFile, xsettings({ scale, ...settings }));
      settingsDaemon.kill('SIGHUP');
    },
    opened: async () =>
      lines(await readFile(openedFile, 'utf8')).map((line) => (line.startsWith('file:') ? fileURLToPath(line) : line)),
    async close() {
      for (const child of children.toReversed()) await ended(child);
      // Programs that the bus started write a last time while they end.
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };

  await writeFile(join(folder, 'xorg.conf'), xorgConfig);
  const log = join(folder, 'xorg.log');
  // Debian's `Xorg` may be a wrapper that lets only a user at the machine's own console start one.
  const xorg = [
    '-displayfd',
    '3',
    '-config',
    'xorg.conf',
    '-logfile',
    log,
    '-nolisten',
    'tcp',
    '-noreset',
    '-novtswitch',
  ];
  const server = start('/usr/lib/xorg/Xorg', xorg, ['ignore', 'ignore', 'ignore', 'pipe']);
  env.DISPLAY = `:${await firstLine(server, server.stdio[3] as Readable)}`;
  const bus = start(
    'dbus-daemon',
    ['--session', '--nofork', '--nopidfile', '--print-address=1'],
    ['ignore', 'pipe', 'ignore'],
  );
  env.DBUS_SESSION_BUS_ADDRESS = await firstLine(bus, bus.stdout as Readable);
  const settingsDaemon = start('xsettingsd', ['-c', settingsFile]);
  start('openbox', []);
  start('dunst', []);
  await owned('org.freedesktop.Notifications');
  await until(async () => (await run('xprop', '-root', '_NET_SUPPORTING_WM_CHECK')).includes('window id'), 'openbox');
  await until(async () => (await run('xprop', '-root', '_XSETTINGS_S0')) !== '', 'xsettingsd');
  if (panel !== 'none') await desktop.startPanel();
  return desktop;
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

async function nameIsOwned(env: NodeJS.ProcessEnv, name: string): Promise<boolean> {
  const result = await runCommand(['busctl', '--user', 'status', name], { env, timeout: PATIENCE });
  return result.kind === 'exited' && result.code === 0;
}

async function firstLine(child: ChildProcess, from: Readable): Promise<string> {
  const end = once(child, 'exit').then(([code]) => {
    throw new Error(`${child.spawnargs.join(' ')} ended with ${code}`);
  });
  end.catch(() => undefined);
  const [line] = await Promise.race([once(createInterface(from), 'line'), end]);
  return String(line);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exit;
  clearTimeout(late);
}

/** Asks again and again, for what tells nobody that it has come. */
export async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
