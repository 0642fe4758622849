import { useState } from 'react';
import { detailIn } from '../../../../shared/activity/details.ts';
import { When } from '../../../ui/components/when.tsx';
import { useWords } from '../../../ui/words.ts';
import { useMay, useTexts } from '../../hooks.ts';
import type { ActivityItem } from '../../stores/activity.ts';
import { ChangeList } from '../registry-access/change-list.tsx';
import { UndoDialog } from './undo-dialog.tsx';

/** What made a revision, so that the one before can come back. */
const REVISED = new Set(['settings.changed', 'settings.restored', 'settings.enforced']);

export function ActivityEntry({ item, onUndone }: { item: ActivityItem; onUndone: () => void }) {
  const { activity: texts } = useTexts();
  const { language } = useWords();
  const mayUndo = useMay('registry-manager');
  const [undoing, setUndoing] = useState(false);
  const { actor, action, at, revision, diff, details, changes } = item;
  const isRevision = REVISED.has(action) && revision > 1;
  return (
    <li>
      <div className="change-row">
        <p>
          <strong className="activity-actor">{texts.actor(actor)}</strong> <span>{texts.action(action)}</span>{' '}
          <span className="fine">
            <When at={Date.parse(at)} direction="past" />
          </span>
        </p>
        {isRevision && (
          <span className="actions">
            <span className="chip">{texts.revision(revision)}</span>
            {mayUndo && (
              <button
                type="button"
                className="button small"
                aria-label={texts.undoOne(revision)}
                onClick={() => setUndoing(true)}
              >
                {texts.undo}
              </button>
            )}
          </span>
        )}
      </div>
      {diff !== undefined && diff.length > 0 ? (
        <ChangeList changes={diff} />
      ) : (
        <ul className="plain change-list">
          {changes.map((change, index) => {
            const detail = details?.[index];
            const phrase = detail === undefined ? null : detailIn(language, detail);
            return (
              <li key={change} lang={phrase === null ? 'en' : undefined}>
                {phrase ?? change}
              </li>
            );
          })}
        </ul>
      )}
      {undoing && <UndoDialog revision={revision} onUndone={onUndone} onClose={() => setUndoing(false)} />}
    </li>
  );
}
