import { z } from 'zod';
import { EngineKind } from '../../../shared/state/engine-kinds.ts';
import { createDemoEngine } from './demo-engine.ts';
import { createDockerEngine } from './docker-engine.ts';
import type { Engine, GatewayListeners } from './engine.ts';

/** How an engine is named in the agent's configuration. */
export const EngineConfig = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('demo') }),
  z.strictObject({
    kind: EngineKind.exclude(['demo']),
    name: z.string().min(1).max(100).default('Docker Engine'),
    /** `unix:///run/docker.sock`, on Windows `npipe:////./pipe/docker_engine` */
    socket: z.string().regex(/^(unix|npipe):\/\/\//),
  }),
]);
export type EngineConfig = z.infer<typeof EngineConfig>;

export interface EngineDeps {
  gatewayListeners: GatewayListeners;
  /** In [0, 65535]: of a DNS question. */
  randomId: () => number;
}

/** The adapter for an engine of this kind: the only place that chooses one. */
export function createEngine(config: EngineConfig, { gatewayListeners, randomId }: EngineDeps): Engine {
  switch (config.kind) {
    case 'demo':
      return createDemoEngine(gatewayListeners, randomId);
    case 'vm':
    case 'linux':
    case 'wsl':
    case 'lima':
      return createDockerEngine(config);
  }
}
