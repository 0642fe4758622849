import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { createDockerEngine } from '../../agent/engines/docker-engine.ts';
import type { Engine } from '../../agent/engines/engine.ts';
import { writeFileAtomic } from '../../platform/fs/atomic-file.ts';
import { findCommand } from '../../platform/process/find-command.ts';
import {
  type CommandOptions,
  type CommandText,
  type RunCommand,
  runCommand,
  runOrThrow,
  textOf,
} from '../../platform/process/run-command.ts';
import { type DockerdPlace, type DockerdSettings, socketOf, startDockerd, stopDockerd } from './dockerd.ts';
import { exclusively } from './lock.ts';
import { networkSteps, type VmNetwork, vmNetwork } from './network.ts';
import { isAlive, Owner, ownerOf } from './owner.ts';
import { applyPlan, type Plan, type Step, undoPlan, verifyPlan } from './plan.ts';
import { kill, killAll, processesIn, processesInCgroup, removeCgroup } from './processes.ts';
import { freeSubnet, parseBlock } from './subnet.ts';

/** One folder and one `.json` per VM; both are gone when the last VM is. */
const BASE = '/var/lib/portcullis-vm';

/** Written before anything else is made, and removed last: with it alone, another process can take a VM away. */
const Registration = z.object({
  subnet: z.string().regex(/^10\.\d{1,3}\.\d{1,3}$/),
  hostOctets: z.array(z.number().int().min(1).max(254)),
  owner: Owner,
});
type Registration = z.infer<typeof Registration>;

export interface VmOptions {
  /** Last octets of the host's addresses on the cable, beside .1, where the gateway listens, and .2, which is the VM. */
  readonly hostOctets?: readonly number[];
  readonly run?: RunCommand;
}

/**
 * A network namespace with a Docker Engine in it, whose only name server, proxy and neighbour is this host. Root on Linux.
 * It is taken away by `destroy`, or, if this process dies first, by the next `createVm` or `sweepVms` of any process.
 */
export class Vm {
  readonly network: VmNetwork;
  readonly dockerSocket: string;
  /** What is made, in this order. `createVm` has applied all but the engine. */
  readonly plan: Plan;
  readonly #attachment: Plan;
  readonly #engine: Step;
  readonly #place: DockerdPlace;
  readonly #run: RunCommand;
  readonly #registrationFile: string;
  #settings: DockerdSettings = {};
  #daemon: ChildProcess | null = null;

