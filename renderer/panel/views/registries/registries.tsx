import { useCallback, useId } from 'react';
import { useStore } from 'zustand';
import { Card } from '../../../ui/components/card.tsx';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { VirtualList } from '../../../ui/components/virtual-list.tsx';
import { useWords } from '../../../ui/words.ts';
import { CheckCard } from '../../components/check-card.tsx';
import { GrantsCard } from '../../components/grants-card.tsx';
import { RegistryItem } from '../../components/registry-item.tsx';
import { usePanel, useSnapshot } from '../../hooks.ts';
import { lineOf } from '../../stores/long-list.ts';

/** The organization's whole list, however long, and beside it the question it is there to answer. */
export function Registries() {
  const { panel: words } = useWords();
  return (
    <div className="columns">
      <Card title={words.registries.title} heading={1}>
        <WholeList />
      </Card>
      <div className="sticky">
        <CheckCard />
        <GrantsCard />
      </div>
    </div>
  );
}

function WholeList() {
  const { registries } = usePanel();
  const { registries: words } = useWords().panel;
  const { traffic } = useSnapshot().state;
  const state = useStore(registries.store);
  const field = useId();
  const onSight = useCallback((from: number, to: number) => registries.show(from, to), [registries]);
  return (
    <>
      <search className="list-search">
        <label className="visually-hidden" htmlFor={field}>
          {words.search}
        </label>
        <input
          id={field}
          type="search"
          className="field"
          placeholder={words.search}
          value={state.query}
          onChange={(event) => {
            scrollTo({ top: 0 });
            registries.search(event.target.value);
          }}
          autoComplete="off"
          spellCheck={false}
          maxLength={255}
        />
        <span className="fine" role="status">
          {state.loaded ? words.found(state.total) : ''}
        </span>
      </search>
      {state.problem !== null && <ProblemNote problem={state.problem} />}
      {state.total > 0 && traffic === 'deny' && <p className="fine">{words.withoutEffect}</p>}
      {state.loaded && state.total === 0 && (
        <p className="empty">{state.query === '' ? words.none : words.noMatch(state.query)}</p>
      )}
      <VirtualList
        // Open rows belong to one search.
        key={state.query}
        label={words.title}
        count={state.loaded ? state.total : 1}
        rowHeight={3.25}
        onSight={onSight}
        row={(index, open, toggle) => {
          const line = lineOf(state, index);
          return line === null ? (
            <div className="registry-head" aria-busy="true" />
          ) : (
            <RegistryItem row={line} open={open} toggle={toggle} />
          );
        }}
      />
    </>
  );
}
