import { type ReactNode, useEffect, useId, useRef } from 'react';
import { useTexts } from '../hooks.ts';

/** Asks before something that is hard to take back. Esc and the second button leave everything as it is. */
export function Confirm({
  title,
  confirm,
  cancel,
  disabled = false,
  onConfirm,
  onClose,
  children,
}: {
  title: string;
  confirm: string;
  cancel?: string;
  disabled?: boolean;
  onConfirm: () => void;
  onClose: () => void;
  children?: ReactNode;
}) {
  const { shell } = useTexts();
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
  }, []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{title}</h2>
      {children}
      <div className="actions end">
        <button type="button" className="button" onClick={() => dialog.current?.close()}>
          {cancel ?? shell.cancel}
        </button>
        <button
          type="button"
          className="button primary"
          disabled={disabled}
          onClick={() => {
            onConfirm();
            dialog.current?.close();
          }}
        >
          {confirm}
        </button>
      </div>
    </dialog>
  );
}
