import type { Duplex } from 'node:stream';
import { problem } from '../../../shared/problems/catalogue.ts';
import { type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import {
  type ControlEventData,
  type ControlMethod,
  type ControlParams,
  type ControlResult,
  controlEvents,
  controlMethods,
  type GatewayStatus,
  isNeighbour,
  MAX_CONTROL_LINE,
} from '../../../shared/schemas/control-schema.ts';
import { subscribe } from '../../../shared/subscribe.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { connectRpc, type RpcClient } from '../../platform/net/json-rpc.ts';
import { createSingleFlight } from '../../platform/process/single-flight.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { backOff } from '../back-off.ts';

/** `connection` counts the connections: a proof over an earlier one says nothing about a gateway that came back. */
export type LinkState =
  | { kind: 'connecting' }
  | { kind: 'up'; status: GatewayStatus; connection: number }
  | { kind: 'down'; problem: Problem };

/** What the gateway last reported; null while it is not connected. */
export function statusOf(link: LinkState): GatewayStatus | null {
  return link.kind === 'up' ? link.status : null;
}

export interface GatewayLink {
  /** Connects, and connects again whenever the connection is lost. */
  start(): void;
  state(): LinkState;
  /** Called after each change of `state()`. */
  onChange(listener: () => void): () => void;
  onDenial(listener: (denial: ControlEventData<'denial'>) => void): () => void;
  onProbe(listener: (sighting: ControlEventData<'probe'>) => void): () => void;
  /** @throws ProblemError of the gateway, or `gateway-away`. Resolves after `state()` shows what the call did. */
  call<M extends ControlMethod>(method: M, params: ControlParams<M>): Promise<ControlResult<M>>;
  stop(): void;
}

export interface GatewayLinkOptions {
  /** Connects to the control socket; rejects with the errno. */
  connect: () => Promise<Duplex>;
  clock: Clock;
  random: () => number;
  log: Logger;
}

/** Agent and gateway may start at the same time: the first seconds without an answer are no fault yet. */
const GRACE_MS = 5_000;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;
/** A gateway that hangs keeps its socket open, so it has to be asked: it shows within three seconds. */
const HEARTBEAT_MS = 800;
const ANSWER_MS = 2_000;
/** Counters and resolvers change without an event. */
const STATUS_MS = 10_000;
/** A lock is on disk before it is acknowledged. */
const CALL_ANSWER_MS = 5_000;
/** A million addresses take long to verify and compile, which may hold up other answers for a while. */
const PROGRAM_ANSWER_MS = 120_000;
const PROGRAMMING_ANSWER_MS = 15_000;
/** Waits are counted in pieces: a pause of our own, such as sleep, takes one of them and is no silence of the gateway. */
const PIECE_MS = 250;
/** Nearly every answer comes before. Longer than a heartbeat: Node cancels a timer of its own, but not the system's, which wakes the process. */
const FIRST_PIECE_MS = 1_000;

type Rpc = RpcClient<typeof controlMethods, typeof controlEvents>;

/** Somebody holds the connection and says nothing. */
class SilentError extends Error {
  constructor(ms: number) {
    super(`no answer within ${ms / 1000} s`);
  }
}

/**
 * After a connection was lost, or could not be made.
 *
 * @param sinceStart milliseconds since the agent began to connect.
 * @param isSilent it was made, and not answered: that is no gateway that is only starting.
 */
export function linkAfterLoss(state: LinkState, lost: Problem, sinceStart: number, isSilent = false): LinkState {
  if (state.kind === 'connecting' && sinceStart < GRACE_MS && !isSilent) return state;
  // Each attempt fails in the same way.
  if (state.kind === 'down' && state.problem.cause === lost.cause) return state;
  return { kind: 'down', problem: lost };
}

/** Keeps one connection to the gateway's control socket, and reports at once when it is lost. */
export function createGatewayLink({ connect, clock, random, log: parent }: GatewayLinkOptions): GatewayLink {
  const log = parent.child({ part: 'gateway-link' });
  const changeListeners = new Set<() => void>();
  const denialListeners = new Set<(denial: ControlEventData<'denial'>) => void>();
  const probeListeners = new Set<(sighting: ControlEventData<'probe'>) => void>();
  const refresh = createSingleFlight(fetchStatus).again;
  let startedAt = clock.monotonic();
  let state: LinkState = { kind: 'connecting' };
  let rpc: Rpc | null = null;
  let connections = 0;
  let failures = 0;
  let programming = 0;
  let statusAt = 0;
  let stopped = false;
  let cancelTimer = (): void => {};

  function setState(next: LinkState): void {
    state = next;
    for (const listener of changeListeners) listener();
  }

  function connectionLost(error: unknown): void {
    if (stopped) return;
    rpc = null;
    failures += 1;
    const isSilent = error instanceof SilentError;
    const next = linkAfterLoss(state, gatewayAway(error), clock.monotonic() - startedAt, isSilent);
    if (next !== state) {
      if (next.kind === 'down') log.warn({ problem: next.problem }, 'gateway lost');
      setState(next);
    }
    cancelTimer();
    cancelTimer = clock.after(backOff(failures, FIRST_RETRY_MS, LAST_RETRY_MS, random()), () => void open());
  }

  function hangUp(mine: Rpc, error: unknown): void {
    if (rpc !== mine) return;
    rpc = null;
    mine.close();
    connectionLost(error);
  }

  async function open(): Promise<void> {
    let stream: Duplex;
    try {
      stream = await connect();
    } catch (error) {
      return connectionLost(error);
    }
    if (stopped) {
      stream.destroy();
      return;
    }
    const mine = connectRpc(stream, controlMethods, controlEvents, { maxLine: MAX_CONTROL_LINE });
    rpc = mine;
    connections += 1;
    const connection = connections;
    void mine.closed.then(() => {
      if (rpc === mine) connectionLost(new Error('the connection was closed'));
    });
    mine.on('denial', announceDenial);
    mine.on('probe', (sighting) => {
      for (const listener of probeListeners) listener(sighting);
    });
    mine.on('generation', () => void refresh());
    try {
      // Denials from before the first connection; sent together with the subscription, so that none is missed or told twice.
      const earlier = connection === 1 ? mine.call('denials', {}) : Promise.resolve({ hosts: [] });
      // Before the status, so that no later change is missed.
      const subscribed = mine.call('subscribe', {});
      const [{ hosts }] = await withTimeLimit(Promise.all([earlier, subscribed]), ANSWER_MS);
      for (const denial of hosts) announceDenial(denial);
      const status = await withTimeLimit(mine.call('status', {}), ANSWER_MS);
      if (!isNeighbour(status.protocol)) throw new ProblemError(notUnderstood(status.version));
      if (rpc !== mine) return;
      failures = 0;
      statusAt = clock.monotonic();
      log.info({ generation: status.generation, version: status.version, connection }, 'gateway connected');
      setState({ kind: 'up', status, connection });
      scheduleHeartbeat();
    } catch (error) {
      hangUp(mine, error);
    }
  }

  function announceDenial(denial: ControlEventData<'denial'>): void {
    for (const listener of denialListeners) listener(denial);
  }

  function scheduleHeartbeat(): void {
    cancelTimer();
    cancelTimer = clock.after(
      HEARTBEAT_MS,
      () => void beat().finally(() => state.kind === 'up' && scheduleHeartbeat()),
    );
  }

  async function beat(): Promise<void> {
    const mine = rpc;
    if (mine === null || state.kind !== 'up') return;
    if (clock.monotonic() - statusAt >= STATUS_MS) return refresh();
    try {
      // Subscribing again changes nothing, and is the shortest question that every gateway answers.
      const { generation } = await withTimeLimit(mine.call('subscribe', {}), answerLimit());
      if (rpc === mine && state.kind === 'up' && generation !== state.status.generation) await refresh();
    } catch (error) {
      hangUp(mine, error);
    }
  }

  function answerLimit(): number {
    return programming > 0 ? PROGRAMMING_ANSWER_MS : ANSWER_MS;
  }

  async function fetchStatus(): Promise<void> {
    const mine = rpc;
    if (mine === null || state.kind !== 'up') return;
    statusAt = clock.monotonic();
    try {
      const status = await withTimeLimit(mine.call('status', {}), answerLimit());
      if (rpc === mine && state.kind === 'up') setState({ ...state, status });
    } catch (error) {
      hangUp(mine, error);
    }
  }

  function withTimeLimit<T>(answer: Promise<T>, ms: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let cancel = (): void => {};
      const wait = (left: number, piece: number): void => {
        cancel = clock.after(Math.min(left, piece), () => {
          if (left > piece) wait(left - piece, PIECE_MS);
          else reject(new SilentError(ms));
        });
      };
      wait(ms, FIRST_PIECE_MS);
      answer.then(resolve, reject).finally(() => cancel());
    });
  }

  return {
    start() {
      startedAt = clock.monotonic();
      void open();
    },
    state: () => state,
    onChange: (listener) => subscribe(changeListeners, listener),
    onDenial: (listener) => subscribe(denialListeners, listener),
    onProbe: (listener) => subscribe(probeListeners, listener),
    async call(method, params) {
      if (rpc === null || state.kind !== 'up') {
        throw new ProblemError(state.kind === 'down' ? state.problem : gatewayAway(new Error('not connected yet')));
      }
      const isProgram = method === 'program';
      if (isProgram) programming += 1;
      try {
        return await withTimeLimit(rpc.call(method, params), isProgram ? PROGRAM_ANSWER_MS : CALL_ANSWER_MS);
      } catch (error) {
        throw error instanceof SilentError ? new ProblemError(gatewayAway(error), { cause: error }) : error;
      } finally {
        if (isProgram) programming -= 1;
        // A refusal changes the status too.
        if (!READING.has(method)) await refresh();
      }
    },
    stop() {
      stopped = true;
      cancelTimer();
      rpc?.close();
      rpc = null;
    },
  };
}

/** After them the status is as it was. */
const READING: ReadonlySet<ControlMethod> = new Set(['explain', 'receipt', 'hosts']);

/** It answers, so it is not away; and nothing that it says is relied on. */
function notUnderstood(cause: string | undefined): Problem {
  return problem('gateway-not-understood', {}, { cause });
}

function gatewayAway(error: unknown): Problem {
  if (error instanceof ProblemError) {
    if (error.problem.code === 'gateway-not-understood') return error.problem;
    if (error.problem.code === 'control-invalid') return notUnderstood(error.problem.cause);
  }
  return problem('gateway-away', {}, { cause: error instanceof Error ? error.message : String(error) });
}
