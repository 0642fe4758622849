import { useEffect } from 'react';
import { useStore } from 'zustand';
import { Card } from '../../../ui/components/card.tsx';
import { useWords } from '../../../ui/words.ts';
import { DeniedHostItem } from '../../components/denied-host-item.tsx';
import { usePanel } from '../../hooks.ts';
import { lineOf } from '../../stores/long-list.ts';
import { hashOf } from '../../view-route.ts';

const FEW = 4;

/** The latest refusals, and the way to all of them. Without one there is nothing to see. */
export function ActivityCard() {
  const { denials } = usePanel();
  const { activity: words } = useWords().panel;
  const state = useStore(denials.store);
  useEffect(() => {
    if (denials.store.getState().query === '') denials.show(0, FEW);
    else denials.search('');
  }, [denials]);
  const rows = Array.from({ length: FEW }, (_, index) => lineOf(state, index)).filter((row) => row !== null);
  if (rows.length === 0) return null;
  return (
    <Card
      title={words.latest}
      aside={
        <a className="quiet-link" href={hashOf('activity')}>
          {words.all(state.total)}
        </a>
      }
    >
      <ul className="plain refused-list" aria-label={words.latest}>
        {rows.map((row) => (
          <li key={`${row.host} ${row.refused}`}>
            <DeniedHostItem row={row} />
          </li>
        ))}
      </ul>
    </Card>
  );
}
