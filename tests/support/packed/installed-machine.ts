import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { runCommand } from '../../../main/platform/process/run-command.ts';
import { endingWithUs } from '../background-process.ts';

/**
 * A machine on which the packed program is installed, as far as a mount namespace of its own makes one: /opt/Portcullis (read-only),
 * /usr/bin/portcullis, /etc/portcullis, /run. The rest is the machine that runs the tests. Needs root.
 */
export interface InstalledMachine {
  /** A temporary folder, which `stop` removes; everybody may pass. */
  folder: string;
  /** What is /etc/portcullis there; root's. */
  managed: string;
  /** The program as it is installed there. */
  program: string;
  user: TestUser;
  /** The command as it is run on that machine, as root or as its user. */
  asRoot(command: readonly string[]): string[];
  asUser(command: readonly string[]): string[];
  /** Runs it to its end. */
  run(command: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ran>;
  /** A file of that machine as root sees it from here. */
  path(file: string): string;
  stop(): Promise<void>;
}

export interface TestUser {
  uid: number;
  gid: number;
}

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface MachineOptions {
  /** The folder that `packProgram` made. */
  packed: string;
  user: TestUser;
  /** Where it is installed; where the packages put it if not given. */
  place?: string;
}

/** Only ends what hangs. */
export const PATIENCE = 120_000;

/** Runs as root in a mount namespace of its own. Upper layers lie in a tmpfs: the machine's own file system may be an overlay already. */
const MOUNTS = `set -eu
packed=$1 place=$2 managed=$3 layers=$4 uid=$5 gid=$6
mount -t tmpfs tmpfs "$layers"
over() { mkdir -p "$layers/$2/upper" "$layers/$2/work"; mount -t overlay overlay -o "lowerdir=$1,upperdir=$layers/$2/upper,workdir=$layers/$2/work" "$1"; }
over /etc etc
over /usr/bin bin
mkdir -p /etc/portcullis
mount --bind "$managed" /etc/portcullis
cp "\${packed%/*}/portcullis" /usr/bin/portcullis
chmod 755 /usr/bin/portcullis
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/portcullis "/run/user/$uid"
chown "$uid:$gid" "/run/user/$uid"
chmod 700 "/run/user/$uid"
mount -t tmpfs -o mode=755 tmpfs /opt
mkdir -p "$place"
mount --bind "$packed" "$place"
mount -o remount,bind,ro "$place"
echo ready
exec sleep infinity
`;

export async function installMachine({
  packed,
  user,
  place = '/opt/Portcullis',
}: MachineOptions): Promise<InstalledMachine> {
  const folder = await mkdtemp(join(tmpdir(), 'pm-'));
  await chmod(folder, 0o711);
  const managed = join(folder, 'managed');
  const layers = join(folder, 'layers');
  for (const one of [managed, layers]) await mkdir(one, { mode: 0o755 });
  const script = ['sh', '-c', MOUNTS, 'sh', packed, place, managed, layers, String(user.uid), String(user.gid)];
  const [file, ...args] = endingWithUs(['unshare', '--mount', '--propagation', 'private', ...script]);
  const holder = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await firstLine(holder, holder.stdout);
  const asRoot = (command: readonly string[]): string[] =>
    endingWithUs(['nsenter', `--target=${holder.pid}`, '--mount', '--wdns=/', '--', ...command]);
  const asUser = (command: readonly string[]): string[] =>
    asRoot([
      ...['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--inh-caps=-all'],
      // The kernel forgets who is to die with whom when a process changes its user.
      ...['setpriv', '--pdeathsig', 'KILL'],
      ...command,
    ]);
  return {
    folder,
    managed,
    program: join(place, 'portcullis-tray'),
    user,
    asRoot,
    asUser,
    async run(command, env) {
      const result = await runCommand(command, { timeout: PATIENCE, ...(env ? { env } : {}) });
      if (result.kind !== 'exited') throw new Error(`${command.join(' ')}: ${result.cause}`);
      return { code: result.code ?? -1, stdout: result.stdout.toString(), stderr: result.stderr.toString() };
    },
    path: (path) => `/proc/${holder.pid}/root${path}`,
    async stop() {
      await end(holder, 'SIGKILL');
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}

export async function firstLine(child: ChildProcess, from: Readable | null): Promise<string> {
  if (from === null) throw new Error('nothing to read from');
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`${child.spawnargs.join(' ')} ended (${code ?? signal})`);
  });
  ended.catch(() => undefined);
  const [line] = await Promise.race([once(createInterface(from), 'line'), ended]);
  return String(line);
}

export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await exit;
  clearTimeout(late);
}
