import { useId, useState } from 'react';
import { useStore } from 'zustand';
import type { Problem } from '../../../../shared/problems/problem.ts';
import { MAX_SUPPORT_TEXT, MAX_SUPPORT_URL } from '../../../../shared/schemas/hub/grants.ts';
import { Icon } from '../../../ui/components/icon.tsx';
import { ProblemText } from '../../../ui/components/problem-note.tsx';
import { Toggle } from '../../../ui/components/toggle.tsx';
import { useTexts } from '../../hooks.ts';
import { withSwitch } from '../../stores/draft.ts';
import { hintsWith } from '../../stores/draft-extras.ts';
import type { Saved } from '../../stores/registry-access.ts';
import { HintsDialog } from './hints-dialog.tsx';
import { useRegistryAccess } from './use-registry-access.ts';

/** What whoever is blocked is offered: a request, somebody who helps, another registry. */
export function SupportSettings({ saved, mayEdit }: { saved: Saved; mayEdit: boolean }) {
  const registryAccess = useRegistryAccess();
  const { registryAccess: texts } = useTexts();
  const { draft, faults } = useStore(registryAccess.store);
  const [editing, setEditing] = useState(false);
  const [open, setOpen] = useState(false);
  const requests = draft.requests?.to ?? saved.requests ?? false;
  const hints = hintsWith(saved.hints ?? [], draft).length;
  const hintFault = [...faults].find(([part]) => part.startsWith('hint '))?.[1];
  const isFaulty = [...faults.keys()].some((part) => /^(?:hint |support)/.test(part));
  const text = draft.supportText?.to ?? saved.support?.text ?? '';

  return (
    <details
      className="setting-group"
      open={open || isFaulty}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>
        <Icon name="chevron" />
        <span>
          <span className="setting-label">{texts.help.label}</span>{' '}
          <span className="fine">{texts.help.summary({ requests, support: text, hints })}</span>
        </span>
      </summary>
      <div className="setting">
        <div className="setting-words">
          <span className="setting-label">{texts.requests}</span>
          <p className="fine">{texts.requestsHint}</p>
        </div>
        <div className="setting-field">
          <Toggle
            label={texts.requests}
            on={requests}
            text={requests ? texts.on : texts.off}
            disabled={!mayEdit}
            onChange={(on) =>
              registryAccess.edit((current) => withSwitch(current, 'requests', saved.requests ?? false, on))
            }
          />
        </div>
      </div>
      <Line
        label={texts.supportText}
        hint={texts.supportTextHint}
        value={text}
        maxLength={MAX_SUPPORT_TEXT}
        fault={faults.get('support/text')}
        disabled={!mayEdit}
        onChange={(to) =>
          registryAccess.edit((current) => withSwitch(current, 'supportText', saved.support?.text ?? '', to))
        }
      />
      <Line
        label={texts.supportUrl}
        hint={texts.supportUrlHint}
        type="url"
        value={draft.supportUrl?.to ?? saved.support?.url ?? ''}
        maxLength={MAX_SUPPORT_URL}
        fault={faults.get('support/url')}
        disabled={!mayEdit}
        onChange={(to) =>
          registryAccess.edit((current) => withSwitch(current, 'supportUrl', saved.support?.url ?? '', to))
        }
      />
      <div className="setting">
        <div className="setting-words">
          <span className="setting-label">{texts.hints.label}</span>
          <p className="fine">{texts.hints.hint}</p>
        </div>
        <div className="setting-field">
          <button type="button" className="button small" onClick={() => setEditing(true)}>
            {mayEdit ? texts.hints.edit(hints) : texts.hints.show(hints)}
          </button>
          {hintFault !== undefined && (
            <p className="field-fault">
              <ProblemText problem={hintFault} />
            </p>
          )}
        </div>
      </div>
      {editing && <HintsDialog saved={saved} mayEdit={mayEdit} onClose={() => setEditing(false)} />}
    </details>
  );
}

function Line({
  label,
  hint,
  value,
  type = 'text',
  maxLength,
  fault,
  disabled,
  onChange,
}: {
  label: string;
  hint: string;
  value: string;
  type?: 'text' | 'url';
  maxLength: number;
  fault: Problem | undefined;
  disabled: boolean;
  onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <div className="setting">
      <div className="setting-words">
        <label className="setting-label" htmlFor={id}>
          {label}
        </label>
        <p className="fine" id={`${id}-hint`}>
          {hint}
        </p>
      </div>
      <div className="setting-field">
        <input
          id={id}
          type={type}
          className="field"
          value={value}
          disabled={disabled}
          maxLength={maxLength}
          autoComplete="off"
          aria-describedby={`${id}-hint`}
          aria-invalid={fault !== undefined}
          aria-errormessage={fault === undefined ? undefined : `${id}-fault`}
          onChange={({ target }) => onChange(target.value)}
        />
        {fault !== undefined && (
          <p className="field-fault" id={`${id}-fault`} role="alert">
            <ProblemText problem={fault} />
          </p>
        )}
      </div>
    </div>
  );
}
