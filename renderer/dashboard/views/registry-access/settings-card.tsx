import { useId } from 'react';
import { useStore } from 'zustand';
import { Card } from '../../../ui/components/card.tsx';
import { Choice } from '../../../ui/components/choice.tsx';
import { ProblemText } from '../../../ui/components/problem-note.tsx';
import { Toggle } from '../../../ui/components/toggle.tsx';
import { useTexts } from '../../hooks.ts';
import { withSwitch } from '../../stores/draft.ts';
import type { Saved } from '../../stores/registry-access.ts';
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
            onChange={(value) => registryAccess.edit((current) => withSwitch(current, 'mode', saved.mode, value))}
          />
        </div>
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
              <p className="field-fault" id={`${contactField}-fault`}>
                <ProblemText problem={fault} />
              </p>
            )}
          </div>
        </div>
      </div>
    </Card>
  );
}
