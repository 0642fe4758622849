import type { Problem } from '../../../shared/problems/problem.ts';
import type { AttachmentStatus } from '../../../shared/schemas/control-schema.ts';
import type { EngineState } from '../../../shared/state/inputs.ts';

/** Does the engine's traffic pass this wall, and why not? `via`: the proxy that the engine was started with. */
export type WallUse = { inUse: true; via?: string } | { inUse: false; why: Problem };

/** Where the gateway listens for the engine, as its `status` says; null while that is not known. */
export type GatewayListeners = () => { dns: readonly string[]; proxy: readonly string[] } | null;

/** What bears on how an engine is asked, as the gateway's `status` says it. */
export interface EngineSurroundings {
  gatewayListeners: GatewayListeners;
  /** What root's audit found of the attached engines; undefined while the gateway is away. */
  attachment: () => AttachmentStatus | null | undefined;
}

/** What the engine was found to be doing. Which walls it uses is asked of the engine itself, never assumed. */
export type EngineReport =
  | { kind: 'running'; version: string | null; dns: WallUse; proxy: WallUse }
  /** With a problem nothing is known of it but that it does not answer: it may well run. */
  | { kind: 'stopped'; problem: Problem | null };

/**
 * What the engine got for a name that exists only to be denied. `denied`: a refusal, from whomever (the gateway's own notice
 * says whether it was the gateway). `passed`: it reached something. `walled`: it tried another way than the gateway, and the network wall
 * cut it off. `no-answer`: the engine could not be asked.
 */
export type ProbeAnswer =
  | { kind: 'denied'; detail: string }
  | { kind: 'passed'; detail: string }
  | { kind: 'walled'; detail: string }
  | { kind: 'no-answer'; problem: Problem };

/** The container engine whose traffic the gateway filters, seen from the agent. `create-engine.ts` chooses the adapter. */
export interface Engine {
  readonly description: EngineState;

  /** Never rejects: an engine that cannot be reached is `stopped`, with the cause. */
  inspect(signal: AbortSignal): Promise<EngineReport>;

  /**
   * Makes the engine itself contact `host`, which is below `PROBE_SUFFIX` (by the proxy, if it has one) or
   * `DIRECT_PROBE_SUFFIX` (past the proxy, to the DNS wall). Never rejects.
   */
  probe(host: string, signal: AbortSignal): Promise<ProbeAnswer>;
}