  /** @internal Use `createVm`. */
  constructor(registration: Registration, run: RunCommand) {
    const { subnet, hostOctets } = registration;
    const folder = join(BASE, subnet);
    this.network = vmNetwork(subnet, hostOctets, join(folder, 'network-namespace'));
    this.#run = run;
    this.#registrationFile = registrationFile(subnet);
    this.#place = { folder, namespaceFile: this.network.namespaceFile, cgroup: `portcullis-vm-${subnet}` };
    this.dockerSocket = socketOf(this.#place);
    this.#attachment = [folderStep(this.#place.folder, this.network), ...networkSteps(this.network, run)];
    this.#engine = this.#engineStep();
    this.plan = [...this.#attachment, this.#engine];
  }

  /** As the agent sees it. Another process gets the same from `createDockerEngine` and the socket. */
  get engine(): Engine {
    const socket = `unix://${this.dockerSocket}`;
    return createDockerEngine({ kind: 'vm', name: 'Docker Engine in a network namespace', socket });
  }

  /** The VM's name server, where the gateway's `engine` view and proxy have to listen before the engine is started. */
  get gatewayAddress(): string {
    return this.address(1);
  }

  /** The host's address on the cable with this last octet. @throws if the VM was made without it. */
  address(octet: number): string {
    const address = `${this.network.subnet}.${octet}`;
    if (!this.network.hostAddresses.includes(address)) throw new Error(`the VM was made without ${address}`);
    return address;
  }

  /** @internal */
  async attach(): Promise<void> {
    await applyPlan(this.#attachment);
  }

  /** Starts the engine, or starts it anew with other settings; images stay. @throws ProblemError `engine-did-not-start`. */
  async startEngine(settings: DockerdSettings): Promise<void> {
    await this.stopEngine();
    this.#settings = settings;
    await this.#engine.apply();
  }

  /** Points the engine at another proxy, or at none: it is started anew, since it reads its environment only then. */
  async setProxy(proxy: string | undefined): Promise<void> {
    await this.startEngine({ ...this.#settings, proxy });
  }

  /** Also ends all containers. */
  async stopEngine(): Promise<void> {
    await this.#engine.undo();
  }

  /** Runs a command where the engine runs: same network, same resolv.conf. The engine has to be running. */
  async exec(command: readonly string[], options?: CommandOptions): Promise<CommandText> {
    const pid = this.#daemon?.pid;
    if (pid === undefined) throw new Error('the engine of the VM is not running');
    return textOf(await this.#run(['nsenter', '--target', String(pid), '--net', '--mount', '--', ...command], options));
  }

  /** What does not hold of the plan; empty if all does. That pulls and containers work only a pull and a container show. */
  async verify(): Promise<string[]> {
    return verifyPlan(this.plan);
  }

  /** Takes everything away. Can be called twice, and on a VM that was made halfway. */
  async destroy(): Promise<void> {
    await undoPlan(this.plan);
    await exclusively(async () => {
      await rm(this.#registrationFile, { force: true });
      await rmdir(BASE).catch(() => undefined);
    });
  }

  #engineStep(): Step {
    const place = this.#place;
    return {
      title: `Docker Engine at unix://${socketOf(place)}`,
      apply: async () => {
        this.#daemon = await startDockerd(place, this.#settings);
      },
      verify: async () => {
        if (this.#daemon === null || this.#daemon.exitCode !== null) return 'it is not running';
        const resolvConf = await this.exec(['cat', '/etc/resolv.conf']);
        return resolvConf.stdout === resolvConfOf(this.network) ? null : 'its resolv.conf names another server';
      },
      undo: async () => {
        // First the containers: dockerd would wait ten seconds for each that does not heed SIGTERM.
        for (const pid of processesInCgroup(place.cgroup)) kill(pid);
        if (this.#daemon !== null) await stopDockerd(this.#daemon);
        this.#daemon = null;
        // Whatever is left: containers of a daemon that was killed, commands of `exec`, and all of it where another process made them.
        await killAll(() => [...processesInCgroup(place.cgroup), ...processesIn(place.namespaceFile)]);
        removeCgroup(place.cgroup);
      },
    };
  }
}

/**
 * Makes the namespace and its cable; several VMs at once get different subnets. The engine is not started yet, so that the
 * gateway can be put in its place first: `startEngine`.
 *
 * @throws ProblemError `vm-not-possible`, `no-free-subnet`, `command-failed`
 */
export async function createVm({ hostOctets = [3], run = runCommand }: VmOptions = {}): Promise<Vm> {
  assertPossible();
  const vm = await exclusively(async () => {
    await sweep(run);
    const registrations = await readRegistrations();
    const subnet = freeSubnet(await routedBlocks(run), new Set(registrations.map((other) => other.subnet)));
    if (subnet === null) {
      throw new ProblemError({
        code: 'no-free-subnet',
        message: 'Every network from 10.200.0.0/24 to 10.254.255.0/24 is taken on this machine.',
      });
    }
    const registration: Registration = { subnet, hostOctets: [1, ...hostOctets], owner: ownerOf(process.pid) };
    await mkdir(BASE, { recursive: true, mode: 0o700 });
    await writeFileAtomic(registrationFile(subnet), JSON.stringify(registration));
    return new Vm(registration, run);
  });
  try {
    await vm.attach();
  } catch (error) {
    await vm.destroy();
    throw error;
  }
  return vm;
}

/** Takes away the VMs whose owner died without doing so. */
export async function sweepVms(run: RunCommand = runCommand): Promise<void> {
  if (existsSync(BASE)) await exclusively(() => sweep(run));
}

async function sweep(run: RunCommand): Promise<void> {
  for (const registration of await readRegistrations()) {
    if (isAlive(registration.owner)) continue;
    await undoPlan(new Vm(registration, run).plan);
    await rm(registrationFile(registration.subnet), { force: true });
  }
  await rmdir(BASE).catch(() => undefined);
}

function registrationFile(subnet: string): string {
  return join(BASE, `${subnet}.json`);
}

async function readRegistrations(): Promise<Registration[]> {
  const names = await readdir(BASE).catch(() => []);
  const files = names.filter((name) => name.endsWith('.json') && !name.startsWith('.'));
  return Promise.all(
    files.map(async (name) => {
      const file = join(BASE, name);
      try {
        return Registration.parse(JSON.parse(await readFile(file, 'utf8')));
      } catch (error) {
        throw new ProblemError(
          {
            code: 'vm-registration-unreadable',
            message: `${file} does not tell whose VM it is.`,
            cause: error instanceof Error ? error.message.slice(0, 1000) : String(error),
            next: 'Remove it, and what is left of that VM.',
          },
          { cause: error },
        );
      }
    }),
  );
}

async function routedBlocks(run: RunCommand): Promise<NonNullable<ReturnType<typeof parseBlock>>[]> {
  const { stdout } = await runOrThrow(run, ['ip', '-json', '-4', 'route', 'show', 'table', 'all']);
  const routes = z.array(z.object({ dst: z.string() })).parse(JSON.parse(stdout.trim() || '[]'));
  return routes.map(({ dst }) => parseBlock(dst)).filter((block) => block !== null);
}

function assertPossible(): void {
  const missing = ['dockerd', 'ip', 'nsenter', 'unshare', 'setpriv', 'flock'].filter(
    (name) => findCommand(name, process.env.PATH) === null,
  );
  const cause =
    process.platform !== 'linux'
      ? `this is ${process.platform}`
      : process.getuid?.() !== 0
        ? 'this user is not root'
        : missing.length > 0
          ? `not installed: ${missing.join(', ')}`
          : null;
  if (cause === null) return;
  throw new ProblemError({
    code: 'vm-not-possible',
    message: 'A VM with an engine can be made by root on Linux only, with Docker installed.',
    cause,
    next: 'On Debian or Ubuntu: sudo apt-get install docker.io iproute2',
  });
}

function resolvConfOf(network: VmNetwork): string {
  return `nameserver ${network.subnet}.1\n`;
}

function folderStep(folder: string, network: VmNetwork): Step {
  const files = {
    'resolv.conf': resolvConfOf(network),
    'nsswitch.conf': 'hosts: files dns\n',
    hosts: '127.0.0.1 localhost\n::1 localhost\n',
  };
  return {
    title: `folder ${folder}`,
    async apply() {
      await mkdir(join(folder, 'etc-docker'), { recursive: true, mode: 0o700 });
      for (const [name, content] of Object.entries(files))
        await writeFile(join(folder, name), content, { mode: 0o644 });
      // A place to mount over, inside the VM only; Docker's packages bring it.
      await mkdir('/etc/docker', { recursive: true });
    },
    async verify() {
      return existsSync(join(folder, 'resolv.conf')) ? null : 'it is not there';
    },
    async undo() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}
