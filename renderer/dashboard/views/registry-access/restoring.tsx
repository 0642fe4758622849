import type { SettingsChange } from '../../../../shared/schemas/hub/changes.ts';
import { useTexts } from '../../hooks.ts';
import { ChangeList } from './change-list.tsx';

/** Names what comes back, what goes, and which settings change with it. */
export function Restoring({ changes }: { changes: readonly SettingsChange[] }) {
  const { registryAccess: texts } = useTexts();
  const { history } = texts;
  const added = changes.filter(({ kind }) => /^(?:grant-)?added$/.test(kind));
  const removed = changes.filter(({ kind }) => /^(?:grant-)?removed$/.test(kind));
  const others = changes.filter(({ kind }) => !/^(?:grant-)?(?:added|removed)$/.test(kind));
  if (changes.length === 0) return <p>{history.same}</p>;
  return (
    <div className="previewed">
      {added.length > 0 && (
        <div>
          <p>{history.returns(added.length)}</p>
          <ChangeList changes={added} />
        </div>
      )}
      {removed.length > 0 && (
        <div>
          <p>{history.goes(removed.length)}</p>
          <ChangeList changes={removed} />
        </div>
      )}
      {others.length > 0 && (
        <div>
          <p>{history.switches}</p>
          <ChangeList changes={others} />
        </div>
      )}
    </div>
  );
}
