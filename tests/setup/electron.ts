import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installElectron, programOf } from '../../main/demo/install-electron.ts';
import { printedLines } from '../../main/demo/printed-lines.ts';
import { systemClock } from '../../main/platform/time/clock.ts';
import { prepare, type Readiness } from './prepare.ts';
import { layOutElectron, TEST_ELECTRON } from './real-electron.ts';

/** Milliseconds that an Electron without anything to do may take to start. */
const PATIENCE = 120_000;
const COMMAND = 'npm run test:electron, on a desktop or on Linux as root';
/** Chromium's sandbox does not work for root, so the tests make a user of their own. */
const USER = 'portcullis-test';
/** Another one, for tests of what two users of a machine see of each other. */
const SECOND_USER = 'portcullis-test-2';
const SCREEN = '-screen 0 1600x1100x24';

export interface PreparedElectron {
  ready: true;
  version: string;
  /** Of whoever runs it; `TMPDIR` is theirs. */
  env: NodeJS.ProcessEnv;
  /** Belongs to whoever runs it. */
  folder: string;
  /** The command as it is run: as another user, on a display of its own. */
  within: (command: readonly string[]) => string[];
  /** A second user of this machine, whom only root can bring; null otherwise. */
  neighbour: Neighbour | null;
}

export interface Neighbour {
  /** Serves at the socket what `tests/support/desktop/neighbour.ts` can do. */
  command: string[];
  env: NodeJS.ProcessEnv;
  /** Theirs. */
  folder: string;
  socket: string;
}

export type ElectronReadiness = PreparedElectron | { ready: false; because: string; command: string };

export interface ElectronSurroundings {
  env: NodeJS.ProcessEnv;
  /** The checkout. */
  root: string;
  /** Taken away with all that is in it when the run has ended; others may pass. */
  temporary: string;
  /** Who runs the tests; undefined on Windows. */
  uid: number | undefined;
  /** Installs what Electron needs of the system, or says what is missing. */
  tools?: () => Readiness;
}

/** Whether Electron can start on this machine, tried for real: the pinned one if it can be fetched, else the one for tests. */
export async function prepareElectron(surroundings: ElectronSurroundings): Promise<ElectronReadiness> {
  const outcome = await prepared(surroundings).catch((error: unknown) =>
    error instanceof Error ? error.message : String(error),
  );
  return typeof outcome === 'string' ? { ready: false, because: `Electron: ${outcome}`, command: COMMAND } : outcome;
}

/** @returns why it cannot start, as the end of a sentence, or how it is started. */
async function prepared(surroundings: ElectronSurroundings): Promise<PreparedElectron | string> {
  const { env, root, temporary, uid, tools = () => prepare('electron', env) } = surroundings;
  const asRoot = uid === 0;
  if (process.platform === 'linux') {
    const readiness = tools();
    if (!readiness.ready) return readiness.because;
  }
  const needsDisplay = process.platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY;
  const dist = await distribution(env, root);
  const folder = join(temporary, 'e');
  mkdirSync(folder, { mode: 0o700 });
  const ownEnv: NodeJS.ProcessEnv = {
    ...env,
    TMPDIR: folder,
    // Nobody else's: Node does not read what another user compiled.
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    ...(dist === null ? {} : { ELECTRON_OVERRIDE_DIST_PATH: dist }),
  };
  const onDisplay = needsDisplay ? ['dbus-run-session', '--', 'xvfb-run', '-a', '-s', SCREEN] : [];
  let within = (command: readonly string[]): string[] => [...onDisplay, ...command];
  let neighbour: Neighbour | null = null;
  if (asRoot) {
    const { user, group } = ensureUser();
    chownSync(folder, user, group);
    if (process.platform === 'linux') neighbour = secondUser(root, temporary, ownEnv);
    Object.assign(ownEnv, { HOME: folder, XDG_RUNTIME_DIR: folder, USER, LOGNAME: USER });
    within = (command) => asUser({ root, temporary, user, group }, [...onDisplay, ...command]);
  }
  const version = whatStarts(within, ownEnv, folder, root);
  if (!/^\d+\.\d+\.\d+$/.test(version)) return version;
  return { ready: true, version, env: ownEnv, folder, within, neighbour };
}

