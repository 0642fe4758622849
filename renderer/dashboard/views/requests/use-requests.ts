import { useEffect } from 'react';
import type { Dashboard } from '../../dashboard.ts';
import { useDashboard, useOrganization } from '../../hooks.ts';
import { createRequestsStore, type RequestsStore } from '../../stores/requests.ts';

/** So often the server is asked for what is new, in milliseconds, while the page is in sight. */
const EVERY = 20_000;

export function useRequests(): RequestsStore {
  return requestsOf(useDashboard(), useOrganization().name);
}

/** Also for what is shown outside of a view. */
export function requestsOf(dashboard: Dashboard, organization: string): RequestsStore {
  return dashboard.keep(organization, 'requests', () => createRequestsStore(dashboard.api, organization));
}

/** Keeps the number of open requests, and the list where it is shown, as the server has them. */
export function useRefreshed(requests: RequestsStore): void {
  const { session } = useDashboard();
  useEffect(() => {
    const refresh = (): void => {
      const now = session.getState();
      if (document.visibilityState !== 'visible' || now.kind !== 'signed-in' || now.expired) return;
      // What cannot be loaded now may be the next time; the view says what keeps it.
      requests.refresh().catch(() => undefined);
    };
    refresh();
    const timer = setInterval(refresh, EVERY);
    document.addEventListener('visibilitychange', refresh);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', refresh);
    };
  }, [requests, session]);
}
