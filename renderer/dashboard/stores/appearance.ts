import { createStore, type StoreApi } from 'zustand/vanilla';
import { type Appearance, keptAppearance } from '../../ui/appearance.ts';

/** How this browser shows the dashboard. It is kept when it is applied (`applyAppearance`). */
export function createAppearance(storage: Pick<Storage, 'getItem'>): StoreApi<Appearance> {
  return createStore<Appearance>(() => keptAppearance(storage));
}
