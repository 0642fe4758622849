import { useEffect, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { diffSettings } from '../../../../shared/lists/diff-settings.ts';
import { Icon } from '../../../ui/components/icon.tsx';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { Confirm } from '../../components/confirm.tsx';
import { useDashboard, useExpired, useTexts } from '../../hooks.ts';
import { countsOf, isEmpty, settingsWith } from '../../stores/draft.ts';
import type { Saved } from '../../stores/registry-access.ts';
import { ChangeList } from './change-list.tsx';
import { PreviewDialog } from './preview-dialog.tsx';
import { useRegistryAccess } from './use-registry-access.ts';
import { warningsOf } from './warnings.ts';

/** What is staged, what that does, and the way to save it. It stays in sight as long as there is something. */
export function ChangeBar({ saved }: { saved: Saved }) {
  const dashboard = useDashboard();
  const registryAccess = useRegistryAccess();
  const { registryAccess: texts } = useTexts();
  const { draft, busy, problem, conflict, done } = useStore(registryAccess.store);
  const expired = useExpired();
  const [discarding, setDiscarding] = useState(false);
  const [listing, setListing] = useState(false);
  const [previewing, setPreviewing] = useState(false);
  const wanted = useMemo(() => settingsWith(saved, draft), [saved, draft]);
  const warnings = warningsOf(saved, wanted);
  const empty = isEmpty(draft);
  const counts = countsOf(draft);
  const saving = busy === 'saving';
  const report = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    // The button that had the focus is gone.
    if (done !== null && document.activeElement === document.body) report.current?.focus();
  }, [done]);

  return (
    <div className="change-bar" data-shown={!empty || done !== null || problem !== null}>
      <div className="card">
        {warnings.map((warning) => (
          <div className="note tone-amber" key={warning}>
            <Icon name="warning" />
            <p>{texts.warnings[warning]}</p>
          </div>
        ))}
        {problem !== null && (
          <div role="alert">
            <ProblemNote problem={problem} tone="red" />
            {problem.code === 'fresh-sign-in-required' && (
              <button type="button" className="button small" onClick={() => void dashboard.signIn(true)}>
                {texts.enterPassword}
              </button>
            )}
          </div>
        )}
        {done?.notices.map((notice) => (
          <ProblemNote key={notice.message} problem={notice} />
        ))}
        {!empty && listing && <AllChanges before={saved} after={wanted} />}
        <div className="change-row">
          <div className="change-said">
            <p role="status" ref={report} tabIndex={-1}>
              {saving
                ? texts.saving
                : empty
                  ? done !== null && (
                      <>
                        <Icon name="check" /> {texts.saved(done.revision)}
                      </>
                    )
                  : texts.summary({ ...counts, switches: counts.switches.length })}
            </p>
            {!empty && (
              <button
                type="button"
                className="button aside"
                aria-expanded={listing}
                onClick={() => setListing(!listing)}
              >
                {listing ? texts.hideChanges : texts.showChanges}
              </button>
            )}
          </div>
          {!empty && (
            <div className="actions">
              <button type="button" className="button quiet" disabled={saving} onClick={() => setDiscarding(true)}>
                {texts.discard}
              </button>
              <button
                type="button"
                className="button"
                disabled={saving || expired || conflict !== null}
                onClick={() => setPreviewing(true)}
              >
                {texts.preview}
              </button>
              <button
                type="button"
                className="button primary"
                disabled={saving || expired || conflict !== null}
                onClick={() => void registryAccess.save()}
              >
                {texts.save}
              </button>
            </div>
          )}
        </div>
      </div>
      {discarding && (
        <Confirm
          title={texts.discardAsk.headline}
          confirm={texts.discardAsk.confirm}
          onConfirm={() => registryAccess.discard()}
          onClose={() => setDiscarding(false)}
        >
          <p>{texts.summary({ ...counts, switches: counts.switches.length })}</p>
        </Confirm>
      )}
      {previewing && <PreviewDialog onClose={() => setPreviewing(false)} />}
    </div>
  );
}

function AllChanges({ before, after }: { before: Saved; after: Parameters<typeof diffSettings>[1] }) {
  const changes = useMemo(() => diffSettings(before, after).changes, [before, after]);
  return <ChangeList changes={changes} />;
}
