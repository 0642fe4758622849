import { useSyncExternalStore } from 'react';

/** The views, in the order in which they stand in the navigation. */
export const PLACES = ['overview', 'registries', 'activity', 'caveats', 'settings'] as const;
export type Place = (typeof PLACES)[number];

const KEPT = 'portcullis.place';

export function addressOf(place: Place): string {
  return `#/${place}`;
}

function placeIn(hash: string): Place | null {
  return PLACES.find((place) => addressOf(place) === hash) ?? null;
}

/** Where the panel was left, so that it opens there again. To be called once, when the address is free of its code. */
export function returnToPlace(): void {
  const kept = localStorage.getItem(KEPT);
  const place = PLACES.find((name) => name === kept);
  if (placeIn(location.hash) === null && place !== undefined) history.replaceState(null, '', addressOf(place));
}

export function goTo(place: Place): void {
  location.hash = addressOf(place);
}

function subscribe(listener: () => void): () => void {
  const changed = () => {
    const place = placeIn(location.hash);
    if (place !== null) localStorage.setItem(KEPT, place);
    listener();
  };
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
}

export function usePlace(): Place {
  return useSyncExternalStore(subscribe, () => placeIn(location.hash) ?? 'overview');
}
