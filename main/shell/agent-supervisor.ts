import { problem } from '../../shared/problems/catalogue.ts';
import { asProblem, type Problem, ProblemError } from '../../shared/problems/problem.ts';
import type { Denial } from '../../shared/schemas/control-schema.ts';
import type { HandlersFor } from '../../shared/schemas/ipc.ts';
import { ipcCalls } from '../../shared/schemas/ipc-schema.ts';
import type { OwnRequest } from '../../shared/schemas/own-request.ts';
import { subscribe } from '../../shared/subscribe.ts';
import type { Agent } from '../agent/agent.ts';
import type { Logger } from '../platform/log/logger.ts';
import type { Clock } from '../platform/time/clock.ts';
import type { AgentView } from './agent-view.ts';

/** Before an agent that failed is started again; doubled each time. */
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;
/** An agent that ran this long was healthy, and the delay starts over. */
const HEALTHY_AFTER_MS = 60_000;

/** The next agent does not wait longer for the one before it to stop. */
const STOP_TIMEOUT_MS = 5_000;

/** Keeps one agent running in this process. Callers use its handlers and view, whichever agent is behind them. */
export interface AgentSupervisor {
  view(): AgentView;
  onView(listener: (view: AgentView) => void): () => void;
  onDenial(listener: (denial: Denial) => void): () => void;
  onRequestNews(listener: (request: OwnRequest) => void): () => void;
  /** Reject with the reason while no agent runs. */
  handlers: HandlersFor<'any'>;
  /** The machine woke, so everything known is out of date. */
  lookAgain(): void;
  start(): void;
  /** An uncaught error leaves the agent in an unknown state, so another one replaces it. */
  restartAfter(error: unknown): void;
  stop(): Promise<void>;
}

export type SupervisedAgent = Omit<Agent, 'start'>;

export function createAgentSupervisor(deps: {
  /** Resolves with an agent that runs. */
  startAgent: () => Promise<SupervisedAgent>;
  clock: Clock;
  log: Logger;
}): AgentSupervisor {
  const { clock, log } = deps;
  const viewListeners = new Set<(view: AgentView) => void>();
  const denialListeners = new Set<(denial: Denial) => void>();
  const newsListeners = new Set<(request: OwnRequest) => void>();
  let agent: SupervisedAgent | null = null;
  let view: AgentView = { kind: 'starting' };
  let delay = FIRST_DELAY_MS;
  let startedAt = 0;
  let cancelTimer = (): void => undefined;
  /** Counts the agents, so that events of an earlier one are ignored. */
  let generation = 0;
  let stopped = false;

  function setView(next: AgentView): void {
    view = next;
    for (const listener of viewListeners) listener(next);
  }

  function start(): void {
    generation += 1;
    const mine = generation;
    startedAt = clock.monotonic();
    deps.startAgent().then(
      (started) => {
        if (mine !== generation) return void stop(started);
        agent = started;
        started.onSnapshot((snapshot) => {
          if (mine === generation) setView({ kind: 'running', snapshot });
        });
        started.onDenial((denial) => {
          if (mine === generation) for (const listener of denialListeners) listener(denial);
        });
        started.onRequestNews((request) => {
          if (mine === generation) for (const listener of newsListeners) listener(request);
        });
        setView({ kind: 'running', snapshot: started.snapshot() });
      },
      (error: unknown) => {
        if (mine === generation) restart(asProblem(error, problem('agent-failed')));
      },
    );
  }

  function restart(reason: Problem): void {
    if (stopped) return;
    generation += 1;
    const before = agent;
    agent = null;
    if (clock.monotonic() - startedAt >= HEALTHY_AFTER_MS) delay = FIRST_DELAY_MS;
    log.error({ problem: reason, retryInMs: delay }, 'agent failed');
    cancelTimer();
    const ended = before === null ? Promise.resolve() : stop(before);
    const wait = delay;
    delay = Math.min(delay * 2, LONGEST_DELAY_MS);
    cancelTimer = clock.after(wait, () => void ended.then(() => stopped || start()));
    setView({ kind: 'failed', problem: reason });
  }

  function stop(running: SupervisedAgent): Promise<void> {
    const { promise: timeout, resolve } = Promise.withResolvers<void>();
    const cancelTimeout = clock.after(STOP_TIMEOUT_MS, resolve);
    const stopping = running.stop().catch((error: unknown) => log.error({ err: error }, 'agent not stopped'));
    return Promise.race([stopping, timeout]).finally(cancelTimeout);
  }

  function current(): SupervisedAgent {
    if (agent !== null) return agent;
    if (view.kind === 'failed') throw new ProblemError(view.problem);
    throw new ProblemError(problem('agent-starting'));
  }

  // One per call of the table, each passed to the agent that runs at that moment.
  const names = Object.entries(ipcCalls).flatMap(([name, { audience }]) => (audience === 'any' ? [name] : []));
  const handlers = Object.fromEntries(
    names.map((name) => {
      const call = name as keyof SupervisedAgent['handlers'];
      return [call, async (args: never) => current().handlers[call](args)];
    }),
  ) as HandlersFor<'any'>;

  return {
    view: () => view,
    onView: (listener) => subscribe(viewListeners, listener),
    onDenial: (listener) => subscribe(denialListeners, listener),
    onRequestNews: (listener) => subscribe(newsListeners, listener),
    handlers,
    lookAgain: () => agent?.lookAgain(),
    start,
    restartAfter(error) {
      log.error({ err: error }, 'uncaught error');
      restart(asProblem(error, problem('agent-fault')));
    },
    async stop() {
      stopped = true;
      generation += 1;
      cancelTimer();
      if (agent !== null) await stop(agent);
      agent = null;
    },
  };
}
