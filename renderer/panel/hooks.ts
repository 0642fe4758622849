import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';
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
