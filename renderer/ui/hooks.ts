import { createContext, useContext, useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { StoreApi } from 'zustand/vanilla';
import type { Task, TaskState } from './stores/task.ts';
import { createTicker, type Ticker } from './ticker.ts';

export function useTask<Args extends readonly unknown[], Result>(task: Task<Args, Result>): TaskState<Result> {
  return useStore(task.store as StoreApi<TaskState<Result>>);
}

/** The time that a page counts ages by; the panel's is the agent's. Milliseconds since 1970. */
export const ClockContext = createContext<() => number>(Date.now);

/** Ages may be so far behind: each change on screen costs some fifty wake-ups of Chromium's threads (docs/performance.md). */
const AGES_MS = 10_000;

/** Those of the page, by their period. */
const tickers = new Map<number, Ticker>();

function tickerOf(ms: number): Ticker {
  const ticker = tickers.get(ms) ?? createTicker(document, ms);
  tickers.set(ms, ticker);
  return ticker;
}

/** That time, renewed after each `every` milliseconds: ages on screen grow by themselves. */
export function useNow(every = AGES_MS): number {
  const now = useContext(ClockContext);
  const [, setTick] = useState(0);
  useEffect(() => tickerOf(every)(() => setTick((tick) => tick + 1)), [every]);
  return now();
}
