import { useId } from 'react';
import { useStore } from 'zustand';
import { Card } from '../../../ui/components/card.tsx';
import { Choice } from '../../../ui/components/choice.tsx';
import { ProblemText } from '../../../ui/components/problem-note.tsx';
import { Toggle } from '../../../ui/components/toggle.tsx';
import { useTexts } from '../../hooks.ts';
import { withSwitch } from '../../stores/draft.ts';
import type { Saved } from '../../stores/registry-access.ts';
import { localTime } from './local-time.ts';
import { SupportSettings } from './support-settings.tsx';
import { useRegistryAccess } from './use-registry-access.ts';

/** Whether the list applies, how, and whom people ask. */
export function SettingsCard({ saved, mayEdit }: { saved: Saved; mayEdit: boolean }) {
  const registryAccess = useRegistryAccess();
  const { registryAccess: texts } = useTexts();
  const { draft, faults } = useStore(registryAccess.store);
  const contactField = useId();
  const enabled = draft.enabled?.to ?? saved.enabled;
  const mode = draft.mode?.to ?? saved.mode;
  const contact = draft.contact?.to ?? saved.contact ?? '';
  const fault = faults.get('contact');
  const hint = texts.hint[enabled ? mode : 'off'];

  return (
    <Card
      title={texts.title}
      heading={1}
      aside={
        <Toggle
          label={texts.restrictions}
          on={enabled}
          text={enabled ? texts.on : texts.off}
          disabled={!mayEdit}
          onChange={(on) => registryAccess.edit((current) => withSwitch(current, 'enabled', saved.enabled, on))}
        />
      }
    >
      <p className="lead">
        {hint}
        {!mayEdit && ` ${texts.readOnly}`}
      </p>
      <div className="settings">
        <div className="setting">
          <span className="setting-label">{texts.mode}</span>
          <Choice
            label={texts.mode}
            value={mode}
            disabled={!mayEdit || !enabled}
            options={[
              ['enforce', texts.enforce],
              ['audit', texts.audit],
            ]}
            onChange={(value) =>
              registryAccess.edit((current) => {
                // A date that was not saved yet goes with the mode that it was for.
                const kept = value === 'audit' ? current : withSwitch(current, 'enforceFrom', '', '');
                return withSwitch(kept, 'mode', saved.mode, value);
              })
            }
          />
        </div>
        {enabled && mode === 'audit' && <EnforceFrom saved={saved} mayEdit={mayEdit} />}
        <div className="setting">
          <div className="setting-words">
            <label className="setting-label" htmlFor={contactField}>
              {texts.contact}
            </label>
            <p className="fine" id={`${contactField}-hint`}>
              {texts.contactHint}
            </p>
          </div>
          <div className="setting-field">
            <input
              id={contactField}
              className="field"
              value={contact}
              disabled={!mayEdit}
              maxLength={120}
              autoComplete="off"
              aria-describedby={`${contactField}-hint`}
              aria-invalid={fault !== undefined}
              aria-errormessage={fault === undefined ? undefined : `${contactField}-fault`}
              onChange={({ target: { value } }) =>
                registryAccess.edit((current) => withSwitch(current, 'contact', saved.contact ?? '', value))
              }
            />
            {fault !== undefined && (
              <p className="field-fault" id={`${contactField}-fault`} role="alert">
                <ProblemText problem={fault} />
              </p>
            )}
          </div>
        </div>
        <SupportSettings saved={saved} mayEdit={mayEdit} />
      </div>
    </Card>
  );
}

/** When the hub begins to block by itself, in the reader's time. */
function EnforceFrom({ saved, mayEdit }: { saved: Saved; mayEdit: boolean }) {
  const registryAccess = useRegistryAccess();
  const { registryAccess: texts } = useTexts();
  const { draft, faults } = useStore(registryAccess.store);
  const field = useId();
  const before = saved.enforceFrom ?? '';
  const fault = faults.get('enforceFrom');
  return (
    <div className="setting">
      <div className="setting-words">
        <label className="setting-label" htmlFor={field}>
          {texts.enforceFrom}
        </label>
        <p className="fine" id={`${field}-hint`}>
          {texts.enforceFromHint}
        </p>
      </div>
      <div className="setting-field">
        <input
          id={field}
          type="datetime-local"
          className="field"
          value={localTime(draft.enforceFrom?.to ?? before)}
          disabled={!mayEdit}
          aria-describedby={`${field}-hint`}
          aria-invalid={fault !== undefined}
          aria-errormessage={fault === undefined ? undefined : `${field}-fault`}
          onChange={({ target: { value } }) => {
            const at = value === '' ? '' : new Date(value).toISOString();
            // The minute that is shown is the one that is saved already.
            const to = localTime(before) === value ? before : at;
            registryAccess.edit((current) => withSwitch(current, 'enforceFrom', before, to));
          }}
        />
        {fault !== undefined && (
          <p className="field-fault" id={`${field}-fault`} role="alert">
            <ProblemText problem={fault} />
          </p>
        )}
      </div>
    </div>
  );
}
