import { useEffect, useId, useState } from 'react';
import { useStore } from 'zustand';
import { useTexts } from '../../hooks.ts';
import { type ActivityStore, KINDS, type Kind, NO_FILTER } from '../../stores/activity.ts';

/** So long after the last key the hub is asked, in milliseconds. */
const PAUSE = 300;

export function ActivityFilters({ store }: { store: ActivityStore }) {
  const { activity: texts } = useTexts();
  const filter = useStore(store.state, (state) => state.filter);
  const id = useId();
  return (
    <search className="activity-filters">
      <TypedField
        label={texts.search}
        type="search"
        value={filter.q}
        onSettled={(q) => void store.filterBy({ q })}
        wide
      />
      <label htmlFor={`${id}-kind`}>
        <span className="fine">{texts.kindLabel}</span>
        <select
          id={`${id}-kind`}
          className="field"
          value={filter.kind}
          onChange={(event) => void store.filterBy({ kind: kindOf(event.target.value) })}
        >
          {kinds.map((kind) => (
            <option key={kind} value={kind}>
              {texts.kind[kind]}
            </option>
          ))}
        </select>
      </label>
      <TypedField
        label={texts.person}
        type="text"
        value={filter.actor}
        onSettled={(actor) => void store.filterBy({ actor })}
      />
      {(['from', 'to'] as const).map((end) => (
        <label key={end} htmlFor={`${id}-${end}`}>
          <span className="fine">{texts[end]}</span>
          <input
            id={`${id}-${end}`}
            type="date"
            className="field"
            value={filter[end]}
            onChange={(event) => void store.filterBy({ [end]: event.target.value })}
          />
        </label>
      ))}
      <button
        type="button"
        className="button small"
        disabled={JSON.stringify(filter) === JSON.stringify(NO_FILTER)}
        onClick={() => void store.filterBy(NO_FILTER)}
      >
        {texts.clear}
      </button>
    </search>
  );
}

const kinds = Object.keys(KINDS) as Kind[];

function kindOf(value: string): Kind {
  return kinds.find((kind) => kind === value) ?? 'everything';
}

/** A field whose text counts once nobody has typed for a moment. */
function TypedField({
  label,
  type,
  value,
  onSettled,
  wide = false,
}: {
  label: string;
  type: 'search' | 'text';
  value: string;
  onSettled: (text: string) => void;
  wide?: boolean;
}) {
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  useEffect(() => {
    if (typed === null) return;
    const timer = setTimeout(() => {
      setTyped(null);
      if (typed !== value) onSettled(typed);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [typed, value, onSettled]);
  return (
    <label htmlFor={id} className={wide ? 'wide' : ''}>
      <span className="fine">{label}</span>
      <input
        id={id}
        type={type}
        className="field"
        autoComplete="off"
        spellCheck={false}
        maxLength={200}
        value={typed ?? value}
        onChange={(event) => setTyped(event.target.value)}
      />
    </label>
  );
}
