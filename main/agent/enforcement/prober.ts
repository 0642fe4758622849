import { DIRECT_PROBE_SUFFIX, PROBE_SUFFIX } from '../../../shared/probe-names.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { GatewayStatus } from '../../../shared/schemas/control-schema.ts';
import { engineKinds } from '../../../shared/state/engine-kinds.ts';
import { subscribe } from '../../../shared/subscribe.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { createSingleFlight } from '../../platform/process/single-flight.ts';
import type { Clock } from '../../platform/time/clock.ts';
import type { Engine, EngineReport } from '../engines/engine.ts';
import type { GatewayLink } from './gateway-link.ts';
import {
  bypassOf,
  evaluateProbe,
  inconclusiveOf,
  isProven,
  PROBE_INTERVAL_MS,
  type Proof,
  type Proofs,
  proxyAsExpected,
  type Sighting,
  WALLS,
  type Wall,
  type WallProof,
  withProof,
} from './proof.ts';

export interface ProberState extends Proofs {
  isProbing: boolean;
}

export interface Prober {
  state(): ProberState;
  onChange(listener: () => void): () => void;
  /** Probes now. One under way is followed by another: it may have begun too early. @returns null while the gateway is away. */
  run(): Promise<Proof | null>;
  /** Probes now because a person asks: a check that proves nothing leaves no earlier proof standing. @returns as `run`. */
  check(): Promise<Proof | null>;
  stop(): void;
}

/** Sooner after a probe that proved nothing: an engine that was stopped may have started. */
const RETRY_MS = 10_000;
const ENGINE_ANSWER_MS = 15_000;
/** The engine's answer and the gateway's notice travel by different ways. */
const SIGHTING_MS = 2_000;
/** How often a probe is repeated because the policy changed while it ran. */
const MAX_ROUNDS = 3;

/**
 * Sends a name that nobody has ever used through the engine, and waits for the gateway to report it. Only both together
 * prove a wall: somebody else may have asked the gateway, and somebody else may have answered the engine.
 */
