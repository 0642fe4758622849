import type { Problem } from '../../../shared/problems/problem.ts';
import {
  type ControlEventData,
  DIRECT_PROBE_SUFFIX,
  type GatewayStatus,
  PROBE_SUFFIX,
} from '../../../shared/schemas/control-schema.ts';
import { subscribe } from '../../../shared/subscribe.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Clock } from '../../platform/time/clock.ts';
import type { Engine, EngineReport, ProbeAnswer } from '../engines/engine.ts';
import type { GatewayLink } from './gateway-link.ts';

export type Wall = 'dns' | 'proxy';
export const WALLS: readonly Wall[] = ['dns', 'proxy'];

/** What one probe showed of one wall. */
export type WallProof =
  | { kind: 'proven' }
  | { kind: 'not-in-use'; why: string }
  /** The engine reached something, or was answered by somebody else, without the gateway having seen it. */
  | { kind: 'bypassed'; problem: Problem }
  | { kind: 'inconclusive'; problem: Problem };

/** One look at the engine through both walls: it holds for this generation of this connection, and it ages. */
export interface Proof {
  /** Milliseconds since 1970, and of the clock that never jumps. */
  at: number;
  monotonic: number;
  connection: number;
  generation: number;
  engine: EngineReport;
  walls: Record<Wall, WallProof>;
}

export interface Prober {
  /** The last finished probe, whatever it showed. */
  last(): Proof | null;
  /** The last one that proved every wall in use: it is good until it is too old or another one says otherwise. */
  lastProven(): Proof | null;
  running(): boolean;
  onChange(listener: () => void): () => void;
  /** Probes now. One under way is waited for and, if it was begun before this call, followed by another. */
  run(): Promise<Proof | null>;
  stop(): void;
}

/** An engine that is pointed elsewhere is noticed within this time. */
const PROBE_INTERVAL_MS = 60_000;
/** A proof older than this proves nothing: whoever holds the probes up must not thereby hold the green up. */
export const PROOF_LIFE_MS = 3 * PROBE_INTERVAL_MS;

/** Sooner after one that proved nothing: an engine that was stopped may have started. */
const RETRY_MS = 10_000;
const ENGINE_ANSWER_MS = 15_000;
/** The engine's answer and the gateway's notice travel by different ways. */
const SIGHTING_MS = 2_000;
/** The policy may change while the probe is under way. */
const MAX_ROUNDS = 3;

type Sighting = ControlEventData<'probe'>;

/**
 * Sends a name that nobody has ever used through the engine, and waits for the gateway to say that it came by. Only
 * both together prove a wall: the gateway alone may have been asked by somebody else, the engine alone may have been
 * answered by somebody else.
 */
