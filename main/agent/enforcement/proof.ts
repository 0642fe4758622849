import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import type { ControlEventData } from '../../../shared/schemas/control-schema.ts';
import type { EngineReport, ProbeAnswer, WallUse } from '../engines/engine.ts';
import type { LinkState } from './gateway-link.ts';

export type Wall = 'dns' | 'proxy';
export const WALLS: readonly Wall[] = ['dns', 'proxy'];

/** What one probe showed of one wall. */
export type WallProof =
  | { kind: 'proven' }
  | { kind: 'not-in-use'; why: Problem }
  /** The engine reached something, or was answered by somebody else, without the gateway having seen it. */
  | { kind: 'bypassed'; problem: Problem }
  | { kind: 'inconclusive'; problem: Problem };

/** What a probe through both walls showed. It holds for one generation of one connection, and it ages. */
export interface Proof {
  /** Milliseconds since 1970, and of the clock that never jumps. */
  at: number;
  monotonic: number;
  connection: number;
  generation: number;
  engine: EngineReport;
  walls: Record<Wall, WallProof>;
}

/** An engine that is pointed elsewhere is noticed within this time. */
export const PROBE_INTERVAL_MS = 60_000;
/** An older proof proves nothing, so that nobody can keep the state green by holding up the probes. */
export const PROOF_LIFE_MS = 3 * PROBE_INTERVAL_MS;

/** The last finished probe, and the last one that proved every wall in use, until another one shows a way past it. */
export interface Proofs {
  last: Proof | null;
  lastProven: Proof | null;
}

export function withProof({ lastProven }: Proofs, proof: Proof): Proofs {
  if (isProven(proof)) return { last: proof, lastProven: proof };
  const holds = !isBypassed(proof) && lastProven !== null && hasSameWay(lastProven.engine, proof.engine);
  return { last: proof, lastProven: holds ? lastProven : null };
}

/** The same proxy, or none, as it was started with: a proof of another way says nothing about this one. Unknown is no other way. */
function hasSameWay(before: EngineReport, now: EngineReport): boolean {
  if (before.kind !== 'running' || now.kind !== 'running') return true;
  return WALLS.every(
    (wall) =>
      JSON.stringify([before[wall].inUse, viaOf(before[wall])]) === JSON.stringify([now[wall].inUse, viaOf(now[wall])]),
  );
}

function viaOf(use: WallUse): string | null {
  return use.inUse ? (use.via ?? null) : null;
}

/**
 * What a probe showed of the proxy, compared with before: an engine that was restarted without its proxy is told from one that
 * never had any.
 *
 * @param expected the proxy was proven since the agent started, and the gateway still offers it.
 */
export function proxyAsExpected(shown: WallProof, expected: boolean): WallProof {
  if (!expected || shown.kind !== 'not-in-use' || shown.why.code !== 'engine-without-proxy') return shown;
  return { kind: 'inconclusive', problem: problem('engine-proxy-gone') };
}

/** Every wall in use was seen to hold. */
export function isProven({ engine, walls }: Proof): boolean {
  const kinds = WALLS.map((wall) => walls[wall].kind);
  return (
    engine.kind === 'running' &&
    kinds.includes('proven') &&
    kinds.every((kind) => kind === 'proven' || kind === 'not-in-use')
  );
}

/** Something went past a wall, or the engine runs and uses none. */
export function isBypassed({ engine, walls }: Proof): boolean {
  const kinds = WALLS.map((wall) => walls[wall].kind);
  return kinds.includes('bypassed') || (engine.kind === 'running' && kinds.every((kind) => kind === 'not-in-use'));
}

/** Whether a proof says anything about the gateway as it is now. */
export function isCurrent(
  { connection, generation, at, monotonic }: Proof,
  link: Extract<LinkState, { kind: 'up' }>,
  now: { wall: number; monotonic: number },
): boolean {
  return (
    connection === link.connection &&
    generation === link.status.generation &&
    // Either clock may have stood still or been set back; neither can make a proof younger.
    Math.max(now.wall - at, now.monotonic - monotonic) <= PROOF_LIFE_MS
  );
}

/** How the engine got past the walls; null where it did not. */
export function bypassOf(proof: Proof): Problem | null {
  if (!isBypassed(proof)) return null;
  return problemOf(proof, 'bypassed') ?? problem('engine-not-attached');
}

/** Why a probe proved nothing; null where it did. */
export function inconclusiveOf(proof: Proof): Problem | null {
  return problemOf(proof, 'inconclusive');
}

function problemOf({ walls }: Proof, kind: 'bypassed' | 'inconclusive'): Problem | null {
  for (const wall of WALLS) {
    const shown = walls[wall];
    if (shown.kind === kind) return shown.problem;
  }
  return null;
}

/** A probe that came by the gateway, by its own account. */
export type Sighting = ControlEventData<'probe'>;

/**
 * What the engine's answer and the gateway's sightings together say of a wall.
 *
 * @param sightings of this probe's name.
 * @param generation in force when the probe began.
 * @param isAttached false in the demo, where the agent asks the gateway itself, so that nothing can go past it.
 */
export function evaluateProbe(
  wall: Wall,
  answer: ProbeAnswer,
  sightings: readonly Sighting[],
  generation: number,
  isAttached: boolean,
): WallProof {
  if (answer.kind === 'no-answer') return { kind: 'inconclusive', problem: answer.problem };
  const details = { cause: answer.detail };
  if (answer.kind === 'passed') return { kind: 'bypassed', problem: problem('probe-passed', {}, details) };
  const onWall = sightings.filter((sighting) => sighting.wall === wall);
  if (onWall.some((sighting) => sighting.generation === generation)) return { kind: 'proven' };
  if (onWall.length > 0) return { kind: 'inconclusive', problem: problem('probe-overtaken') };
  // The network wall held. What it cut off never came to this wall, so it says nothing about this one.
  if (answer.kind === 'walled') return { kind: 'inconclusive', problem: problem('probe-cut-off', {}, details) };
  if (sightings.length > 0 || !isAttached) {
    const code = wall === 'dns' ? 'probe-not-by-dns' : 'probe-not-by-proxy';
    return { kind: 'inconclusive', problem: problem(code, {}, details) };
  }
  return { kind: 'bypassed', problem: problem('probe-not-seen', {}, details) };
}
