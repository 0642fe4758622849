import { type ReactNode, useEffect, useId, useRef } from 'react';
import type { Problem } from '../../../../shared/problems/problem.ts';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { useDashboard, useTexts } from '../../hooks.ts';
import type { Submission } from './use-people.ts';

/**
 * A dialog with a form. Esc and the second button close it.
 *
 * @param onFresh keeps what was typed, before the page leaves for a fresh sign-in
 */
export function FormDialog({
  title,
  submit,
  submission,
  onSubmit,
  onClose,
  onFresh,
  danger = false,
  children,
  below,
}: {
  title: string;
  /** null where there is nothing to send. */
  submit: string | null;
  submission: Submission;
  onSubmit: () => void;
  onClose: () => void;
  onFresh?: () => void;
  danger?: boolean;
  children: ReactNode;
  /** What else can be done, under the form's own buttons. */
  below?: ReactNode;
}) {
  const { shell, people } = useTexts();
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
  }, []);
  const { busy, problem } = submission;
  return (
    <dialog ref={dialog} className="person-dialog" aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{title}</h2>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) onSubmit();
        }}
      >
        {children}
        <div role="alert">{problem !== null && <Failure problem={problem} onFresh={onFresh} />}</div>
        <div className="actions end">
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            {submit === null ? people.form.close : shell.cancel}
          </button>
          {submit !== null && (
            <button type="submit" className={danger ? 'button danger' : 'button primary'} aria-disabled={busy}>
              {submit}
            </button>
          )}
        </div>
      </form>
      {below}
    </dialog>
  );
}

function Failure({ problem, onFresh }: { problem: Problem; onFresh: (() => void) | undefined }) {
  const dashboard = useDashboard();
  const { shell, people } = useTexts();
  if (problem.code !== 'fresh-sign-in-required') return <ProblemNote problem={problem} tone="red" />;
  return (
    <div className="note tone-amber fresh">
      <p>{people.fresh}</p>
      <button
        type="button"
        className="button small"
        onClick={() => {
          onFresh?.();
          void dashboard.signIn(true);
        }}
      >
        {shell.freshNeeded}
      </button>
    </div>
  );
}