export function createProber(options: {
  /** The engine to ask, now. A proof of one says nothing of another. */
  engine: () => Engine;
  link: Pick<GatewayLink, 'state' | 'onChange' | 'onProbe'>;
  clock: Clock;
  randomBytes: (count: number) => Buffer;
  log: Logger;
}): Prober {
  const { engine, link, clock, randomBytes } = options;
  const log = options.log.child({ part: 'prober' });
  const listeners = new Set<() => void>();
  const stopping = new AbortController();
  const flight = createSingleFlight(probeAndRecord);
  let proofs: Proofs = { last: null, lastProven: null };
  let isProbing = false;
  let proxyWasProven = false;
  let cancelTimer = (): void => {};

  let asked = engine();

  function engineNow(): Engine {
    const now = engine();
    if (now !== asked) {
      asked = now;
      proofs = { last: null, lastProven: null };
      proxyWasProven = false;
    }
    return now;
  }

  function announce(): void {
    for (const listener of listeners) listener();
  }

  async function probeAndRecord(): Promise<Proof | null> {
    if (stopping.signal.aborted) return null;
    isProbing = true;
    announce();
    try {
      const proof = await probe();
      if (proof !== null && !stopping.signal.aborted) {
        proofs = withProof(proofs, proof);
        if (proof.walls.proxy.kind === 'proven') proxyWasProven = true;
        const problem = bypassOf(proof) ?? inconclusiveOf(proof);
        if (problem !== null) log.warn({ problem }, 'probe proved nothing');
      }
      return proof;
    } finally {
      isProbing = false;
      cancelTimer();
      const wait = proofs.last !== null && isProven(proofs.last) ? PROBE_INTERVAL_MS : RETRY_MS;
      if (!stopping.signal.aborted) cancelTimer = clock.after(wait, () => void flight.again());
      announce();
    }
  }

  async function probe(): Promise<Proof | null> {
    for (let round = 1; ; round += 1) {
      const before = link.state();
      if (before.kind !== 'up') return null;
      const probed = engineNow();
      const report = await withTimeLimit((signal) => probed.inspect(signal));
      const [dns, proxy] = await Promise.all(WALLS.map((wall) => probeWall(probed, wall, report, before.status)));
      const after = link.state();
      if (after.kind !== 'up' || dns === undefined || proxy === undefined) return null;
      const changed = after.connection !== before.connection || after.status.generation !== before.status.generation;
      const isOther = engineNow() !== probed;
      if ((changed || isOther) && round < MAX_ROUNDS) continue;
      if (isOther) return null;
      return {
        at: clock.wall(),
        monotonic: clock.monotonic(),
        connection: before.connection,
        generation: before.status.generation,
        engine: report,
        walls: { dns, proxy: proxyAsExpected(proxy, proxyWasProven && before.status.listeners.proxy.length > 0) },
      };
    }
  }

  async function probeWall(
    probed: Engine,
    wall: Wall,
    report: EngineReport,
    { generation }: GatewayStatus,
  ): Promise<WallProof> {
    if (report.kind === 'stopped') {
      if (report.problem !== null) return { kind: 'inconclusive', problem: report.problem };
      return { kind: 'not-in-use', why: problem('engine-not-running') };
    }
    const use = report[wall];
    if (!use.inUse) return { kind: 'not-in-use', why: use.why };
    // Behind a proxy the engine resolves nothing itself, except below the suffix that its NO_PROXY names.
    const suffix = wall === 'dns' && report.proxy.inUse ? DIRECT_PROBE_SUFFIX : PROBE_SUFFIX;
    const first = await sendProbe(probed, wall, suffix, generation);
    // One lost notice is no hole in the wall: what would turn everything red is probed twice.
    return first.kind === 'bypassed' ? sendProbe(probed, wall, suffix, generation) : first;
  }

  async function sendProbe(probed: Engine, wall: Wall, suffix: string, generation: number): Promise<WallProof> {
    const nonce = randomBytes(16).toString('hex');
    const sightings: Sighting[] = [];
    const { promise: sighted, resolve: stopWaiting } = Promise.withResolvers<void>();
    const stopListening = link.onProbe((sighting) => {
      if (sighting.nonce !== nonce || sighting.view !== 'engine') return;
      sightings.push(sighting);
      if (sighting.wall === wall) stopWaiting();
    });
    try {
      const answer = await withTimeLimit((signal) => probed.probe(`n${nonce}.${suffix}`, signal));
      if (answer.kind === 'denied' || answer.kind === 'walled') {
        const cancel = clock.after(SIGHTING_MS, stopWaiting);
        await sighted;
        cancel();
      }
      const { isAttached } = engineKinds[probed.description.kind];
      return evaluateProbe(wall, answer, sightings, generation, isAttached);
    } finally {
      stopListening();
    }
  }

  async function withTimeLimit<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const late = new AbortController();
    const cancel = clock.after(ENGINE_ANSWER_MS, () => late.abort());
    try {
      return await ask(AbortSignal.any([stopping.signal, late.signal]));
    } finally {
      cancel();
    }
  }

  let probedFor = '';
  let probedEngine = asked;
  const stopListening = link.onChange(() => {
    const state = link.state();
    const inForce = state.kind === 'up' ? `${state.connection} ${state.status.generation}` : '';
    if (inForce === probedFor && engineNow() === probedEngine) return;
    probedFor = inForce;
    probedEngine = engineNow();
    if (state.kind === 'up') void flight.again();
  });

  return {
    state() {
      engineNow();
      return { ...proofs, isProbing };
    },
    onChange: (listener) => subscribe(listeners, listener),
    run: flight.again,
    async check() {
      const proof = await flight.again();
      const earlier = proofs.lastProven;
      if (proof !== null && earlier !== null && earlier !== proof && earlier.monotonic <= proof.monotonic) {
        proofs = { ...proofs, lastProven: null };
        announce();
      }
      return proof;
    },
    stop() {
      stopping.abort();
      cancelTimer();
      stopListening();
    },
  };
}
