import { useCallback, useId, useState } from 'react';
import { useStore } from 'zustand';
import { problem as problemOf } from '../../../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../../../shared/problems/problem.ts';
import { MachineSort } from '../../../../shared/schemas/hub/machines.ts';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { SearchField } from '../../components/search-field.tsx';
import { useOrganization, useTexts } from '../../hooks.ts';
import { useMachines } from './use-machines.ts';

/** As they are offered. */
const SORTS: readonly MachineSort[] = ['state', '-last', 'last', 'person', 'revision', 'version', 'id'];

export function Filters() {
  const machines = useMachines();
  const { machines: texts } = useTexts();
  const filter = useStore(machines.store, (state) => state.filter);
  const ids = { sort: useId() };
  const search = useCallback((q: string) => void machines.filter({ q }), [machines]);
  return (
    <search className="machine-filters">
      <SearchField label={texts.search} hint={texts.searchHint} value={filter.q} onSearch={search} />
      <label htmlFor={ids.sort} className="visually-hidden">
        {texts.sortLabel}
      </label>
      <select
        id={ids.sort}
        className="field"
        value={filter.sort}
        onChange={({ target }) => void machines.filter({ sort: MachineSort.safeParse(target.value).data ?? 'state' })}
      >
        {SORTS.map((sort) => (
          <option key={sort} value={sort}>
            {texts.sort[sort]}
          </option>
        ))}
      </select>
      <button type="button" className="button" onClick={() => void machines.load()}>
        {texts.refresh}
      </button>
      <Export />
    </search>
  );
}

/** What fits the filter, as a file of the browser's. */
function Export() {
  const machines = useMachines();
  const { name } = useOrganization();
  const { machines: texts } = useTexts();
  const [problem, setProblem] = useState<Problem | null>(null);
  const save = async (): Promise<void> => {
    setProblem(null);
    try {
      const address = URL.createObjectURL(await machines.file());
      const link = document.createElement('a');
      link.href = address;
      link.download = `machines-${name}.csv`;
      link.click();
      URL.revokeObjectURL(address);
    } catch (error) {
      setProblem(asProblem(error, problemOf('dashboard-bad-answer')));
    }
  };
  return (
    <>
      <button type="button" className="button" onClick={() => void save()}>
        {texts.exportCsv}
      </button>
      {problem !== null && <ProblemNote problem={problem} />}
    </>
  );
}