export function createProber(options: {
  engine: Engine;
  link: Pick<GatewayLink, 'state' | 'onChange' | 'onProbe'>;
  clock: Clock;
  randomBytes: (count: number) => Buffer;
  log: Logger;
}): Prober {
  const { engine, link, clock, randomBytes, log } = options;
  const listeners = new Set<() => void>();
  const stopping = new AbortController();
  let last: Proof | null = null;
  let lastProven: Proof | null = null;
  let underWay: Promise<Proof | null> | null = null;
  let queued: Promise<Proof | null> | null = null;
  let cancelTimer = (): void => {};

  function tell(): void {
    for (const listener of listeners) listener();
  }

  function run(): Promise<Proof | null> {
    if (stopping.signal.aborted) return Promise.resolve(null);
    if (underWay !== null) {
      queued ??= underWay.then(() => {
        queued = null;
        return run();
      });
      return queued;
    }
    underWay = probe()
      .then((proof) => {
        if (proof !== null && !stopping.signal.aborted) keep(proof);
        return proof;
      })
      .finally(() => {
        underWay = null;
        cancelTimer();
        const calm = last !== null && isProven(last);
        if (!stopping.signal.aborted) cancelTimer = clock.after(calm ? PROBE_INTERVAL_MS : RETRY_MS, () => void run());
        tell();
      });
    tell();
    return underWay;
  }

  function keep(proof: Proof): void {
    const worst = WALLS.map((wall) => proof.walls[wall]).find(
      ({ kind }) => kind === 'bypassed' || kind === 'inconclusive',
    );
    if (worst !== undefined && 'problem' in worst) log.warn({ problem: worst.problem }, 'probe');
    last = proof;
    if (isProven(proof)) lastProven = proof;
    else if (isBypassed(proof)) lastProven = null;
  }

  /** null when the gateway is away: then there is nothing to prove. */
  async function probe(): Promise<Proof | null> {
    for (let round = 1; ; round += 1) {
      const before = link.state();
      if (before.kind !== 'up') return null;
      const report = await inTime((signal) => engine.look(signal));
      const [dns, proxy] = await Promise.all(WALLS.map((wall) => probeWall(wall, report, before.status)));
      const after = link.state();
      if (after.kind !== 'up' || dns === undefined || proxy === undefined) return null;
      const changed = after.connection !== before.connection || after.status.generation !== before.status.generation;
      if (changed && round < MAX_ROUNDS) continue;
      return {
        at: clock.wall(),
        monotonic: clock.monotonic(),
        connection: before.connection,
        generation: before.status.generation,
        engine: report,
        walls: { dns, proxy },
      };
    }
  }

  async function probeWall(wall: Wall, report: EngineReport, { generation }: GatewayStatus): Promise<WallProof> {
    if (report.kind === 'stopped') {
      if (report.problem !== null) return { kind: 'inconclusive', problem: report.problem };
      return { kind: 'not-in-use', why: 'No container engine is running.' };
    }
    const use = report[wall];
    if (!use.inUse) return { kind: 'not-in-use', why: use.why };
    const first = await ask(wall, report, generation);
    // What would turn everything red is asked twice: one lost notice is no hole in the wall.
    return first.kind === 'bypassed' ? ask(wall, report, generation) : first;
  }

  async function ask(wall: Wall, report: EngineReport, generation: number): Promise<WallProof> {
    const nonce = randomBytes(16).toString('hex');
    // Behind a proxy the engine resolves nothing itself, except below the suffix that its NO_PROXY names.
    const direct = wall === 'dns' && report.kind === 'running' && report.proxy.inUse;
    const seen: Sighting[] = [];
    const { promise: sighted, resolve: goOn } = Promise.withResolvers<void>();
    const stopListening = link.onProbe((sighting) => {
      if (sighting.nonce !== nonce || sighting.view !== 'engine') return;
      seen.push(sighting);
      if (sighting.wall === wall) goOn();
    });
    try {
      const host = `n${nonce}.${direct ? DIRECT_PROBE_SUFFIX : PROBE_SUFFIX}`;
      const answer = await inTime((signal) => engine.probe(host, signal));
      if (answer.kind === 'denied') {
        const cancel = clock.after(SIGHTING_MS, goOn);
        await sighted;
        cancel();
      }
      return judge(wall, answer, seen, generation, engine.description.kind === 'demo');
    } finally {
      stopListening();
    }
  }

  async function inTime<T>(question: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const late = new AbortController();
    const cancel = clock.after(ENGINE_ANSWER_MS, () => late.abort());
    try {
      return await question(AbortSignal.any([stopping.signal, late.signal]));
    } finally {
      cancel();
    }
  }

  let probed = '';
  const stopListening = link.onChange(() => {
    const state = link.state();
    const now = state.kind === 'up' ? `${state.connection} ${state.status.generation}` : '';
    if (now === probed) return;
    probed = now;
    if (state.kind === 'up') void run();
  });

  return {
    last: () => last,
    lastProven: () => lastProven,
    running: () => underWay !== null,
    onChange: (listener) => subscribe(listeners, listener),
    run,
    stop() {
      stopping.abort();
      cancelTimer();
      stopListening();
    },
  };
}

function judge(wall: Wall, answer: ProbeAnswer, seen: Sighting[], generation: number, demo: boolean): WallProof {
  if (answer.kind === 'no-answer') return { kind: 'inconclusive', problem: answer.problem };
  if (answer.kind === 'passed') {
    return {
      kind: 'bypassed',
      problem: {
        code: 'probe-passed',
        message: 'The engine got through to a test name that must be refused.',
        cause: answer.detail.slice(0, 1000),
        next: 'Tell your administrator: the restrictions are not in force.',
      },
    };
  }
  const onWall = seen.filter((sighting) => sighting.wall === wall);
  if (onWall.some((sighting) => sighting.generation === generation)) return { kind: 'proven' };
  if (onWall.length > 0) {
    return {
      kind: 'inconclusive',
      problem: {
        code: 'probe-overtaken',
        message: 'The rules changed while they were being checked.',
        next: 'They are checked again by themselves.',
      },
    };
  }
  // The demo asks the listeners itself, so there is no way past them.
  if (seen.length > 0 || demo) {
    return {
      kind: 'inconclusive',
      problem: {
        code: 'probe-other-wall',
        message: `The test name did not come by the ${wall === 'dns' ? 'DNS filter' : 'registry proxy'}.`,
        cause: answer.detail.slice(0, 1000),
        next: 'This is checked again by itself. If it lasts, tell your administrator.',
      },
    };
  }
  return {
    kind: 'bypassed',
    problem: {
      code: 'probe-not-seen',
      message: 'The engine got an answer for a test name, but not from the filter.',
      cause: answer.detail.slice(0, 1000),
      next: 'Tell your administrator: the engine does not ask the filter.',
    },
  };
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
