import { useCallback, useEffect, useId, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { diffSettings } from '../../../../shared/lists/diff-settings.ts';
import { problem as problemOf } from '../../../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../../../shared/problems/problem.ts';
import type { SettingsChange } from '../../../../shared/schemas/hub/changes.ts';
import type { RevisionsPage } from '../../../../shared/schemas/hub/registry-access.ts';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { When } from '../../../ui/components/when.tsx';
import { useTexts } from '../../hooks.ts';
import { isEmpty } from '../../stores/draft.ts';
import type { Saved } from '../../stores/registry-access.ts';
import { ChangeList } from './change-list.tsx';
import { Restoring } from './restoring.tsx';
import { useRegistryAccess } from './use-registry-access.ts';

export function HistoryButton({ saved, mayEdit }: { saved: Saved; mayEdit: boolean }) {
  const { registryAccess: texts } = useTexts();
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="button small" onClick={() => setOpen(true)}>
        {texts.history.open}
      </button>
      {open && <History saved={saved} mayEdit={mayEdit} onClose={() => setOpen(false)} />}
    </>
  );
}

type Revision = RevisionsPage['items'][number];

/** Earlier revisions, and the way back to one: as a new revision, after what that brings back has been named. */
function History({ saved, mayEdit, onClose }: { saved: Saved; mayEdit: boolean; onClose: () => void }) {
  const registryAccess = useRegistryAccess();
  const { shell, registryAccess: texts } = useTexts();
  const { history } = texts;
  const { draft } = useStore(registryAccess.store);
  const [items, setItems] = useState<readonly Revision[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [chosen, setChosen] = useState<{ revision: number; changes: readonly SettingsChange[] } | null>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const unsaved = !isEmpty(draft);
  const failed = useCallback((error: unknown) => setProblem(asProblem(error, problemOf('dashboard-bad-answer'))), []);
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
    registryAccess.revisions(null).then((page) => {
      setItems(page.items);
      setNext(page.next);
    }, failed);
  }, [registryAccess, failed]);

  const choose = (revision: number) => {
    setProblem(null);
    registryAccess
      .settingsOf(revision)
      .then((settings) => setChosen({ revision, changes: diffSettings(saved, settings).changes }))
      .catch(failed);
  };
  const older = () => {
    registryAccess.revisions(next).then((page) => {
      setItems([...(items ?? []), ...page.items]);
      setNext(page.next);
    }, failed);
  };

  return (
    <dialog ref={dialog} className="wide" aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{chosen === null ? history.headline : history.ask(chosen.revision)}</h2>
      {problem !== null && <ProblemNote problem={problem} />}
      {chosen !== null ? (
        <Restoring changes={chosen.changes} />
      ) : (
        <>
          <p className="fine">{history.text}</p>
          {mayEdit && unsaved && <p className="fine">{history.unsaved}</p>}
          {items === null && problem === null && <p className="fine">{shell.loading}</p>}
          <ul className="plain revisions">
            {items?.map((item) => (
              <li key={item.revision}>
                <div className="change-row">
                  <p>
                    <strong>{history.revision(item.revision)}</strong>{' '}
                    <span className="fine">
                      {history.by(item.by)}
                      {item.at !== null && (
                        <>
                          {', '}
                          <When at={Date.parse(item.at)} direction="past" />
                        </>
                      )}
                    </span>
                  </p>
                  {item.revision === saved.revision ? (
                    <span className="chip">{history.current}</span>
                  ) : !item.kept ? (
                    <span className="fine">{history.gone}</span>
                  ) : (
                    mayEdit && (
                      <button
                        type="button"
                        className="button small"
                        disabled={unsaved}
                        aria-label={history.restoreOne(item.revision)}
                        onClick={() => choose(item.revision)}
                      >
                        {history.restore}
                      </button>
                    )
                  )}
                </div>
                {item.changes.length > 0 && <ChangeList changes={item.changes} />}
              </li>
            ))}
          </ul>
          {next !== null && (
            <button type="button" className="button small" onClick={older}>
              {history.older}
            </button>
          )}
        </>
      )}
      <div className="actions end">
        <button
          type="button"
          className="button"
          onClick={() => (chosen === null ? dialog.current?.close() : setChosen(null))}
        >
          {chosen === null ? texts.previewed.close : shell.cancel}
        </button>
        {chosen !== null && (
          <button
            type="button"
            className="button primary"
            disabled={chosen.changes.length === 0}
            onClick={() => {
              void registryAccess.restore(chosen.revision);
              dialog.current?.close();
            }}
          >
            {history.restore}
          </button>
        )}
      </div>
    </dialog>
  );
}
