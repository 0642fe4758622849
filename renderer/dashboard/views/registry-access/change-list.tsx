import type { SettingsChange } from '../../../../shared/schemas/hub/changes.ts';
import { useTexts } from '../../hooks.ts';

/** What a change does, one line each. */
export function ChangeList({ changes }: { changes: readonly SettingsChange[] }) {
  const { registryAccess: texts } = useTexts();
  if (changes.length === 0) return <p className="fine">{texts.conflict.none}</p>;
  return (
    <ul className="plain change-list">
      {changes.map((change) => {
        const text = texts.change(change);
        return (
          <li key={text} data-kind={change.kind}>
            {text}
          </li>
        );
      })}
    </ul>
  );
}
