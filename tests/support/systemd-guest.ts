import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { withVmLock } from '../../main/demo/vm/lock.ts';
import { freeSubnet, parseBlock } from '../../main/platform/net/free-subnet.ts';
import {
  type CommandOptions,
  type CommandText,
  runCommand,
  runOrThrow,
  textOf,
} from '../../main/platform/process/run-command.ts';
import { endingWithUs, waitFor } from './background-process.ts';

const BOOT = join(import.meta.dirname, 'systemd-guest.sh');

/** Held while packages are installed on this machine, and while a guest copies what says which there are. */
export const SETUP_LOCK = '/var/lock/portcullis-test-setup.lock';

/** Seen in the guest at the same path. */
export const PROJECT = join(import.meta.dirname, '../..');

export interface GuestOptions {
  /** Last octets of this machine's addresses on the cable; the guest is .2, and its resolver is this machine's .1. */
  readonly hostOctets: readonly number[];
  /** PEM certificates that the guest trusts besides its own. */
  readonly ca: string;
}

/**
 * A machine of its own with systemd as its first process, and a cable to this one: what runs in it is what is installed here, what it
 * writes is its own. Needs root, and a kernel with overlayfs and the second version of control groups.
 */
export interface SystemdGuest extends AsyncDisposable {
  readonly subnet: string;
  /** This machine's address on the cable. */
  address(octet: number): string;
  /** The guest's root as this machine sees it, for files and sockets; another one after each boot. */
  readonly root: string;
  readonly dockerSocket: string;
  /** The command that runs another one in the guest, as root. */
  within(command: readonly string[]): string[];
  /** Runs a command in the guest, as root. */
  exec(command: readonly string[], options?: CommandOptions): Promise<CommandText>;
  /** The same, where anything but success is a fault of the test. @returns standard output */
  ok(...command: string[]): Promise<string>;
  sh(script: string): Promise<CommandText>;
  /** Pulls the plug, and boots again with what was written. */
  reboot(): Promise<void>;
}

