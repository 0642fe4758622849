import { createContext, useContext, useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { StoreApi } from 'zustand/vanilla';
import { createEachSecond } from './each-second.ts';
import type { Task, TaskState } from './stores/task.ts';

export function useTask<Args extends readonly unknown[], Result>(task: Task<Args, Result>): TaskState<Result> {
  return useStore(task.store as StoreApi<TaskState<Result>>);
}

/** The time that a page counts ages by; the panel's is the agent's. Milliseconds since 1970. */
export const ClockContext = createContext<() => number>(Date.now);

/** Of the page. */
let eachSecond: ReturnType<typeof createEachSecond> | undefined;

/** That time, once a second: ages on screen grow by themselves. */
export function useNow(): number {
  const now = useContext(ClockContext);
  const [, setTick] = useState(0);
  useEffect(() => {
    eachSecond ??= createEachSecond(document);
    return eachSecond(() => setTick((tick) => tick + 1));
  }, []);
  return now();
}
