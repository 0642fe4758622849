import { constants } from 'node:fs';
import type { EngineState } from '../../../../shared/state/inputs.ts';
import { regExe } from '../../../managed-config/reg-query.ts';
import type { RunCommand } from '../../../platform/process/run-command.ts';
import { engineInfo } from '../../engines/docker-api.ts';
import { type Builder, type Context, readBuilders, readContexts } from './builders.ts';
import { type DaemonSettings, EngineSelf, proxiesForContainers, readDaemonJson } from './engine-settings.ts';
import { type HostsEntry, registryEntries } from './hosts-file.ts';
import { isWslKernel } from './kernel-band.ts';
import { decodeWslOutput, wslDistributions, wslKernel } from './wsl.ts';
import { readWslContainers, type WslContainers } from './wsl-containers.ts';

/** Facts about this machine; null where one could not be checked. */
export interface MachineFacts {
  engine: EngineSelf | null;
  /** The kernel of WSL 2, where the engine runs in one or this is one. */
  wsl: { kernel: string | null; foundBy: string; distributions: string[] } | null;
  /** Of Windows; null elsewhere too. */
  wslContainers: WslContainers | null;
  builders: Builder[] | null;
  contexts: Context[] | null;
  /** Sockets of engines that are there, our own left out. */
  otherSockets: string[];
  hostsFile: string;
  hostsEntries: HostsEntry[] | null;
  daemonFile: string;
  /** `absent`: there is no such file, which is usual. `invalid`: it cannot be read as settings. */
  daemon: DaemonSettings | 'absent' | 'invalid' | null;
  configFile: string;
  containerProxies: string[] | null;
}

export interface MachineDeps {
  platform: NodeJS.Platform;
  /** `os.release()` */
  release: string;
  env: NodeJS.ProcessEnv;
  home: string;
  engine: EngineState;
  /** Finds a command of the user's PATH. */
  findCommand: (name: string) => string | null;
  runCommand: RunCommand;
  /** Rejects with an `errno` code. */
  readText: (path: string) => Promise<string>;
  exists: (path: string, mode: number) => Promise<boolean>;
  /** Does the organization's list allow this host? */
  isListed: (host: string) => boolean;
}

/** Milliseconds: programs that contact other machines may take long, and nobody waits for this. */
const PATIENCE = 20_000;

/** Inspects the machine once, and changes nothing. What fails is null. */
export async function machineFacts(deps: MachineDeps): Promise<MachineFacts> {
  const { platform, env, home } = deps;
  const windows = platform === 'win32';
  const hostsFile = windows ? `${env.SystemRoot ?? 'C:\\Windows'}\\System32\\drivers\\etc\\hosts` : '/etc/hosts';
  const systemFolder = `${env.SystemRoot ?? 'C:\\Windows'}\\System32`;
  const dockerFolder = env.DOCKER_CONFIG ?? `${home}${windows ? '\\' : '/'}.docker`;
  const daemonFile = daemonJsonOf(deps, dockerFolder);
  const configFile = `${dockerFolder}${windows ? '\\' : '/'}config.json`;
  const [engine, builders, contexts, otherSockets, hosts, daemon, config] = await Promise.all([
    engineSelf(deps.engine),
    docker(deps, ['buildx', 'ls'], readBuilders),
    docker(deps, ['context', 'ls', '--format', '{{json .}}'], readContexts),
    otherEngines(deps),
    deps.readText(hostsFile).catch(() => null),
    deps.readText(daemonFile).then((text) => readDaemonJson(text) ?? ('invalid' as const), ifAbsent('absent' as const)),
    deps.readText(configFile).then(proxiesForContainers, ifAbsent([])),
  ]);
  return {
    engine,
    wsl: await wslFacts(deps, engine),
    wslContainers: windows ? await readWslContainers(regExe(deps.runCommand, systemFolder)) : null,
    builders: builders?.length ? builders : null,
    contexts: contexts?.length ? contexts : null,
    otherSockets,
    hostsFile,
    hostsEntries: hosts === null ? null : registryEntries(hosts, deps.isListed),
    daemonFile,
    daemon,
    configFile,
    containerProxies: config,
  };
}

/** A missing file is a fact; one that may not be read is none. */
function ifAbsent<T>(value: T): (error: unknown) => T | null {
  return (error) => (error instanceof Error && 'code' in error && error.code === 'ENOENT' ? value : null);
}

