import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { waitFor } from '../background-process.ts';
import { end, firstLine, type InstalledMachine, type Ran } from './installed-machine.ts';

/**
 * A session of the machine's user: an X server, a session bus on which everything is recorded, and somebody who takes tray icons. No
 * desktop, so that nothing but the program asks anybody anything.
 */
export interface UserSession {
  env: NodeJS.ProcessEnv;
  home: string;
  /** Everything that was said on the session bus so far, one message each, oldest first. */
  messages(): string[];
  /** Starts the program as this user; resolves at once. */
  start(...args: string[]): Promise<Tray>;
  /** The same under another program, such as env. */
  startWithin(before: readonly string[], ...args: string[]): Promise<Tray>;
  /** The installed command line, to its end. */
  command(...args: string[]): Promise<Ran>;
  run(...command: string[]): Promise<Ran>;
  spawn(command: readonly string[], stdio?: ('ignore' | 'pipe')[]): ChildProcess;
  /** How often an icon was registered since the session began. */
  icons(): number;
  /** The titles of windows that can be seen. */
  windows(): Promise<string[]>;
  /** Those of all its windows, hidden ones included. */
  titles(): Promise<string[]>;
  /** systemd-logind tells of a sleep and of its end. */
  sleepAndWake(): Promise<void>;
  stop(): Promise<void>;
}

export interface Tray {
  pid: number;
  process: ChildProcess;
  /** Standard output and error so far. */
  output(): string;
  /** Resolves when its icon is where icons are shown. */
  icon(): Promise<void>;
  tooltip(): Promise<string>;
  /** A click on its icon. */
  click(): Promise<void>;
  /** Resolves when it has ended. @returns exit code and signal. */
  ended(): Promise<[number | null, NodeJS.Signals | null]>;
  /** Ends it, as a logout does. */
  end(): Promise<[number | null, NodeJS.Signals | null]>;
}

export interface SessionOptions {
  /** As the desktop names itself: Chromium chooses by it where secrets are kept. */
  desktop?: string;
  /** `none`: there is no session bus at all. */
  bus?: 'own' | 'none';
  /** A system bus of its own, with a played systemd-logind on it. */
  logind?: boolean;
}

const WATCHER = 'org.kde.StatusNotifierWatcher';
const WATCHER_PATH = '/StatusNotifierWatcher';
const LOGIND = 'org.freedesktop.login1';
const MOCK = 'org.freedesktop.DBus.Mock';

/** No service folders: what is not started here does not exist, above all no window that asks for a password. */
function busConfiguration(kind: 'session' | 'system', path: string): string {
  return `<busconfig><type>${kind}</type><listen>unix:path=${path}</listen><auth>EXTERNAL</auth>
  <policy context="default"><allow user="*"/><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
  <allow receive_sender="*"/><allow own="*"/></policy></busconfig>`;
}

