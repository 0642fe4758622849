import { describeRequest, isPending } from '../../../shared/messages/describe-request.ts';
import type { OwnRequest } from '../../../shared/schemas/own-request.ts';
import { useNow } from '../../ui/hooks.ts';
import { useWords } from '../../ui/words.ts';
import { useConnected, usePanel, useSnapshot } from '../hooks.ts';
import { useOwnRequests } from './own-requests.ts';

/** The latest request for a host that says anything about it; null where there is none, or none can be made. */
function useLatest(host: string): OwnRequest | null {
  const { requests } = useSnapshot();
  const latest = useOwnRequests().find((one) => one.host === host);
  return requests === null || latest === undefined || latest.state === 'withdrawn' ? null : latest;
}

/** What has become of the user's request for a host. */
export function RequestStatus({ host }: { host: string }) {
  const words = useWords();
  const now = useNow();
  const latest = useLatest(host);
  if (latest === null) return null;
  const { state, tone } = describeRequest(latest, now, words);
  return <span className={`request-state tone-${tone}`}>{state}</span>;
}

/** The way to a request for a blocked host. Nothing where none can be made, or one is under way. */
export function RequestButton({ host, subject }: { host: string; subject: string }) {
  const panel = usePanel();
  const { requests: words } = useWords();
  const now = useNow();
  const connected = useConnected();
  const { requests } = useSnapshot();
  const latest = useLatest(host);
  if (requests === null || requests.unavailable !== null) return null;
  if (latest !== null && (isPending(latest) || isInEffect(latest, now))) return null;
  return (
    <button
      type="button"
      className="button small"
      disabled={!connected}
      aria-haspopup="dialog"
      onClick={() => panel.draft.open({ subject, host, from: 'user' })}
    >
      {latest === null ? words.request : words.again} <span className="visually-hidden">{host}</span>
    </button>
  );
}

function isInEffect({ state, decided }: OwnRequest, now: number): boolean {
  return state === 'allowed' && (decided?.until == null || decided.until > now) && decided?.teams == null;
}
