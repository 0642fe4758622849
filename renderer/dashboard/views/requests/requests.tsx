import { useCallback, useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { RequestedHost } from '../../../../shared/schemas/hub/requests.ts';
import { Card } from '../../../ui/components/card.tsx';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { SearchField } from '../../components/search-field.tsx';
import { useMay, useOrganization, useTexts } from '../../hooks.ts';
import { keepTab, routeIn } from '../../route.ts';
import { keyOf, type Listed } from '../../stores/requests.ts';
import { DecideDialog } from './decide-dialog.tsx';
import { HostRow } from './host-row.tsx';
import { useRequests } from './use-requests.ts';
import { Webhooks } from './webhooks.tsx';

type Tab = Listed | 'webhooks';

/** What people ask for, and what the organization's owners decide. */
export function Requests() {
  const requests = useRequests();
  const { name: organization } = useOrganization();
  const { requests: texts } = useTexts();
  const mayDecide = useMay('registry-manager');
  const isOwner = useMay('owner');
  const [tab, setTab] = useState<Tab>(() =>
    isOwner && routeIn(location.hash).tab === 'webhooks' ? 'webhooks' : requests.store.getState().listed,
  );
  const [deciding, setDeciding] = useState<RequestedHost | null>(null);
  const [said, setSaid] = useState('');
  useEffect(() => void requests.load(), [requests]);
  const tabs: readonly Tab[] = isOwner ? ['open', 'decided', 'blocked', 'webhooks'] : ['open', 'decided', 'blocked'];

  return (
    <>
      <Card title={texts.title} heading={1}>
        <p className="lead">
          {texts.intro(organization)} {!mayDecide && texts.readOnly}
        </p>
        <fieldset className="request-tabs">
          <legend className="visually-hidden">{texts.show}</legend>
          {tabs.map((one) => (
            <button
              key={one}
              type="button"
              className="button small"
              aria-pressed={one === tab}
              onClick={() => {
                setTab(one);
                keepTab(one === 'webhooks' ? one : null);
                setSaid('');
                if (one !== 'webhooks') void requests.show(one);
              }}
            >
              {texts.tab[one]}
            </button>
          ))}
        </fieldset>
        {tab === 'webhooks' ? (
          <Webhooks />
        ) : (
          <>
            <Search />
            <p role="status" className="requests-said">
              {said}
            </p>
            <List onDecide={setDeciding} onSaid={setSaid} />
          </>
        )}
      </Card>
      {deciding !== null && <DecideDialog row={deciding} onSaid={setSaid} onClose={() => setDeciding(null)} />}
    </>
  );
}

function Search() {
  const requests = useRequests();
  const { requests: texts } = useTexts();
  const q = useStore(requests.store, (state) => state.q);
  const search = useCallback((query: string) => void requests.search(query), [requests]);
  return (
    <search className="request-search">
      <SearchField label={texts.search} hint={texts.searchHint} value={q} onSearch={search} />
    </search>
  );
}

function List({ onDecide, onSaid }: { onDecide: (row: RequestedHost) => void; onSaid: (sentence: string) => void }) {
  const requests = useRequests();
  const { requests: texts, shell } = useTexts();
  const { items, next, loading, problem, listed, days, q, taken } = useStore(requests.store);
  if (items === null && problem === null) return <p className="waiting">{shell.loading}</p>;
  return (
    <>
      {problem !== null && (
        <div className="actions">
          <ProblemNote problem={problem} tone="red" />
          <button type="button" className="button" onClick={() => void requests.load()}>
            {shell.tryAgain}
          </button>
        </div>
      )}
      {items !== null && !taken && <p className="note tone-amber">{texts.notTaken}</p>}
      {items?.length === 0 && (
        <p className="empty">
          {q !== '' ? texts.noMatch : listed === 'blocked' && days === null ? texts.noUsage : texts.empty[listed]}
        </p>
      )}
      {listed === 'blocked' && days !== null && <p className="fine">{texts.blockedIntro(days)}</p>}
      {items !== null && items.length > 0 && (
        <ul className="plain requests">
          {items.map((row) => (
            <HostRow key={keyOf(row)} row={row} onDecide={() => onDecide(row)} onSaid={onSaid} />
          ))}
        </ul>
      )}
      {next !== null && (
        <button type="button" className="button" aria-disabled={loading} onClick={() => void requests.more()}>
          {texts.more}
        </button>
      )}
    </>
  );
}
