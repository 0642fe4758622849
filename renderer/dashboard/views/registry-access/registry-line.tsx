import { type ReactNode, useId } from 'react';
import type { Problem } from '../../../../shared/problems/problem.ts';
import { Icon } from '../../../ui/components/icon.tsx';
import { ProblemText } from '../../../ui/components/problem-note.tsx';
import { useTexts } from '../../hooks.ts';
import { AddressDetails } from './address-details.tsx';

const TONES = { add: 'green', remove: 'red', rename: 'blue', change: 'blue' } as const;

/** A row of the list: nickname first, then address, with what can be undone or removed; folded below it what there is to say and to change. */
export function RegistryLine({
  row,
  kind,
  fault,
  mayEdit,
  open,
  toggle,
  aside,
  removal,
  onUndo,
  above,
  children,
}: {
  row: { address: string; name: string | null; edit: keyof typeof TONES | null };
  kind: 'always' | 'limited';
  fault: Problem | undefined;
  mayEdit: boolean;
  open: boolean;
  toggle: () => void;
  /** At the end of the line. */
  aside: ReactNode;
  removal: { label: string; onRemove: () => void };
  onUndo: () => void;
  /** Folded, before a fault. */
  above?: ReactNode;
  /** Folded, where the row may be edited. */
  children: ReactNode;
}) {
  const { registryAccess: texts } = useTexts();
  const content = useId();
  const { address, name, edit } = row;
  return (
    <>
      <div className={kind === 'limited' ? 'registry-line limited' : 'registry-line'} data-edit={edit ?? 'none'}>
        <button type="button" className="registry-head" aria-expanded={open} aria-controls={content} onClick={toggle}>
          <Icon name="chevron" />
          <span className="registry-words">
            <span className="registry-name">{name ?? address}</span>
            {name !== null && <code className="registry-address">{address}</code>}
          </span>
          {edit !== null && <span className={`chip tone-${TONES[edit]}`}>{texts.edits[edit]}</span>}
          {fault !== undefined && <Icon name="warning" />}
          {aside}
        </button>
        {mayEdit &&
          (edit === null ? (
            <button
              type="button"
              className="icon-button"
              data-remove
              aria-label={removal.label}
              title={texts.remove}
              onClick={removal.onRemove}
            >
              <Icon name="cross" />
            </button>
          ) : (
            <button
              type="button"
              className="icon-button"
              aria-label={texts.undoOne(address)}
              title={texts.undo}
              onClick={onUndo}
            >
              <Icon name="undo" />
            </button>
          ))}
      </div>
      {open && (
        <div className="registry-more" id={content}>
          {above}
          {fault !== undefined && (
            <p className="field-fault" role="alert">
              <ProblemText problem={fault} />
            </p>
          )}
          {mayEdit && edit !== 'remove' && children}
          <AddressDetails address={address} />
        </div>
      )}
    </>
  );
}
