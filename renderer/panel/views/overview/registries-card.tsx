import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { Card } from '../../../ui/components/card.tsx';
import { useWords } from '../../../ui/words.ts';
import { RegistryItem } from '../../components/registry-item.tsx';
import { usePanel, useSnapshot } from '../../hooks.ts';
import { lineOf } from '../../stores/long-list.ts';
import { hashOf } from '../../view-route.ts';

const FEW = 8;

/** The first lines of the list, and the way to all of them. */
export function RegistriesCard() {
  const { registries } = usePanel();
  const { registries: words } = useWords().panel;
  const { traffic } = useSnapshot().state;
  const state = useStore(registries.store);
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    // A search belongs to the view of the whole list.
    if (registries.store.getState().query === '') registries.show(0, FEW);
    else registries.search('');
  }, [registries]);
  const rows = Array.from({ length: FEW }, (_, index) => lineOf(state, index)).filter((row) => row !== null);
  const toggle = (address: string) => {
    const next = new Set(open);
    if (!next.delete(address)) next.add(address);
    setOpen(next);
  };
  return (
    <Card
      title={words.title}
      aside={
        state.total > 0 && (
          <a className="quiet-link" href={hashOf('registries')}>
            {words.all(state.total)}
          </a>
        )
      }
    >
      {state.loaded && state.total === 0 && <p className="empty">{words.none}</p>}
      {rows.length > 0 && traffic === 'deny' && <p className="fine">{words.withoutEffect}</p>}
      {rows.length > 0 && (
        <ul className="plain registries" aria-label={words.title}>
          {rows.map((row) => (
            <li key={row.address}>
              <RegistryItem row={row} open={open.has(row.address)} toggle={() => toggle(row.address)} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
