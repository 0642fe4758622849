import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { parseAddress } from '../../../../shared/hosts/address.ts';
import type { Problem } from '../../../../shared/problems/problem.ts';
import { MAX_HINT } from '../../../../shared/schemas/hub/grants.ts';
import { Icon } from '../../../ui/components/icon.tsx';
import { ProblemText } from '../../../ui/components/problem-note.tsx';
import { useTexts } from '../../hooks.ts';
import { withHint } from '../../stores/draft-extras.ts';
import type { Saved } from '../../stores/registry-access.ts';
import { useRegistryAccess } from './use-registry-access.ts';

/** What to use instead of a registry that is blocked. Edits are staged like all others. */
export function HintsDialog({ saved, mayEdit, onClose }: { saved: Saved; mayEdit: boolean; onClose: () => void }) {
  const registryAccess = useRegistryAccess();
  const { registryAccess: texts } = useTexts();
  const { hints: words } = texts;
  const { draft, faults } = useStore(registryAccess.store);
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
  }, []);
  const before = new Map((saved.hints ?? []).map(({ address, use }) => [address, use]));
  const edits = draft.hints ?? {};
  const addresses = [...new Set([...before.keys(), ...Object.keys(edits)])].sort();
  const shown = addresses.map((address) => ({ address, use: edits[address]?.to ?? before.get(address) ?? '' }));
  const set = (address: string, use: string) =>
    registryAccess.edit((current) => withHint(current, address, before.get(address) ?? '', use));

  return (
    <dialog ref={dialog} className="wide" aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{words.label}</h2>
      <p>{words.text}</p>
      {shown.length === 0 && <p className="fine">{words.none}</p>}
      <ul className="plain hints">
        {shown.map(({ address, use }) => {
          const fault = faults.get(`hint ${address}`);
          return (
            <li key={address}>
              <code>{address}</code>
              {mayEdit ? (
                <input
                  className="field"
                  value={use}
                  maxLength={MAX_HINT}
                  placeholder={words.removed}
                  autoComplete="off"
                  spellCheck={false}
                  aria-label={words.instead(address)}
                  aria-invalid={fault !== undefined}
                  onChange={({ target }) => set(address, target.value)}
                />
              ) : (
                <span>{use}</span>
              )}
              {mayEdit && use !== '' && (
                <button
                  type="button"
                  className="icon-button"
                  aria-label={words.removeOne(address)}
                  title={texts.remove}
                  onClick={() => set(address, '')}
                >
                  <Icon name="cross" />
                </button>
              )}
              {fault !== undefined && (
                <p className="field-fault">
                  <ProblemText problem={fault} />
                </p>
              )}
            </li>
          );
        })}
      </ul>
      {mayEdit && <AddHint onAdd={set} />}
      <div className="actions end">
        <button type="button" className="button" onClick={() => dialog.current?.close()}>
          {texts.previewed.close}
        </button>
      </div>
    </dialog>
  );
}

function AddHint({ onAdd }: { onAdd: (address: string, use: string) => void }) {
  const { registryAccess: texts } = useTexts();
  const { hints: words } = texts;
  const [address, setAddress] = useState('');
  const [use, setUse] = useState('');
  const [fault, setFault] = useState<Problem | 'use' | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const id = useId();
  const add = (event: FormEvent) => {
    event.preventDefault();
    const parsed = parseAddress(address);
    if (!parsed.ok || use.trim() === '') {
      setFault(parsed.ok ? 'use' : parsed.problem);
      return;
    }
    onAdd(parsed.value.text, use.trim());
    setAddress('');
    setUse('');
    setFault(null);
    field.current?.focus();
  };
  return (
    <form className="hint-form" onSubmit={add} noValidate>
      <div>
        <label className="form-label" htmlFor={`${id}-address`}>
          {words.address}
        </label>
        <input
          ref={field}
          id={`${id}-address`}
          className="field"
          value={address}
          placeholder="gcr.io"
          maxLength={512}
          autoComplete="off"
          spellCheck={false}
          aria-invalid={fault !== null && fault !== 'use'}
          aria-describedby={`${id}-fault`}
          onChange={({ target }) => setAddress(target.value)}
        />
      </div>
      <div>
        <label className="form-label" htmlFor={`${id}-use`}>
          {words.use}
        </label>
        <input
          id={`${id}-use`}
          className="field"
          value={use}
          placeholder="mirror.acme.example/gcr"
          maxLength={MAX_HINT}
          autoComplete="off"
          spellCheck={false}
          aria-invalid={fault === 'use'}
          aria-describedby={`${id}-fault`}
          onChange={({ target }) => setUse(target.value)}
        />
      </div>
      <button type="submit" className="button">
        {words.add}
      </button>
      <p className="field-fault" id={`${id}-fault`} role="alert">
        {fault === 'use' ? words.needed : fault !== null && <ProblemText problem={fault} />}
      </p>
    </form>
  );
}
