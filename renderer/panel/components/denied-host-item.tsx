import { organizationOf } from '../../../shared/messages/describe-state.ts';
import type { Words } from '../../../shared/messages/words.ts';
import type { Reason } from '../../../shared/reasons.ts';
import type { DeniedHost } from '../../../shared/schemas/ipc-schema.ts';
import { CopyButton } from '../../ui/components/copy-button.tsx';
import { Path } from '../../ui/components/path.tsx';
import { When } from '../../ui/components/when.tsx';
import { useWords } from '../../ui/words.ts';
import { useConnected, usePanel, useSnapshot } from '../hooks.ts';
import { RequestButton, RequestStatus } from '../requests/request-access.tsx';
import { showView } from '../view-route.ts';

/** One refused host: which, why, how often, since when; and the way to the check that explains it. */
export function DeniedHostItem({ row, full = false }: { row: DeniedHost; full?: boolean }) {
  const panel = usePanel();
  const words = useWords();
  const snapshot = useSnapshot();
  const connected = useConnected();
  const { activity, view: views } = words.panel;
  const why = () => {
    panel.explain.show(row.host);
    showView('overview');
  };
  return (
    <div className="refused">
      <div className="refused-words">
        <p className="refused-host">
          <Path of={row.host} />
          <CopyButton className="icon-button" label={words.panel.copyText(row.host)} text={() => row.host} iconOnly />
          {!row.refused && <span className="chip tone-blue">{activity.recorded}</span>}
        </p>
        {full ? (
          <>
            <p className="fine">{reasonOf(row, organizationOf(snapshot), words.state)}</p>
            <p className="fine">
              <RequestStatus host={row.host} />
            </p>
          </>
        ) : (
          <p className="fine">
            {activity.times(row.count)} · <When at={row.last} direction="past" />
          </p>
        )}
      </div>
      {full && (
        <div className="refused-facts">
          <p>
            {activity.times(row.count)} · <When at={row.last} direction="past" />
          </p>
          <p className="fine">
            {row.views.map((view) => views[view]).join(', ')}
            {row.count > 1 && (
              <>
                {' · '}
                {activity.first} <When at={row.first} direction="past" />
              </>
            )}
          </p>
        </div>
      )}
      <div className="refused-ways">
        <button type="button" className="button small" disabled={!connected} onClick={why}>
          {activity.why} <span className="visually-hidden">{row.host}</span>
        </button>
        {full && OF_LIST.includes(row.reason) && <RequestButton subject={row.host} host={row.host} />}
      </div>
    </div>
  );
}

/** What a line of the list would change. */
const OF_LIST: readonly Reason[] = ['not-in-policy', 'audit-only'];

function reasonOf({ reason, host }: DeniedHost, org: string, { pastReason, reason: present }: Words['state']): string {
  const past: Partial<Record<Reason, (org: string) => string>> = pastReason;
  return past[reason]?.(org) ?? present[reason](host, org, host);
}