export async function openSession(machine: InstalledMachine, options: SessionOptions = {}): Promise<UserSession> {
  const { desktop = 'GNOME', bus = 'own' } = options;
  const { uid, gid } = machine.user;
  const home = join(machine.folder, `home-${sessions}`);
  const runtime = `/run/user/${uid}`;
  sessions += 1;
  await mkdir(join(home, 'tmp'), { recursive: true });
  for (const own of [home, join(home, 'tmp')]) await chown(own, uid, gid);
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: home,
    USER: 'portcullis-test',
    LOGNAME: 'portcullis-test',
    LANG: 'C.UTF-8',
    TMPDIR: join(home, 'tmp'),
    XDG_RUNTIME_DIR: runtime,
    XDG_CURRENT_DESKTOP: desktop,
    XDG_SESSION_TYPE: 'x11',
    NO_AT_BRIDGE: '1',
  };
  const children: ChildProcess[] = [];
  const start = (command: readonly string[], stdio: ('ignore' | 'pipe')[] = ['ignore', 'ignore', 'ignore']) => {
    const [file = '', ...args] = machine.asUser(command);
    const child = spawn(file, args, { env, stdio });
    children.push(child);
    return child;
  };
  const run = (...command: string[]): Promise<Ran> => machine.run(machine.asUser(command), env);

  const server = start(
    ['Xvfb', '-displayfd', '3', '-screen', '0', '1280x1000x24', '-nolisten', 'tcp', '-noreset'],
    ['ignore', 'ignore', 'ignore', 'pipe'],
  );
  env.DISPLAY = `:${await firstLine(server, server.stdio[3] as Readable)}`;
  let recorded = '';
  if (bus === 'own') {
    await startBus('session');
    const monitor = start(['dbus-monitor', '--session'], ['ignore', 'pipe', 'ignore']);
    monitor.stdout?.setEncoding('utf8').on('data', (text: string) => {
      recorded += text;
    });
    await mockWatcher();
    // It has begun when it has seen something, which may be later than anything said so far.
    await waitFor('the recording of the bus', async () => {
      await run('busctl', '--user', 'call', WATCHER, WATCHER_PATH, 'org.freedesktop.DBus.Peer', 'Ping');
      return recorded.includes('member=Ping');
    });
  } else {
    env.DBUS_SESSION_BUS_ADDRESS = `unix:path=${runtime}/none`;
  }

  async function mockWatcher(): Promise<void> {
    start(['/usr/bin/python3', '-m', 'dbusmock', '--session', WATCHER, WATCHER_PATH, WATCHER]);
    const mock = async (method: string, signature: string, ...values: string[]): Promise<boolean> =>
      (await run('busctl', '--user', 'call', WATCHER, WATCHER_PATH, MOCK, method, signature, ...values)).code === 0;
    await waitFor('the mock of the tray', () =>
      mock('AddProperty', 'ssv', WATCHER, 'IsStatusNotifierHostRegistered', 'b', 'true'),
    );
    await mock('AddMethod', 'sssss', WATCHER, 'RegisterStatusNotifierItem', 's', '', '');
  }

  if (options.logind) {
    await startBus('system');
    start(['/usr/bin/python3', '-m', 'dbusmock', '--system', '--template', 'logind']);
    await waitFor('logind', async () => (await run('busctl', 'status', LOGIND)).code === 0);
  } else {
    // Not the machine's.
    env.DBUS_SYSTEM_BUS_ADDRESS = `unix:path=${runtime}/none`;
  }

  async function startBus(kind: 'session' | 'system'): Promise<void> {
    const conf = join(home, `${kind}.conf`);
    await writeFile(conf, busConfiguration(kind, `${runtime}/${kind}`));
    const command = ['dbus-daemon', `--config-file=${conf}`, '--nofork', '--print-address'];
    const daemon = start(command, ['ignore', 'pipe', 'ignore']);
    await firstLine(daemon, daemon.stdout);
    env[`DBUS_${kind.toUpperCase()}_BUS_ADDRESS`] = `unix:path=${runtime}/${kind}`;
  }

  async function titlesOf(...which: string[]): Promise<string[]> {
    const { stdout } = await run('xdotool', 'search', ...which, 'getwindowname', '%@');
    return stdout.split('\n').filter((line) => line !== '');
  }

  const messages = (): string[] => recorded.split(/\n(?=(?:method|signal|error) )/);
  const registered = (): string[] =>
    messages().flatMap((message) =>
      message.includes('member=RegisterStatusNotifierItem') ? [/^ {3}string "(.+)"/m.exec(message)?.[1] ?? ''] : [],
    );

  async function startWithin(before: readonly string[], ...args: string[]): Promise<Tray> {
    const earlier = registered().length;
    const child = start([...before, machine.program, ...args], ['ignore', 'pipe', 'pipe']);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    await once(child, 'spawn');
    const ended = async (): Promise<[number | null, NodeJS.Signals | null]> => {
      await waitFor(
        `the end of ${args.join(' ')}: ${output}`,
        () => child.exitCode !== null || child.signalCode !== null,
      );
      return [child.exitCode, child.signalCode];
    };
    return {
      pid: child.pid ?? 0,
      process: child,
      output: () => output,
      async icon() {
        await waitFor('the tray icon', () => {
          if (child.exitCode !== null || child.signalCode !== null) {
            throw new Error(`the tray ended (${child.exitCode ?? child.signalCode}): ${output}`);
          }
          return registered().length > earlier;
        });
      },
      async tooltip() {
        const service = registered().at(-1) ?? '';
        const asked = ['org.kde.StatusNotifierItem', 'ToolTip'];
        const { stdout, stderr } = await run(
          ...['busctl', '--user', '--json=short', 'get-property', service, '/StatusNotifierItem', ...asked],
        );
        const parsed = z.object({ data: z.tuple([z.string(), z.unknown(), z.string(), z.string()]) });
        const told = parsed.safeParse(parseJson(stdout));
        return told.success ? told.data.data.slice(2).join(' ').trim() : stderr;
      },
      async click() {
        const item = [registered().at(-1) ?? '', '/StatusNotifierItem', 'org.kde.StatusNotifierItem'];
        const clicked = await run('busctl', '--user', 'call', ...item, 'Activate', 'ii', '0', '0');
        if (clicked.code !== 0) throw new Error(clicked.stderr);
      },
      ended,
      async end() {
        child.kill('SIGTERM');
        const late = setTimeout(() => child.kill('SIGKILL'), 30_000);
        const outcome = await ended();
        clearTimeout(late);
        return outcome;
      },
    };
  }

  return {
    env,
    home,
    messages,
    run,
    startWithin,
    spawn: start,
    start: (...args) => startWithin([], ...args),
    command: (...args) => run('/usr/bin/portcullis', ...args),
    icons: () => registered().length,
    windows: () => titlesOf('--onlyvisible', '--name', 'Portcullis'),
    titles: () => titlesOf('--name', '.'),
    async sleepAndWake() {
      for (const asleep of ['true', 'false']) {
        const signal = [`${LOGIND}.Manager`, 'PrepareForSleep', 'b', '1', 'b', asleep];
        const object = [LOGIND, '/org/freedesktop/login1', MOCK];
        const emitted = await run('busctl', 'call', ...object, 'EmitSignal', 'sssav', ...signal);
        if (emitted.code !== 0) throw new Error(emitted.stderr);
      }
    },
    async stop() {
      for (const child of children.toReversed()) await end(child, 'SIGKILL');
    },
  };
}

let sessions = 0;
