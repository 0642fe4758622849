import { describeRequest, isPending } from '../../../shared/messages/describe-request.ts';
import type { OwnRequest } from '../../../shared/schemas/own-request.ts';
import { Card } from '../../ui/components/card.tsx';
import { CopyButton } from '../../ui/components/copy-button.tsx';
import { Path } from '../../ui/components/path.tsx';
import { ProblemNote, ProblemText } from '../../ui/components/problem-note.tsx';
import { useNow, useTask } from '../../ui/hooks.ts';
import { useWords } from '../../ui/words.ts';
import { useConnected, usePanel, useSnapshot } from '../hooks.ts';
import { hashOf } from '../view-route.ts';
import { useOwnRequests } from './own-requests.ts';

const FEW = 3;
/** What was decided longer ago is no news. */
const NEWS_MS = 3 * 24 * 60 * 60_000;

/**
 * What the user has requested, and what has become of it.
 *
 * @param few only what is under way, and the latest decisions
 */
export function RequestsCard({ few = false }: { few?: boolean }) {
  const panel = usePanel();
  const { requests: words } = useWords();
  const now = useNow();
  const { requests } = useSnapshot();
  const all = useOwnRequests();
  const withdrawal = useTask(panel.withdraw);
  const rows = few ? all.filter((one) => isNews(one, now)).slice(0, FEW) : all;
  if (requests === null || rows.length === 0) return null;
  return (
    <Card
      title={words.title}
      aside={
        few && (
          <a className="quiet-link" href={hashOf('activity')}>
            {words.all(all.length)}
          </a>
        )
      }
    >
      {withdrawal.phase === 'failed' && <ProblemNote problem={withdrawal.problem} />}
      <ul className="plain refused-list" aria-label={words.title}>
        {rows.map((row) => (
          <li key={row.id}>
            <RequestItem row={row} few={few} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function isNews(request: OwnRequest, now: number): boolean {
  if (request.state === 'withdrawn') return false;
  return isPending(request) || now - (request.decided?.at ?? request.at) < NEWS_MS;
}

function RequestItem({ row, few }: { row: OwnRequest; few: boolean }) {
  const panel = usePanel();
  const words = useWords();
  const now = useNow();
  const connected = useConnected();
  const { requests: say, time } = words;
  const { state, tone } = describeRequest(row, now, words);
  const isOver = row.decided !== null;
  return (
    <div className="refused request">
      <div className="refused-words">
        <p className="refused-host">
          <Path of={row.host} />
        </p>
        <p>
          <span className={`request-state tone-${tone}`}>{state}</span>
          <span className="fine">
            {' · '}
            {isOver ? say.decided(time.ago(row.decided?.at ?? 0, now)) : say.requested(time.ago(row.at, now))}
          </span>
        </p>
        {row.problem !== null && (
          <p className="fine">
            <ProblemText problem={row.problem} />
          </p>
        )}
        {!few && row.subject !== null && (
          <p className="fine">
            {say.typed}: <Path of={row.subject} />
          </p>
        )}
        {!few && row.reason !== null && (
          <p className="fine">
            {say.reason}: {row.reason}
          </p>
        )}
      </div>
      {row.state === 'mirror' && row.decided?.use != null && (
        <CopyButton className="button small" label={say.copyMirror} text={() => row.decided?.use ?? ''} />
      )}
      {(isPending(row) || row.state === 'refused') && (
        <button
          type="button"
          className="button small"
          disabled={!connected}
          onClick={() => void panel.withdraw.run(row.id)}
        >
          {row.state === 'refused' ? say.remove : say.withdraw} <span className="visually-hidden">{row.host}</span>
        </button>
      )}
    </div>
  );
}