async function engineSelf({ socket }: EngineState): Promise<EngineSelf | null> {
  if (socket === null) return null;
  const answer = await engineInfo(socket.replace(/^(unix|npipe):\/\//, ''), AbortSignal.timeout(PATIENCE));
  const parsed = answer.kind === 'answered' && answer.status === 200 ? EngineSelf.safeParse(answer.body) : null;
  return parsed?.success ? parsed.data : null;
}

function environment(env: NodeJS.ProcessEnv, more: Record<string, string> = {}): Record<string, string> {
  const given = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(given), ...more };
}

async function docker<T>(deps: MachineDeps, args: string[], read: (output: string) => T): Promise<T | null> {
  const command = deps.findCommand('docker');
  if (command === null) return null;
  const result = await deps.runCommand([command, ...args], { env: environment(deps.env), timeout: PATIENCE });
  return result.kind === 'exited' && result.code === 0 ? read(result.stdout.toString('utf8')) : null;
}

function daemonJsonOf({ platform, env, engine }: MachineDeps, dockerFolder: string): string {
  if (platform === 'win32') {
    return engine.kind === 'wsl'
      ? `${dockerFolder}\\daemon.json`
      : `${env.ProgramData ?? 'C:\\ProgramData'}\\docker\\config\\daemon.json`;
  }
  return platform === 'darwin' ? `${dockerFolder}/daemon.json` : '/etc/docker/daemon.json';
}

/** Where engines put their sockets, rootless ones and those of other products included. */
async function otherEngines({ platform, env, home, engine, exists }: MachineDeps): Promise<string[]> {
  const runtime = env.XDG_RUNTIME_DIR;
  const places =
    platform === 'win32'
      ? ['docker_engine', 'dockerDesktopLinuxEngine', 'podman-machine-default'].map((name) => `\\\\.\\pipe\\${name}`)
      : [
          '/var/run/docker.sock',
          '/run/podman/podman.sock',
          `${home}/.docker/desktop/docker.sock`,
          `${home}/.docker/run/docker.sock`,
          `${home}/.colima/default/docker.sock`,
          `${home}/.rd/docker.sock`,
          `${home}/.orbstack/run/docker.sock`,
          ...(runtime === undefined ? [] : [`${runtime}/docker.sock`, `${runtime}/podman/podman.sock`]),
        ];
  const own = engine.socket?.replace(/^(unix|npipe):\/\//, '').replace(/^\/run\//, '/var/run/');
  const found = await Promise.all(
    places.map(async (place) => (place !== own && (await exists(place, constants.F_OK)) ? [place] : [])),
  );
  return found.flat();
}

async function wslFacts(deps: MachineDeps, engine: EngineSelf | null): Promise<MachineFacts['wsl']> {
  // The kernel that the engine itself runs on is worth more than what an installer wrote down.
  if (engine !== null && isWslKernel(engine.KernelVersion)) {
    return { kernel: engine.KernelVersion, foundBy: 'docker info', distributions: await distributions(deps) };
  }
  if (deps.platform === 'linux' && isWslKernel(deps.release)) {
    return { kernel: deps.release, foundBy: 'uname -r', distributions: [] };
  }
  if (deps.engine.kind !== 'wsl') return null;
  for (const option of ['--version', '--status']) {
    const output = await wsl(deps, [option]);
    const kernel = output === null ? null : wslKernel(output);
    if (kernel !== null) return { kernel, foundBy: `wsl.exe ${option}`, distributions: await distributions(deps) };
  }
  return { kernel: null, foundBy: 'wsl.exe --version', distributions: await distributions(deps) };
}

/** Only those of WSL 2 share its network. */
async function distributions(deps: MachineDeps): Promise<string[]> {
  const output = await wsl(deps, ['--list', '--verbose']);
  if (output === null) return [];
  return wslDistributions(output)
    .filter(({ version }) => version === 2)
    .map(({ name }) => name);
}

async function wsl(deps: MachineDeps, args: string[]): Promise<string | null> {
  const command = deps.platform === 'win32' ? deps.findCommand('wsl') : null;
  if (command === null) return null;
  const env = environment(deps.env, { WSL_UTF8: '1' });
  const result = await deps.runCommand([command, ...args], { env, timeout: PATIENCE });
  // An old wsl.exe answers an option that it does not know with its usage and a failure; it has nothing labelled.
  return result.kind === 'exited' ? decodeWslOutput(result.stdout) : null;
}
