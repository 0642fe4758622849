import { type Problem, ProblemError, toProblem } from '../../shared/problems/problem.ts';
import type { Denial } from '../../shared/schemas/control-schema.ts';
import type { HandlersFor } from '../../shared/schemas/ipc.ts';
import { ipcCalls } from '../../shared/schemas/ipc-schema.ts';
import { subscribe } from '../../shared/subscribe.ts';
import type { Agent } from '../agent/agent.ts';
import type { Logger } from '../platform/log/logger.ts';
import type { Clock } from '../platform/time/clock.ts';
import type { AgentView } from './agent-view.ts';

/** Milliseconds before an agent that failed is started again: doubled each time, from the first to the second figure. */
const FIRST_DELAY = 1_000;
const LONGEST_DELAY = 60_000;
/** After this long an agent counts as well, and the delay starts anew. */
const WELL_AFTER = 60_000;

/** An agent that is stopped may be in the middle of anything; the next one does not wait for it longer than this. */
const STOP_PATIENCE = 5_000;

/** Keeps one agent running in this process, and stands for it: what talks to it need not know which one it is. */
export interface AgentSupervisor {
  view(): AgentView;
  onView(listener: (view: AgentView) => void): () => void;
  onDenial(listener: (denial: Denial) => void): () => void;
  /** Answer while an agent runs, and fail with the reason while none does. */
  handlers: HandlersFor<'any'>;
  /** The machine woke: what was known is old. */
  lookAgain(): void;
  start(): void;
  /** Whatever was thrown and not caught: nobody knows what state the agent is in, so another takes its place. */
  fault(error: unknown): void;
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
  let agent: SupervisedAgent | null = null;
  let view: AgentView = { kind: 'starting' };
  let delay = FIRST_DELAY;
  let startedAt = 0;
  let cancelTimer = (): void => undefined;
  /** Counts the agents, so that what an earlier one still says is not heard. */
  let turn = 0;
  let stopped = false;

  function become(next: AgentView): void {
    view = next;
    for (const listener of viewListeners) listener(next);
  }

  function start(): void {
    turn += 1;
    const mine = turn;
    startedAt = clock.monotonic();
    deps.startAgent().then(
      (started) => {
        if (mine !== turn) return void end(started);
        agent = started;
        started.onSnapshot((snapshot) => {
          if (mine === turn) become({ kind: 'running', snapshot });
        });
        started.onDenial((denial) => {
          if (mine === turn) for (const listener of denialListeners) listener(denial);
        });
        become({ kind: 'running', snapshot: started.snapshot() });
      },
      (error: unknown) => {
        if (mine === turn)
          failed(
            toProblem(
              error,
              'agent-failed',
              'Portcullis could not be started.',
              'It is tried again by itself; what is in force stays in force.',
            ),
          );
      },
    );
  }

  function failed(problem: Problem): void {
    if (stopped) return;
    turn += 1;
    const before = agent;
    agent = null;
    if (clock.monotonic() - startedAt >= WELL_AFTER) delay = FIRST_DELAY;
    log.error({ problem, againInMs: delay }, 'the agent failed');
    cancelTimer();
    const ended = before === null ? Promise.resolve() : end(before);
    const wait = delay;
    delay = Math.min(delay * 2, LONGEST_DELAY);
    cancelTimer = clock.after(wait, () => void ended.then(() => stopped || start()));
    become({ kind: 'failed', problem });
  }

  function end(one: SupervisedAgent): Promise<void> {
    const { promise: patience, resolve } = Promise.withResolvers<void>();
    const cancel = clock.after(STOP_PATIENCE, resolve);
    const stopping = one.stop().catch((error: unknown) => log.error({ err: error }, 'the agent could not be stopped'));
    return Promise.race([stopping, patience]).finally(cancel);
  }

  function current(): SupervisedAgent {
    if (agent !== null) return agent;
    if (view.kind === 'failed') throw new ProblemError(view.problem);
    throw new ProblemError({ code: 'agent-starting', message: 'Portcullis is still starting.', next: 'Try again.' });
  }

  // One per call of the table, each asking the agent that runs at that moment.
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
    handlers,
    lookAgain: () => agent?.lookAgain(),
    start,
    fault(error) {
      log.error({ err: error }, 'an error that nobody caught');
      failed(
        toProblem(
          error,
          'agent-fault',
          'Portcullis had a fault in itself.',
          'It starts again by itself; what is in force stays in force.',
        ),
      );
    },
    async stop() {
      stopped = true;
      turn += 1;
      cancelTimer();
      if (agent !== null) await end(agent);
      agent = null;
    },
  };
}
