import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { createDockerEngine } from '../../agent/engines/docker-engine.ts';
import type { Engine } from '../../agent/engines/engine.ts';
import { writeFileAtomic } from '../../platform/fs/atomic-file.ts';
import { type Block, CANDIDATES, freeSubnet, parseBlock } from '../../platform/net/free-subnet.ts';
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
import { withVmLock } from './lock.ts';
import { networkSteps, type VmNetwork, vmNetwork } from './network.ts';
import { isAlive, Owner, ownerOf } from './owner.ts';
import { applyPlan, type Plan, type Step, undoPlan, verifyPlan } from './plan.ts';
import { kill, killAll, processesInCgroup, processesInNamespace, removeCgroup } from './processes.ts';

/** One folder and one `.json` file per VM; removed with the last VM. */
const BASE = '/var/lib/portcullis-vm';

/** Written before anything else and removed last, so that another process can remove an abandoned VM. */
const Registration = z.object({
  subnet: z.string().regex(/^10\.\d{1,3}\.\d{1,3}$/),
  hostOctets: z.array(z.number().int().min(1).max(254)),
  owner: Owner,
});
type Registration = z.infer<typeof Registration>;

export interface VmOptions {
  /** Last octets of further addresses of the host on the cable; .1 is the gateway's, .2 the VM's. */
  readonly hostOctets?: readonly number[];
  readonly run?: RunCommand;
}

/**
 * A network namespace with a Docker Engine that reaches nothing but this host: its name server and its proxy. Needs root on
 * Linux. `destroy` removes it; if this process dies first, the next `createVm` or `removeAbandonedVms` of any process does.
 */
export class Vm {
  readonly network: VmNetwork;
  readonly dockerSocket: string;
  /** Everything the VM consists of, in order. `createVm` applies all but the engine. */
  readonly plan: Plan;
  readonly #base: Plan;
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
    this.#base = [folderStep(this.#place.folder, this.network), ...networkSteps(this.network, run)];
    this.#engine = this.#engineStep();
    this.plan = [...this.#base, this.#engine];
  }

  /** The engine as the agent uses it. */
  get engine(): Engine {
    const socket = `unix://${this.dockerSocket}`;
    return createDockerEngine({ kind: 'vm', name: 'Docker Engine in a network namespace', socket });
  }

  /** The VM's name server. The gateway's `engine` view and proxy must listen there before the engine starts. */
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
  async create(): Promise<void> {
    await applyPlan(this.#base);
  }

  /** Starts the engine, or restarts it with other settings; images are kept. @throws ProblemError `engine-did-not-start` */
  async startEngine(settings: DockerdSettings): Promise<void> {
    await this.stopEngine();
    this.#settings = settings;
    await this.#engine.apply();
  }

  /** Points the engine at another proxy, or at none. Restarts it, because it reads its environment only at the start. */
  async setProxy(proxy: string | undefined): Promise<void> {
    await this.startEngine({ ...this.#settings, proxy });
  }

  /** Ends all containers too. */
  async stopEngine(): Promise<void> {
    await this.#engine.undo();
  }

  /** Runs a command in the engine's network and mount namespaces. The engine must be running. */
  async exec(command: readonly string[], options?: CommandOptions): Promise<CommandText> {
    const pid = this.#daemon?.pid;
    if (pid === undefined) throw new Error('the engine of the VM is not running');
    return textOf(await this.#run(['nsenter', '--target', String(pid), '--net', '--mount', '--', ...command], options));
  }

  /** What is wrong with the VM; empty if nothing is. It pulls no image and starts no container. */
  async verify(): Promise<string[]> {
    return verifyPlan(this.plan);
  }

  /** Removes everything. Works when called twice, and on a VM that was created in part. */
  async destroy(): Promise<void> {
    await undoPlan(this.plan);
    await withVmLock(async () => {
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
        if (this.#daemon === null || this.#daemon.exitCode !== null) return 'not running';
        const resolvConf = await this.exec(['cat', '/etc/resolv.conf']);
        return resolvConf.stdout === resolvConfOf(this.network) ? null : 'resolv.conf names another server';
      },
      undo: async () => {
        // Containers first: dockerd waits ten seconds for each that ignores SIGTERM.
        for (const pid of processesInCgroup(place.cgroup)) kill(pid);
        if (this.#daemon !== null) await stopDockerd(this.#daemon);
        this.#daemon = null;
        // Then the rest: containers of a killed daemon, commands of `exec`, and everything where another process made it.
        await killAll(() => [...processesInCgroup(place.cgroup), ...processesInNamespace(place.namespaceFile)]);
        removeCgroup(place.cgroup);
      },
    };
  }
}

/**
 * Creates the namespace and its cable, in a subnet of its own. The engine is not started yet, so that the gateway can listen
 * first: `startEngine`.
 *
 * @throws ProblemError `vm-needs-linux`, `vm-needs-root`, `vm-tools-missing`, `no-free-subnet`, `command-failed`
 */
export async function createVm({ hostOctets = [3], run = runCommand }: VmOptions = {}): Promise<Vm> {
  requireVmSupport();
  const vm = await withVmLock(async () => {
    await removeAbandoned(run);
    const registrations = await readRegistrations();
    const subnet = freeSubnet(await routedBlocks(run), new Set(registrations.map((other) => other.subnet)));
    if (subnet === null) {
      throw new ProblemError(problem('no-free-subnet', CANDIDATES));
    }
    const registration: Registration = { subnet, hostOctets: [1, ...hostOctets], owner: ownerOf(process.pid) };
    await mkdir(BASE, { recursive: true, mode: 0o700 });
    await writeFileAtomic(registrationFile(subnet), JSON.stringify(registration));
    return new Vm(registration, run);
  });
  try {
    await vm.create();
  } catch (error) {
    await vm.destroy();
    throw error;
  }
  return vm;
}

/** Removes the VMs whose owner died without doing so. */
export async function removeAbandonedVms(run: RunCommand = runCommand): Promise<void> {
  if (existsSync(BASE)) await withVmLock(() => removeAbandoned(run));
}

async function removeAbandoned(run: RunCommand): Promise<void> {
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
        const cause = error instanceof Error ? error.message : String(error);
        throw new ProblemError(problem('vm-registration-unreadable', { file }, { cause }), { cause: error });
      }
    }),
  );
}

async function routedBlocks(run: RunCommand): Promise<Block[]> {
  const { stdout } = await runOrThrow(run, ['ip', '-json', '-4', 'route', 'show', 'table', 'all']);
  const routes = z.array(z.object({ dst: z.string() })).parse(JSON.parse(stdout.trim() || '[]'));
  return routes.map(({ dst }) => parseBlock(dst)).filter((block) => block !== null);
}

function requireVmSupport(): void {
  const { platform, env } = process;
  if (platform !== 'linux') throw new ProblemError(problem('vm-needs-linux', { platform }));
  if (process.getuid?.() !== 0) throw new ProblemError(problem('vm-needs-root'));
  const needed = ['dockerd', 'ip', 'nsenter', 'unshare', 'setpriv', 'flock'];
  const tools = needed.filter((name) => findCommand(name, env.PATH) === null);
  if (tools.length > 0) throw new ProblemError(problem('vm-tools-missing', { tools }));
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
      // Mounted over inside the VM; Docker's packages create it too.
      await mkdir('/etc/docker', { recursive: true });
    },
    async verify() {
      return existsSync(join(folder, 'resolv.conf')) ? null : 'missing';
    },
    async undo() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}