export async function startGuest({ hostOctets, ca }: GuestOptions): Promise<SystemdGuest> {
  await using cleanup = new AsyncDisposableStack();
  // Below the same file system as the root, and never below a folder that the guest empties.
  const folder = await mkdtemp(join(tmpdir(), `portcullis-guest-${process.pid}-`));
  const name = basename(folder);
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  // One guest of a process at a time; at most 15 characters.
  const cable = `pc${process.pid}`;
  const namespace = join('/run/netns', cable);
  await ip('netns', 'add', cable);
  cleanup.defer(async () => void (await runCommand(['ip', 'netns', 'delete', cable])));
  await ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', cable);
  // Another process may be about to choose a subnet too: it sees that of this one as soon as the cable is up.
  const subnet = await withVmLock(async () => {
    const free = await chooseSubnet();
    for (const octet of hostOctets) await ip('address', 'add', `${free}.${octet}/24`, 'dev', cable);
    await ip('link', 'set', cable, 'up');
    return free;
  });
  const inside = (...words: string[]) => ip('-n', cable, ...words);
  await inside('link', 'set', 'lo', 'up');
  await inside('address', 'add', `${subnet}.2/24`, 'dev', 'eth0');
  await inside('link', 'set', 'eth0', 'up');
  await inside('route', 'add', 'default', 'via', `${subnet}.1`);
  await writeFile(join(folder, 'resolv.conf'), `nameserver ${subnet}.1\n`);
  await writeFile(join(folder, 'ca.pem'), ca);

  let outer: ChildProcess | null = null;
  let first = 0;
  const groups = controlGroups();

  async function boot(): Promise<void> {
    const [file = '', ...args] = endingWithUs([BOOT, folder, namespace, PROJECT, SETUP_LOCK]);
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
    outer = child;
    first = await waitFor('the first process of the guest', () => {
      if (child.exitCode !== null) throw new Error(`the guest did not boot: ${said}`);
      // unshare forks once: its child is process 1 of the guest, once it has become what it is to be.
      const [only = ''] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ');
      return only !== '' && commandOf(only) === 'systemd' ? Number(only) : null;
    });
    await waitFor('the guest to be up', async () => {
      const { stdout: state } = await guest.exec(['systemctl', 'is-system-running']);
      return ['running', 'degraded'].includes(state.trim());
    });
  }

  async function halt(): Promise<void> {
    const child = outer;
    outer = null;
    if (child !== null && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    await waitFor('the processes of the guest to be gone', () => processesBelow(join(groups, name)).length === 0);
    await removeGroups(join(groups, name));
  }

  const guest: SystemdGuest = {
    subnet,
    address: (octet) => `${subnet}.${octet}`,
    get root() {
      return `/proc/${first}/root`;
    },
    get dockerSocket() {
      return join(guest.root, 'run/docker.sock');
    },
    within: (command) => ['nsenter', '--target', String(first), '--all', '--', ...command],
    exec: async (command, options) =>
      textOf(
        await runCommand(guest.within(command), {
          timeout: 300_000,
          env: {
            PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
            HOME: '/root',
            LC_ALL: 'C.UTF-8',
          },
          ...options,
        }),
      ),
    async ok(...command) {
      const { code, stdout, stderr } = await guest.exec(command);
      if (code !== 0) throw new Error(`${command.join(' ')} in the guest: ${code}\n${stdout}${stderr}`);
      return stdout;
    },
    sh: (script) => guest.exec(['sh', '-c', script]),
    async reboot() {
      await halt();
      await boot();
    },
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
  cleanup.defer(halt);
  await boot();
  const made = cleanup.move();
  return guest;
}

function ip(...words: string[]): Promise<CommandText> {
  return runOrThrow(runCommand, ['ip', ...words]);
}

async function chooseSubnet(): Promise<string> {
  const { stdout } = await ip('-json', '-4', 'route', 'show', 'table', 'all');
  const routes = z.array(z.object({ dst: z.string() })).parse(JSON.parse(stdout.trim() || '[]'));
  const subnet = freeSubnet(
    routes.map(({ dst }) => parseBlock(dst)).filter((block) => block !== null),
    // Where an attachment in the guest looks first.
    new Set(['10.200.0']),
  );
  if (subnet === null) throw new Error('no free subnet');
  return subnet;
}

/**
 * Takes away the cables and control groups of guests whose test was killed; their processes end with it. Those of a process that is
 * alive are left alone: its guest may be about to boot, and its control group still empty.
 */
export async function removeAbandonedGuests(): Promise<void> {
  const isAbandoned = (owner: string | undefined) => owner !== undefined && !existsSync(`/proc/${owner}`);
  for (const name of existsSync('/run/netns') ? readdirSync('/run/netns') : []) {
    if (isAbandoned(/^pc(\d+)$/.exec(name)?.[1])) await runCommand(['ip', 'netns', 'delete', name]);
  }
  const groups = controlGroups();
  for (const name of readdirSync(groups)) {
    const path = join(groups, name);
    if (isAbandoned(/^portcullis-guest-(\d+)-/.exec(name)?.[1]) && processesBelow(path).length === 0)
      await removeGroups(path);
  }
}

/** The root of the second version of control groups, where each guest has one of its own. */
export function controlGroups(): string {
  return existsSync('/sys/fs/cgroup/unified') ? '/sys/fs/cgroup/unified' : '/sys/fs/cgroup';
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

function processesBelow(group: string): string[] {
  if (!existsSync(group)) return [];
  const own = readFileSync(join(group, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean);
  return [...own, ...foldersIn(group).flatMap(processesBelow)];
}

async function removeGroups(group: string): Promise<void> {
  if (!existsSync(group)) return;
  for (const below of foldersIn(group)) await removeGroups(below);
  await rmdir(group).catch(() => undefined);
}

function foldersIn(group: string): string[] {
  return readdirSync(group, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(group, entry.name));
}

const APT_DOWNLOAD = join(PROJECT, 'tests/setup/apt-download.sh');

/** Installs Debian packages in the guest, which has no network: fetched by this machine, where nothing is installed. */
export async function installInGuest(guest: SystemdGuest, ...packages: string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'portcullis-debs-'));
  try {
    await runOrThrow(runCommand, [APT_DOWNLOAD, folder, ...packages], { timeout: 600_000 });
    const names = readdirSync(folder).filter((name) => name.endsWith('.deb'));
    // Those that this machine has, the guest has too.
    if (names.length === 0) return;
    for (const name of names) await cp(join(folder, name), join(guest.root, 'tmp', name));
    // None of the services they bring is started: a test says when.
    await writeInGuest(guest, '/usr/sbin/policy-rc.d', '#!/bin/sh\nexit 101\n', 0o755);
    const { code, stdout, stderr } = await guest.sh(
      'DEBIAN_FRONTEND=noninteractive dpkg --install /tmp/*.deb; code=$?; rm /tmp/*.deb /usr/sbin/policy-rc.d; exit $code',
    );
    if (code !== 0) throw new Error(`dpkg in the guest: ${stdout}${stderr}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Puts a file into the guest. */
export async function writeInGuest(guest: SystemdGuest, path: string, content: string, mode = 0o644): Promise<void> {
  const file = join(guest.root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content, { mode });
}
