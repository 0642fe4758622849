import { useSyncExternalStore } from 'react';

/** What the fragment of the address names: `#/activity`, or `#/acme/activity` for somebody of several organizations. */
export interface Route {
  readonly organization: string | null;
  readonly view: string | null;
}

export function routeIn(hash: string): Route {
  const parts = hash
    .replace(/^#\/?/, '')
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
  const [first = null, second = null] = parts;
  return second === null ? { organization: null, view: first } : { organization: first, view: second };
}

/** @param organization null where there is only one */
export function hashOf(view: string, organization: string | null): string {
  return organization === null ? `#/${view}` : `#/${encodeURIComponent(organization)}/${view}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('hashchange', listener);
  return () => window.removeEventListener('hashchange', listener);
}

export function useHash(): string {
  return useSyncExternalStore(subscribe, () => location.hash);
}
