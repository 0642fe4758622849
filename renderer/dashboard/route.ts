import { useSyncExternalStore } from 'react';

/**
 * What the fragment of the address names: `#/activity`, or `#/acme/activity` for somebody of several organizations, and `#/requests?webhooks`
 * where a view has tabs.
 */
export interface Route {
  readonly organization: string | null;
  readonly view: string | null;
  readonly tab: string | null;
}

export function routeIn(hash: string): Route {
  const [path = '', tab = null] = hash.split('?', 2);
  const parts = path
    .replace(/^#\/?/, '')
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
  const [first = null, second = null] = parts;
  return second === null ? { organization: null, view: first, tab } : { organization: first, view: second, tab };
}

/** @param organization null where there is only one */
export function hashOf(view: string, organization: string | null): string {
  return organization === null ? `#/${view}` : `#/${encodeURIComponent(organization)}/${view}`;
}

/** Keeps the tab in the address, so that a reload, and whoever signs in again, comes back to it. @param tab null for the first one */
export function keepTab(tab: string | null): void {
  const [path = ''] = location.hash.split('?', 1);
  history.replaceState(null, '', `${location.pathname}${path || '#/'}${tab === null ? '' : `?${tab}`}`);
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
