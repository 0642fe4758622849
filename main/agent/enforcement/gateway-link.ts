import type { Duplex } from 'node:stream';
import { type Problem, ProblemError, toProblem } from '../../../shared/problems/problem.ts';
import {
  type ControlEventData,
  type ControlMethod,
  type ControlParams,
  type ControlResult,
  controlEvents,
  controlMethods,
  type GatewayStatus,
  MAX_CONTROL_LINE,
} from '../../../shared/schemas/control-schema.ts';
import { subscribe } from '../../../shared/subscribe.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { connectRpc, type RpcClient } from '../../platform/net/json-rpc.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { backOff } from '../back-off.ts';

/** `connection` counts the connections: what was proven over an earlier one says nothing about a gateway that came back. */
export type LinkState =
  | { kind: 'connecting' }
  | { kind: 'up'; status: GatewayStatus; connection: number }
  | { kind: 'down'; problem: Problem };

export interface GatewayLink {
  /** Begins to connect, and does not cease to. */
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

/** At a start both processes come up together: the first seconds without an answer are no fault yet. */
const GRACE_MS = 5_000;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;
/** A gateway that hangs keeps its socket open: only asking tells. */
const HEARTBEAT_MS = 10_000;
const ANSWER_MS = 5_000;
/** Verifying and compiling a million addresses takes its time. */
const PROGRAM_ANSWER_MS = 120_000;

type Rpc = RpcClient<typeof controlMethods, typeof controlEvents>;

/** Keeps one connection to the gateway's control socket, and says the moment it is gone. */
export function createGatewayLink({ connect, clock, random, log }: GatewayLinkOptions): GatewayLink {
  const changes = new Set<() => void>();
  const denials = new Set<(denial: ControlEventData<'denial'>) => void>();
  const sightings = new Set<(sighting: ControlEventData<'probe'>) => void>();
  let startedAt = clock.monotonic();
  let state: LinkState = { kind: 'connecting' };
  let rpc: Rpc | null = null;
  let connections = 0;
  let failures = 0;
  let stopped = false;
  let cancelTimer = (): void => {};
  let refreshing: Promise<void> | null = null;
  let refreshAgain = false;

  function become(next: LinkState): void {
    state = next;
    for (const listener of changes) listener();
  }

  function lost(problem: Problem): void {
    if (stopped) return;
    rpc = null;
    failures += 1;
    const young = state.kind === 'connecting' && clock.monotonic() - startedAt < GRACE_MS;
    if (!young && (state.kind !== 'down' || state.problem.cause !== problem.cause)) {
      log.warn({ problem }, 'gateway away');
      become({ kind: 'down', problem });
    }
    cancelTimer();
    cancelTimer = clock.after(backOff(failures, FIRST_RETRY_MS, LAST_RETRY_MS, random()), () => void open());
  }

  async function open(): Promise<void> {
    let mine: Rpc;
    try {
      const stream = await connect();
      if (stopped) {
        stream.destroy();
        return;
      }
      mine = connectRpc(stream, controlMethods, controlEvents, { maxLine: MAX_CONTROL_LINE });
    } catch (error) {
      return lost(away(error));
    }
    rpc = mine;
    connections += 1;
    const connection = connections;
    void mine.closed.then(() => {
      if (rpc === mine) lost(away(new Error('the connection was closed')));
    });
    mine.on('denial', (denial) => {
      for (const listener of denials) listener(denial);
    });
    mine.on('probe', (sighting) => {
      for (const listener of sightings) listener(sighting);
    });
    mine.on('generation', () => void refresh());
    try {
      // What was refused before we came, once; sent together with the subscription, so that none is missed or told twice.
      const earlier = connection === 1 ? mine.call('denials', {}) : Promise.resolve({ hosts: [] });
      // Subscribed first: nothing that changes after the status was taken is missed.
      const subscribed = mine.call('subscribe', {});
      for (const denial of (await within(Promise.all([earlier, subscribed]), ANSWER_MS))[0].hosts) {
        for (const listener of denials) listener(denial);
      }
      const status = await within(mine.call('status', {}), ANSWER_MS);
      if (rpc !== mine) return;
      failures = 0;
      log.info({ generation: status.generation, version: status.version, connection }, 'gateway connected');
      become({ kind: 'up', status, connection });
      beat();
    } catch (error) {
      if (rpc === mine) fail(mine, error);
    }
  }

  function fail(mine: Rpc, error: unknown): void {
    rpc = null;
    mine.close();
    lost(away(error));
  }

  function beat(): void {
    cancelTimer();
    cancelTimer = clock.after(HEARTBEAT_MS, () => void refresh().finally(() => state.kind === 'up' && beat()));
  }

  /** Takes the status anew; asked for while one is under way, it takes it once more, for that one may be old. */
  function refresh(): Promise<void> {
    refreshAgain = refreshing !== null;
    refreshing ??= (async () => {
      try {
        do {
          refreshAgain = false;
          await refreshOnce();
        } while (refreshAgain);
      } finally {
        refreshing = null;
      }
    })();
    return refreshing;
  }

  async function refreshOnce(): Promise<void> {
    const mine = rpc;
    if (mine === null || state.kind !== 'up') return;
    try {
      const status = await within(mine.call('status', {}), ANSWER_MS);
      if (rpc === mine && state.kind === 'up') become({ ...state, status });
    } catch (error) {
      if (rpc === mine) fail(mine, error);
    }
  }

  function within<T>(answer: Promise<T>, ms: number): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const cancel = clock.after(ms, () => reject(new Error(`no answer within ${ms / 1000} s`)));
      answer.then(resolve, reject).finally(cancel);
    });
  }

  return {
    start() {
      startedAt = clock.monotonic();
      void open();
    },
    state: () => state,
    onChange: (listener) => subscribe(changes, listener),
    onDenial: (listener) => subscribe(denials, listener),
    onProbe: (listener) => subscribe(sightings, listener),
    async call(method, params) {
      if (rpc === null || state.kind !== 'up') {
        const problem = state.kind === 'down' ? state.problem : away(new Error('not connected yet'));
        throw new ProblemError(problem);
      }
      const mine = rpc;
      try {
        return await within(mine.call(method, params), method === 'program' ? PROGRAM_ANSWER_MS : ANSWER_MS);
      } finally {
        // A refusal changes the status too.
        if (method !== 'explain') await refresh();
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

function away(error: unknown): Problem {
  return {
    ...toProblem(error, 'gateway-away', 'The filter does not answer.'),
    code: 'gateway-away',
    message: 'The filter does not answer.',
    next: 'It is restarted by itself; nothing passes until then. If it stays away, tell your administrator.',
  };
}
