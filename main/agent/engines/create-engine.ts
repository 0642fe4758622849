import { z } from 'zod';
import type { AttachmentStatus } from '../../../shared/schemas/control-schema.ts';
import { EngineKind } from '../../../shared/state/engine-kinds.ts';
import type { EngineState } from '../../../shared/state/inputs.ts';
import { parseSocketAddress } from '../../platform/net/socket-address.ts';
import { attachedEngine, isBehindWall, wasCutOff } from './attached-engine.ts';
import { createDemoEngine } from './demo-engine.ts';
import { createDockerEngine } from './docker-engine.ts';
import type { Engine, EngineSurroundings } from './engine.ts';

/** How an engine is named in the agent's configuration. */
export const EngineConfig = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('demo') }),
  z.strictObject({
    kind: EngineKind.exclude(['demo']),
    name: z.string().min(1).max(100).default('Docker Engine'),
    /**
     * `unix:///run/docker.sock`, on Windows `npipe:////./pipe/docker_engine`. Left out, it is that of the engine that root has attached,
     * or else the usual one.
     */
    socket: z
      .string()
      .regex(/^(unix|npipe):\/\/\//)
      .optional(),
  }),
]);
export type EngineConfig = z.infer<typeof EngineConfig>;

/** An engine that is known to be at one place. */
type PlacedEngine = Extract<EngineConfig, { kind: 'demo' }> | (EngineState & { socket: string });

export interface EngineDeps extends EngineSurroundings {
  /** In [0, 65535]: of a DNS question. */
  randomId: () => number;
}

/** Docker's own. */
export function usualSocket(platform: NodeJS.Platform): string {
  return platform === 'win32' ? 'npipe:////./pipe/docker_engine' : 'unix:///var/run/docker.sock';
}

/**
 * Which engine is asked now: the one that the administrator names, then the one in the agent's configuration, then the one that root has
 * attached, then Docker's usual one.
 *
 * @param managed the socket in the managed configuration
 */
export function placeOf(
  config: EngineConfig,
  managed: string | undefined,
  attachment: AttachmentStatus | null,
  platform: NodeJS.Platform,
): PlacedEngine {
  if (config.kind === 'demo') return config;
  const { kind, name } = config;
  const socket = managed ?? config.socket;
  if (socket !== undefined) return { kind, name, socket };
  const attached = attachedEngine(attachment);
  return attached === null
    ? { kind, name, socket: usualSocket(platform) }
    : { kind, name: attached.name, socket: attached.socket };
}

/**
 * The engine to ask, another one as soon as `placeOf` names another.
 *
 * @param managed the socket in the managed configuration, now
 */
export function followEngine(
  config: EngineConfig,
  managed: () => string | undefined,
  platform: NodeJS.Platform,
  deps: EngineDeps,
): () => Engine {
  let known: AttachmentStatus | null = null;
  let made: { place: string; engine: Engine } | null = null;
  return () => {
    // A gateway that is away, or an audit that is missing, is no reason to ask another engine than before.
    const attachment = deps.attachment();
    if (attachment !== undefined && attachment?.kind !== 'unknown') known = attachment;
    const placed = placeOf(config, managed(), known, platform);
    const place = JSON.stringify(placed);
    if (made?.place !== place) made = { place, engine: createEngine(placed, deps) };
    return made.engine;
  };
}

/** The adapter for an engine of this kind: the only place that chooses one. */
export function createEngine(placed: PlacedEngine, deps: EngineDeps): Engine {
  switch (placed.kind) {
    case 'demo':
      return createDemoEngine(deps.gatewayListeners, deps.randomId);
    case 'vm':
    case 'linux':
    case 'wsl':
    case 'lima':
      return createDockerEngine(
        placed,
        (message) => isBehindWall(deps.attachment() ?? null, placed.socket) && wasCutOff(message, gatewayHosts(deps)),
      );
  }
}

function gatewayHosts({ gatewayListeners }: EngineSurroundings): string[] {
  const { dns, proxy } = gatewayListeners() ?? { dns: [], proxy: [] };
  return [...dns, ...proxy].map((address) => parseSocketAddress(address).host);
}
