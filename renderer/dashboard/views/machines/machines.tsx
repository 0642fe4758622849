import { useCallback, useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { Card } from '../../../ui/components/card.tsx';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { VirtualList } from '../../../ui/components/virtual-list.tsx';
import { useMay, useOrganization, useTexts } from '../../hooks.ts';
import { NO_FILTER } from '../../stores/machines.ts';
import { EnrolDialog } from './enrol-dialog.tsx';
import { Filters } from './filters.tsx';
import { MachineRow } from './machine-row.tsx';
import { Summary } from './summary.tsx';
import { useEnrolDraft, useMachines } from './use-machines.ts';

/** In rem: two lines of text. */
const ROW = 4.25;

/** Which machines enforce, by what their gateways prove. */
export function Machines() {
  const machines = useMachines();
  const { name: organization } = useOrganization();
  const { machines: texts } = useTexts();
  const mayEnrol = useMay('owner');
  const draft = useEnrolDraft();
  const [enrolling, setEnrolling] = useState<string | null>(null);
  useEffect(() => void machines.load(), [machines]);
  // After a fresh sign-in: the dialog as it was left.
  const taken = useRef(false);
  useEffect(() => {
    if (taken.current) return;
    taken.current = true;
    setEnrolling(draft.take());
  }, [draft]);

  return (
    <Card
      title={texts.title}
      heading={1}
      className="machines"
      aside={
        mayEnrol && (
          <button type="button" className="button primary" onClick={() => setEnrolling('')}>
            {texts.enrol.open}
          </button>
        )
      }
    >
      <p className="lead">{texts.intro(organization)}</p>
      <NotBlocking />
      <Summary />
      <Filters />
      <List />
      {enrolling !== null && <EnrolDialog initial={enrolling} onClose={() => setEnrolling(null)} />}
    </Card>
  );
}

/** Green is not what it seems where the list itself blocks nothing. */
function NotBlocking() {
  const { machines: texts } = useTexts();
  const policy = useStore(useMachines().store, ({ summary }) => summary?.policy ?? null);
  if (policy === null || (policy.enabled && policy.mode === 'enforce')) return null;
  return <p className="note tone-amber">{policy.enabled ? texts.auditMode : texts.off}</p>;
}

function List() {
  const machines = useMachines();
  const { machines: texts, shell } = useTexts();
  const { items, total, problem, filter, summary } = useStore(machines.store);
  const reach = useCallback((_from: number, to: number) => void machines.reach(to), [machines]);
  if (items === null && problem === null) return <p className="waiting">{shell.loading}</p>;
  const isEmpty = summary?.total === 0;
  return (
    <>
      {problem !== null && (
        <div className="actions">
          <ProblemNote problem={problem} tone="red" />
          <button type="button" className="button" onClick={() => void machines.load()}>
            {shell.tryAgain}
          </button>
        </div>
      )}
      {items !== null && items.length === 0 && problem === null && (
        <p className="empty">
          {isEmpty ? texts.empty : texts.none}{' '}
          {!isEmpty && (
            <button type="button" className="button small" onClick={() => void machines.filter(NO_FILTER)}>
              {texts.clear}
            </button>
          )}
        </p>
      )}
      {items !== null && items.length > 0 && (
        <>
          <p className="fine" role="status">
            {texts.shown(total)}
          </p>
          {/* Another list: what was open in the one before is not. */}
          <VirtualList
            key={JSON.stringify(filter)}
            label={texts.list}
            count={Math.max(total, items.length)}
            rowHeight={ROW}
            onSight={reach}
            row={(index, open, toggle) => <MachineRow machine={items[index]} open={open} onToggle={toggle} />}
          />
        </>
      )}
    </>
  );
}
