import { useStore } from 'zustand';
import { useDashboard, useTexts } from '../../hooks.ts';
import { requestsOf, useRefreshed } from './use-requests.ts';

/** How many hosts are waiting for a decision, in the navigation. */
export function OpenCount({ organization }: { organization: string }) {
  const requests = requestsOf(useDashboard(), organization);
  const { requests: texts } = useTexts();
  useRefreshed(requests);
  const open = useStore(requests.store, (state) => state.open);
  if (open === null || open === 0) return null;
  return (
    <span className="open-count">
      <span aria-hidden="true">{open > 99 ? '99+' : open}</span>
      <span className="visually-hidden">, {texts.openCount(open)}</span>
    </span>
  );
}