function secondUser(root: string, temporary: string, env: NodeJS.ProcessEnv): Neighbour {
  const { user, group } = ensureUser(SECOND_USER);
  const folder = join(temporary, 'n');
  // The first user may pass to the socket.
  mkdirSync(folder, { mode: 0o711 });
  chownSync(folder, user, group);
  const socket = join(folder, 'orders');
  const program = join(root, 'tests', 'support', 'desktop', 'neighbour.ts');
  return {
    command: asUser({ root, temporary, user, group }, [process.execPath, program, socket]),
    env: {
      ...env,
      ...{ TMPDIR: folder, NODE_COMPILE_CACHE: join(folder, 'compiled'), HOME: folder, XDG_RUNTIME_DIR: folder },
      ...{ USER: SECOND_USER, LOGNAME: SECOND_USER },
    },
    folder,
    socket,
  };
}

/** @returns the folder of the one for tests, null for the pinned one. */
async function distribution(env: NodeJS.ProcessEnv, root: string): Promise<string | null> {
  if (env.ELECTRON_OVERRIDE_DIST_PATH) return env.ELECTRON_OVERRIDE_DIST_PATH;
  const folder = join(root, 'node_modules', 'electron');
  if (programOf(folder) !== null) return null;
  const installed = await installElectron({
    folder,
    env,
    clock: systemClock,
    signal: new AbortController().signal,
    onDownload: () => process.stdout.write(`${printedLines.downloadingElectron()}\n`),
  });
  if (installed.ok) return null;
  const { message, cause } = installed.problem;
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(message);
  process.stdout.write(`${message} (${cause}) The tests use Electron ${TEST_ELECTRON.version} instead.\n`);
  return layOutElectron(env);
}

export function ensureUser(name = USER): { user: number; group: number } {
  const id = (flag: string): number | null => {
    const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' });
    return status === 0 ? Number(stdout) : null;
  };
  if (id('-u') === null) {
    spawnSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', name]);
  }
  const [user, group] = [id('-u'), id('-g')];
  if (user === null || group === null) throw new Error(`the user ${name} could not be made`);
  return { user, group };
}

/**
 * The checkout may lie where only root may pass: the user sees it at a place of its own, in a mount namespace that ends with the
 * command. No privilege is kept, and none is forbidden that Chromium's sandbox asks for.
 */
function asUser(
  { root, temporary, user, group }: { root: string; temporary: string; user: number; group: number },
  command: readonly string[],
): string[] {
  const place = join(temporary, 'checkout');
  mkdirSync(place, { recursive: true });
  chmodSync(place, 0o755);
  const there = (argument: string): string => argument.replaceAll(root, place);
  const script = 'mount --bind "$1" "$2" && cd "$2" && PATH=$3 && shift 3 && exec "$@"';
  return [
    ...['unshare', '--mount', '--propagation', 'private', 'sh', '-c', script, 'sh'],
    ...[root, place, there(process.env.PATH ?? '')],
    ...['setpriv', `--reuid=${user}`, `--regid=${group}`, '--clear-groups', '--inh-caps=-all'],
    ...command.map(there),
  ];
}

/** With its sandbox, as the tray is started. @returns its version, or why it does not start. */
function whatStarts(within: PreparedElectron['within'], env: NodeJS.ProcessEnv, folder: string, root: string): string {
  const own = mkdtempSync(join(folder, 'start-'));
  try {
    chmodSync(own, 0o755);
    const main = join(own, 'main.cjs');
    const say = "process.stdout.write('version ' + process.versions.electron + '\\n', () => app.exit(0))";
    writeFileSync(main, `const { app } = require('electron');\napp.whenReady().then(() => ${say});\n`);
    const { ELECTRON_RUN_AS_NODE: _bareNode, ...rest } = env;
    const program = env.ELECTRON_OVERRIDE_DIST_PATH
      ? join(env.ELECTRON_OVERRIDE_DIST_PATH, 'electron')
      : (programOf(join(root, 'node_modules', 'electron')) ?? '');
    const [command = '', ...args] = within([program, main]);
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      encoding: 'utf8',
      timeout: PATIENCE,
      env: rest,
      cwd: root,
    });
    const version = /^version (\S+)$/m.exec(stdout ?? '')?.[1];
    if (status === 0 && version !== undefined) return version;
    const words = error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
    return `it does not start (${words.slice(0, 200) || `exit code ${status}`})`;
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}
