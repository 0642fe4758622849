import { useSyncExternalStore } from 'react';

/** The views, in the order of the navigation. */
export const VIEWS = ['overview', 'registries', 'activity', 'caveats', 'settings'] as const;
export type ViewName = (typeof VIEWS)[number];

const STORAGE_KEY = 'portcullis.view';

export function hashOf(view: ViewName): string {
  return `#/${view}`;
}

function viewIn(hash: string): ViewName | null {
  return VIEWS.find((view) => hashOf(view) === hash) ?? null;
}

/** Reopens the view that was open last. Call it once, after the code has been taken out of the address. */
export function restoreView(): void {
  const kept = localStorage.getItem(STORAGE_KEY);
  const view = VIEWS.find((name) => name === kept);
  if (viewIn(location.hash) === null && view !== undefined) history.replaceState(null, '', hashOf(view));
}

export function showView(view: ViewName): void {
  location.hash = hashOf(view);
}

function subscribe(listener: () => void): () => void {
  const changed = () => {
    const view = viewIn(location.hash);
    if (view !== null) localStorage.setItem(STORAGE_KEY, view);
    listener();
  };
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}

export function useCurrentView(): ViewName {
  return useSyncExternalStore(subscribe, () => viewIn(location.hash) ?? 'overview');
}
