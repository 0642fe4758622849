import { useSyncExternalStore } from 'react';

/** The views, in the order in which they stand in the navigation. */
export const VIEWS = ['overview', 'registries', 'activity', 'caveats', 'settings'] as const;
export type ViewName = (typeof VIEWS)[number];

const KEPT = 'portcullis.place';

export function hashOf(place: ViewName): string {
  return `#/${place}`;
}

function viewIn(hash: string): ViewName | null {
  return VIEWS.find((place) => hashOf(place) === hash) ?? null;
}

/** Where the panel was left, so that it opens there again. To be called once, when the address is free of its code. */
export function restoreView(): void {
  const kept = localStorage.getItem(KEPT);
  const place = VIEWS.find((name) => name === kept);
  if (viewIn(location.hash) === null && place !== undefined) history.replaceState(null, '', hashOf(place));
}

export function showView(place: ViewName): void {
  location.hash = hashOf(place);
}

function subscribe(listener: () => void): () => void {
  const changed = () => {
    const place = viewIn(location.hash);
    if (place !== null) localStorage.setItem(KEPT, place);
    listener();
  };
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}

export function useCurrentView(): ViewName {
  return useSyncExternalStore(subscribe, () => viewIn(location.hash) ?? 'overview');
}
