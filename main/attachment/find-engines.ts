import { z } from 'zod';
import type { EngineId } from '../../shared/schemas/attachment.ts';
import { getFromSocket } from '../platform/net/unix-http.ts';
import { textOf } from '../platform/process/run-command.ts';
import { ENGINE_UNITS } from './files.ts';
import type { Machine } from './machine.ts';
import { type UnitFacts, unitFacts } from './units.ts';

/** A container engine that is installed here, before anything is said of how it is held. */
export interface InstalledEngine {
  readonly id: EngineId;
  readonly name: string;
  readonly version: string | null;
  readonly running: boolean;
  /** Null for engines that run as the user who calls them. */
  readonly unit: UnitFacts | null;
  readonly socket: string | null;
  /** Docker's own description of itself; null for other engines, and while it does not run. */
  readonly docker: DockerInfo | null;
}

/** What is read of `GET /info` and `GET /containers/json`. */
export interface DockerInfo {
  readonly liveRestore: boolean;
  readonly logDriver: string;
  readonly swarm: boolean;
  readonly mirrors: readonly string[];
  /** Names of the containers that run. */
  readonly containers: readonly string[];
  /** Volumes on a server of the network. */
  readonly networkVolumes: readonly string[];
}

const NAMES: Record<EngineId, string> = {
  docker: 'Docker Engine',
  containerd: 'containerd',
  podman: 'Podman',
  buildkit: 'BuildKit',
  'docker-rootless': 'Docker Engine (rootless)',
  'docker-desktop': 'Docker Desktop',
};

const SOCKETS: Partial<Record<EngineId, string>> = {
  docker: '/run/docker.sock',
  podman: '/run/podman/podman.sock',
};

/** All that are found, in a fixed order. An engine counts as installed where its unit or its program is. */
export async function findEngines(machine: Machine): Promise<InstalledEngine[]> {
  const units = await unitFacts(machine.run, Object.values(ENGINE_UNITS));
  const found: InstalledEngine[] = [];
  for (const id of Object.keys(NAMES) as EngineId[]) {
    const unit = units.find((facts) => facts.id === ENGINE_UNITS[id] && facts.loaded) ?? null;
    if (unit === null && !(await isInstalled(machine, id))) continue;
    const socket = SOCKETS[id] ?? null;
    const docker = id === 'docker' && unit?.active && socket !== null ? await askDocker(socket) : null;
    found.push({
      id,
      name: NAMES[id],
      version: docker?.version ?? (await versionOf(machine, id)),
      running: unit?.active ?? (id === 'docker-rootless' && (await rootlessRuns(machine))),
      unit,
      socket: socket === null || !(await machine.exists(socket)) ? null : `unix://${socket}`,
      docker: docker?.info ?? null,
    });
  }
  return found;
}

async function isInstalled(machine: Machine, id: EngineId): Promise<boolean> {
  const places: Partial<Record<EngineId, string[]>> = {
    podman: ['/usr/bin/podman'],
    'docker-rootless': ['/usr/bin/dockerd-rootless.sh', '/usr/share/docker.io/contrib/dockerd-rootless.sh'],
    'docker-desktop': ['/opt/docker-desktop'],
  };
  for (const place of places[id] ?? []) if (await machine.exists(place)) return true;
  return false;
}

async function rootlessRuns(machine: Machine): Promise<boolean> {
  for (const uid of await machine.list('/run/user')) {
    if (await machine.exists(`/run/user/${uid}/docker.sock`)) return true;
  }
  return false;
}

const VERSION_COMMANDS: Partial<Record<EngineId, string[]>> = {
  docker: ['dockerd', '--version'],
  containerd: ['containerd', '--version'],
  podman: ['podman', '--version'],
  buildkit: ['buildkitd', '--version'],
};

async function versionOf(machine: Machine, id: EngineId): Promise<string | null> {
  const command = VERSION_COMMANDS[id];
  if (command === undefined) return null;
  const { stdout } = textOf(await machine.run(command, { timeout: 10_000 }));
  return /\bv?(\d+\.\d+[\w.+~-]*)/.exec(stdout)?.[1] ?? null;
}

const Info = z.object({
  ServerVersion: z.string().optional(),
  LiveRestoreEnabled: z.boolean().default(false),
  LoggingDriver: z.string().default(''),
  Swarm: z.object({ LocalNodeState: z.string().default('inactive') }).default({ LocalNodeState: 'inactive' }),
  RegistryConfig: z.object({ Mirrors: z.array(z.string()).nullish() }).nullish(),
});
const Containers = z.array(z.object({ Names: z.array(z.string()).nullish(), Id: z.string() }));
const Volumes = z.object({
  Volumes: z.array(z.object({ Name: z.string(), Options: z.record(z.string(), z.string()).nullish() })).nullish(),
});

/** @returns null where nothing answers at that socket. */
export async function askDocker(socket: string): Promise<{ version: string | null; info: DockerInfo } | null> {
  const ask = async <T extends z.ZodType>(path: string, schema: T): Promise<z.output<T> | null> => {
    const answer = await getFromSocket(socket, path, AbortSignal.timeout(20_000), 8 * 1024 * 1024);
    const parsed = answer.kind === 'answered' && answer.status === 200 ? schema.safeParse(answer.body) : null;
    return parsed?.success ? parsed.data : null;
  };
  const info = await ask('/info', Info);
  if (info === null) return null;
  const containers = await ask('/containers/json', Containers);
  const volumes = await ask('/volumes', Volumes);
  return {
    version: info.ServerVersion ?? null,
    info: {
      liveRestore: info.LiveRestoreEnabled,
      logDriver: info.LoggingDriver,
      swarm: info.Swarm.LocalNodeState !== 'inactive',
      mirrors: info.RegistryConfig?.Mirrors ?? [],
      containers: (containers ?? []).map(({ Names, Id }) => Names?.[0]?.replace(/^\//, '') ?? Id.slice(0, 12)),
      networkVolumes: (volumes?.Volumes ?? [])
        .filter(({ Options }) => ['nfs', 'nfs4', 'cifs', 'smb3'].includes(Options?.type ?? ''))
        .map(({ Name }) => Name),
    },
  };
}
