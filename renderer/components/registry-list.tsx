import { useEffect, useId } from 'react';
import { useStore } from 'zustand';
import { usePanel, useSnapshot } from '../hooks.ts';
import { useWords } from '../words.ts';
import { ProblemNote } from './problem-note.tsx';
import { RegistryItem } from './registry-item.tsx';

/** The organization's list, page by page, with a search that the agent answers. */
export function RegistryList() {
  const { registries } = usePanel();
  const { registries: words } = useWords().panel;
  const state = useStore(registries.store);
  const { traffic } = useSnapshot().state;
  const field = useId();
  useEffect(() => registries.start(), [registries]);
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
          onChange={(event) => registries.search(event.target.value)}
          autoComplete="off"
          spellCheck={false}
          maxLength={255}
        />
        <span className="fine" role="status">
          {state.loaded ? words.found(state.items.length, state.total) : ''}
        </span>
      </search>
      {state.problem !== null && <ProblemNote problem={state.problem} />}
      {state.loaded && state.items.length === 0 && (
        <p className="empty">{state.query === '' ? words.none : words.noMatch(state.query)}</p>
      )}
      {state.items.length > 0 && traffic === 'deny' && <p className="fine">{words.withoutEffect}</p>}
      {state.items.length > 0 && (
        <ul className="plain registries" aria-label={words.title}>
          {state.items.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: an address may stand on the list twice, its place may not
            <li key={index}>
              <RegistryItem row={row} />
            </li>
          ))}
        </ul>
      )}
      {!state.complete && state.loaded && (
        <button type="button" className="button small" aria-disabled={state.loading} onClick={() => registries.more()}>
          {state.loading ? words.loading : words.more}
        </button>
      )}
    </>
  );
}
