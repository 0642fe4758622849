import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { endingWithUs } from './background-process.ts';

/** A session bus of its own with GNOME's keyring on it, or without: nothing of the user's is touched. */
export interface TestKeyring {
  /** What a program needs in its environment to find the bus. */
  env: NodeJS.ProcessEnv;
  /** Where the keyring's files are. */
  folder: string;
  start: (how: 'unlocked' | 'locked') => Promise<void>;
  /** Still there, and answers nobody. */
  freeze: () => void;
  /** Ends the keyring and leaves the bus. */
  halt: () => Promise<void>;
  stop: () => Promise<void>;
}

export async function startTestKeyring(): Promise<TestKeyring> {
  const home = await mkdtemp(join(tmpdir(), 'portcullis-keyring-'));
  const runtime = join(home, 'run');
  await mkdir(runtime, { mode: 0o700 });
  // No service folders: what is not started here does not exist, above all no window that asks for a password.
  await writeFile(
    join(home, 'bus.conf'),
    `<busconfig><type>session</type><listen>unix:path=${runtime}/bus</listen>
     <policy context="default"><allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>`,
  );
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: home,
    XDG_DATA_HOME: join(home, 'data'),
    XDG_RUNTIME_DIR: runtime,
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${runtime}/bus`,
  };
  const [busFile, ...busArgs] = endingWithUs([
    'dbus-daemon',
    `--config-file=${join(home, 'bus.conf')}`,
    '--nofork',
    '--print-address',
  ]);
  const bus = spawn(busFile, busArgs, {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await firstLine(bus);
  let daemon: ChildProcess | undefined;

  const keyring: TestKeyring = {
    env,
    folder: join(home, 'data', 'keyrings'),
    async start(how) {
      const unlock = how === 'unlocked' ? ['--unlock'] : [];
      daemon = spawn('gnome-keyring-daemon', ['--foreground', '--components=secrets', ...unlock], {
        env,
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      daemon.stdin?.end(how === 'unlocked' ? 'a password' : '');
      await onBus('org.freedesktop.secrets', env);
    },
    freeze() {
      daemon?.kill('SIGSTOP');
    },
    async halt() {
      await end(daemon);
      daemon = undefined;
    },
    async stop() {
      await keyring.halt();
      await end(bus);
      await rm(home, { recursive: true, force: true });
    },
  };
  return keyring;
}

/** The daemon says nowhere that it is ready; the bus knows. */
async function onBus(name: string, env: NodeJS.ProcessEnv): Promise<void> {
  const ask = ['--session', '--print-reply', '--dest=org.freedesktop.DBus', '/', 'org.freedesktop.DBus.GetNameOwner'];
  for (let tries = 0; tries < 300; tries += 1) {
    const query = spawn('dbus-send', [...ask, `string:${name}`], { env, stdio: 'ignore' });
    const [code] = await once(query, 'exit');
    if (code === 0) return;
    await pause(50);
  }
  throw new Error(`${name} did not come to the bus`);
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout !== null) for await (const line of createInterface({ input: stdout })) return line;
  throw new Error('the session bus did not start');
}
