import { createContext, useContext, useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { StoreApi } from 'zustand/vanilla';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';
import type { Task, TaskState } from '../ui/stores/task.ts';
import type { Panel } from './panel.ts';

export const PanelContext = createContext<Panel | null>(null);

export function usePanel(): Panel {
  const panel = useContext(PanelContext);
  if (panel === null) throw new Error('usePanel needs a PanelContext around it');
  return panel;
}

/** For views below `App`, which shows none of them before the first snapshot is there. */
export function useSnapshot(): Snapshot {
  const snapshot = useStore(usePanel().snapshot, (state) => state.snapshot);
  if (snapshot === null) throw new Error('useSnapshot is for views that are shown once there is a snapshot');
  return snapshot;
}

/** Whether what is on screen is known to hold now. */
export function useConnected(): boolean {
  return useStore(usePanel().snapshot, (state) => state.status.kind === 'open');
}

export function useTask<Args extends readonly unknown[], Result>(task: Task<Args, Result>): TaskState<Result> {
  return useStore(task.store as StoreApi<TaskState<Result>>);
}

/** The agent's time, once a second: ages on screen grow by themselves. */
export function useNow(): number {
  const panel = usePanel();
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((tick) => tick + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  return panel.now();
}
