import { useCallback, useEffect } from 'react';
import { useStore } from 'zustand';
import { Card } from '../../../ui/components/card.tsx';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { useExpired, useKept, useTexts } from '../../hooks.ts';
import { createActivityStore, NO_FILTER } from '../../stores/activity.ts';
import { ActivityEntry } from './activity-entry.tsx';
import { ActivityFilters } from './activity-filters.tsx';
import { ExportButtons } from './export-buttons.tsx';

/** Who did what, and when: newest first. */
export function Activity() {
  const { activity: texts, shell } = useTexts();
  const store = useKept('activity', ({ api }, { name }) => createActivityStore(api, name));
  const { filter, items, next, busy, problem } = useStore(store.state);
  const expired = useExpired();
  const load = useCallback(() => void store.load(), [store]);
  useEffect(() => {
    if (!expired) load();
  }, [load, expired]);
  const isFiltered = filter !== NO_FILTER && JSON.stringify(filter) !== JSON.stringify(NO_FILTER);

  return (
    <Card title={texts.title} heading={1} className="activity" aside={<ExportButtons store={store} />}>
      <ActivityFilters store={store} />
      {problem !== null && (
        <div className="activity-failed">
          <ProblemNote problem={problem} />
          <button type="button" className="button" onClick={load}>
            {shell.tryAgain}
          </button>
        </div>
      )}
      {items === null ? (
        problem === null && (
          <p className="waiting" role="status">
            {shell.loading}
          </p>
        )
      ) : (
        <>
          <p className="visually-hidden" role="status">
            {busy ? shell.loading : texts.shown(items.length, next !== null)}
          </p>
          {items.length === 0 ? (
            <div className="empty-list">
              <p>{isFiltered ? texts.noMatch : texts.empty}</p>
              {isFiltered && (
                <div className="actions">
                  <button type="button" className="button small" onClick={() => void store.filterBy(NO_FILTER)}>
                    {texts.clear}
                  </button>
                </div>
              )}
            </div>
          ) : (
            <ul className="plain activity-list" aria-label={texts.title}>
              {items.map((item) => (
                <ActivityEntry key={item.id} item={item} onUndone={load} />
              ))}
            </ul>
          )}
          {next !== null && (
            <div className="actions">
              <button type="button" className="button" disabled={busy} onClick={() => void store.older()}>
                {texts.older}
              </button>
            </div>
          )}
        </>
      )}
    </Card>
  );
}
