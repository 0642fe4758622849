import { createStore, type StoreApi } from 'zustand/vanilla';
import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../../shared/problems/problem.ts';

/** Something a button starts: at most one run at a time, and the outcome of the last one until the next. */
export type TaskState<Result> =
  | { phase: 'idle' }
  | { phase: 'running' }
  | { phase: 'done'; result: Result }
  | { phase: 'failed'; problem: Problem };

export interface Task<Args extends readonly unknown[], Result> {
  readonly store: StoreApi<TaskState<Result>>;
  run(...args: Args): Promise<void>;
  reset(): void;
}

export function createTask<Args extends readonly unknown[], Result>(
  work: (...args: Args) => Promise<Result>,
): Task<Args, Result> {
  const store = createStore<TaskState<Result>>(() => ({ phase: 'idle' }));
  let latest = 0;
  const set = (state: TaskState<Result>) => store.setState(state, true);
  return {
    store,
    async run(...args) {
      if (store.getState().phase === 'running') return;
      latest += 1;
      const run = latest;
      set({ phase: 'running' });
      let outcome: TaskState<Result>;
      try {
        outcome = { phase: 'done', result: await work(...args) };
      } catch (error) {
        outcome = { phase: 'failed', problem: asProblem(error, problem('panel-failed')) };
      }
      if (run === latest) set(outcome);
    },
    reset() {
      latest += 1;
      set({ phase: 'idle' });
    },
  };
}
