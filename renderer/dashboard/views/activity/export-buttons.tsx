import { useState } from 'react';
import { problem as problemOf } from '../../../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../../../shared/problems/problem.ts';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { useOrganization, useTexts } from '../../hooks.ts';
import type { ActivityStore, ExportFormat } from '../../stores/activity.ts';

const FORMATS: readonly ExportFormat[] = ['csv', 'jsonl'];

/** What fits the filter, as a file of the browser's. */
export function ExportButtons({ store }: { store: ActivityStore }) {
  const { activity: texts } = useTexts();
  const { name } = useOrganization();
  const [problem, setProblem] = useState<Problem | null>(null);
  const save = async (format: ExportFormat): Promise<void> => {
    setProblem(null);
    try {
      const address = URL.createObjectURL(await store.file(format));
      const link = document.createElement('a');
      link.href = address;
      link.download = `activity-${name}.${format}`;
      link.click();
      URL.revokeObjectURL(address);
    } catch (error) {
      setProblem(asProblem(error, problemOf('dashboard-bad-answer')));
    }
  };
  return (
    <span className="actions">
      {FORMATS.map((format) => (
        <button key={format} type="button" className="button small" onClick={() => void save(format)}>
          {texts.exportAs[format]}
        </button>
      ))}
      {problem !== null && <ProblemNote problem={problem} />}
    </span>
  );
}
