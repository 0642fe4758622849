import { useEffect, useId, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { diffSettings } from '../../../../shared/lists/diff-settings.ts';
import { problem as problemOf } from '../../../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../../../shared/problems/problem.ts';
import type { SettingsChange } from '../../../../shared/schemas/hub/changes.ts';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { useTexts } from '../../hooks.ts';
import { isEmpty } from '../../stores/draft.ts';
import { Restoring } from '../registry-access/restoring.tsx';
import { useRegistryAccess } from '../registry-access/use-registry-access.ts';

/** Names what comes back and what goes before the revision that was there before is restored, as a new one. */
export function UndoDialog({
  revision,
  onUndone,
  onClose,
}: {
  revision: number;
  onUndone: () => void;
  onClose: () => void;
}) {
  const registryAccess = useRegistryAccess();
  const { activity: texts, registryAccess: list, shell } = useTexts();
  const { saved, draft, busy, problem: failure } = useStore(registryAccess.store);
  const [before, setBefore] = useState<readonly SettingsChange[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const target = revision - 1;
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
    const compare = async (): Promise<void> => {
      await registryAccess.refresh();
      const current = registryAccess.store.getState().saved;
      const earlier = await registryAccess.settingsOf(target);
      if (current !== null) setBefore(diffSettings(current, earlier).changes);
    };
    compare().catch((error: unknown) => setProblem(asProblem(error, problemOf('dashboard-bad-answer'))));
  }, [registryAccess, target]);

  const restore = async (): Promise<void> => {
    await registryAccess.restore(target);
    if (registryAccess.store.getState().problem !== null) return;
    dialog.current?.close();
    onUndone();
  };
  const shown = problem ?? failure;
  const later = saved === null ? 0 : saved.revision - revision;
  const unsaved = !isEmpty(draft);
  return (
    <dialog ref={dialog} className="wide" aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{texts.undoHeadline(revision)}</h2>
      {shown !== null && <ProblemNote problem={shown} />}
      {before === null && shown === null && <p className="fine">{shell.loading}</p>}
      {before !== null && (
        <>
          {later > 0 && <p className="fine">{texts.later(later)}</p>}
          <Restoring changes={before} />
          {unsaved && <p className="fine">{list.history.unsaved}</p>}
        </>
      )}
      <div className="actions end">
        <button type="button" className="button" onClick={() => dialog.current?.close()}>
          {shell.cancel}
        </button>
        <button
          type="button"
          className="button primary"
          disabled={before === null || before.length === 0 || unsaved || busy !== null}
          onClick={() => void restore()}
        >
          {list.history.restoreOne(target)}
        </button>
      </div>
    </dialog>
  );
}
