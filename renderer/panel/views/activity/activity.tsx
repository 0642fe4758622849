import { useEffect, useId, useState } from 'react';
import { useStore } from 'zustand';
import type { View } from '../../../../shared/reasons.ts';
import type { DeniedHost } from '../../../../shared/schemas/ipc-schema.ts';
import { Card } from '../../../ui/components/card.tsx';
import { Choice } from '../../../ui/components/choice.tsx';
import { CopyButton } from '../../../ui/components/copy-button.tsx';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { useWords } from '../../../ui/words.ts';
import { DeniedHostItem } from '../../components/denied-host-item.tsx';
import { usePanel, useSnapshot } from '../../hooks.ts';
import { RequestsCard } from '../../requests/requests-card.tsx';
import { lineOf } from '../../stores/long-list.ts';
import { activityCsv, activityJson } from './activity-export.ts';

/** The agent keeps no more hosts than this. */
const ALL = 500;

/** What was refused, by host, the latest first: where somebody looks whose pull has just failed. */
export function Activity() {
  const { denials } = usePanel();
  const { panel: words } = useWords();
  const { deniedToday, state: derived } = useSnapshot();
  const state = useStore(denials.store);
  const [view, setView] = useState<View | 'all'>('all');
  const field = useId();
  useEffect(() => denials.show(0, ALL), [denials]);
  const all = Array.from({ length: Math.min(ALL, state.total) }, (_, index) => lineOf(state, index));
  const rows = all.filter((row): row is DeniedHost => row !== null && (view === 'all' || row.views.includes(view)));
  return (
    <>
      <Card
        title={words.activity.title}
        heading={1}
        aside={<span className="fine">{words.activity.today(deniedToday)}</span>}
      >
        {derived.id === 'auditing' && <p className="note tone-blue">{words.activity.audit}</p>}
        <search className="list-search">
          <label className="visually-hidden" htmlFor={field}>
            {words.activity.search}
          </label>
          <input
            id={field}
            type="search"
            className="field"
            placeholder={words.activity.search}
            value={state.query}
            onChange={(event) => denials.search(event.target.value)}
            autoComplete="off"
            spellCheck={false}
            maxLength={255}
          />
          <Choice
            label={words.activity.where}
            value={view}
            options={[
              ['all', words.activity.everywhere],
              ['engine', words.view.engine],
              ['workload', words.view.workload],
            ]}
            onChange={setView}
          />
        </search>
        {state.problem !== null && <ProblemNote problem={state.problem} />}
        {state.loaded && rows.length === 0 && (
          <p className="empty">{state.query === '' && view === 'all' ? words.activity.none : words.activity.noMatch}</p>
        )}
        {rows.length > 0 && (
          <div className="actions">
            <CopyButton className="button small" label={words.activity.copyAs('CSV')} text={() => activityCsv(rows)} />
            <CopyButton
              className="button small"
              label={words.activity.copyAs('JSON')}
              text={() => activityJson(rows)}
            />
          </div>
        )}
        {rows.length > 0 && (
          <ul className="plain refused-list" aria-label={words.activity.title}>
            {rows.map((row) => (
              <li key={`${row.host} ${row.refused}`}>
                <DeniedHostItem row={row} full />
              </li>
            ))}
          </ul>
        )}
      </Card>
      <RequestsCard />
    </>
  );
}
