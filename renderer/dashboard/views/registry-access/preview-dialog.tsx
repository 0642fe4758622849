import { useEffect, useId, useRef, useState } from 'react';
import { problem as problemOf } from '../../../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../../../shared/problems/problem.ts';
import type { SettingsPreview } from '../../../../shared/schemas/hub/registry-access.ts';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { useTexts } from '../../hooks.ts';
import { ChangeList } from './change-list.tsx';
import { useRegistryAccess } from './use-registry-access.ts';

/** The hosts that saving would allow and block, as the server works them out. Nothing is saved. */
export function PreviewDialog({ onClose }: { onClose: () => void }) {
  const registryAccess = useRegistryAccess();
  const { shell, registryAccess: texts } = useTexts();
  const { previewed } = texts;
  const [preview, setPreview] = useState<SettingsPreview | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal();
    registryAccess.preview().then(setPreview, (error: unknown) => {
      setProblem(asProblem(error, problemOf('dashboard-bad-answer')));
    });
  }, [registryAccess]);
  const same =
    preview !== null &&
    [preview.removedHosts, preview.addedHosts, preview.revokedHosts, preview.grantedHosts].every(
      (of) => of === undefined || of.hosts.length === 0,
    );

  return (
    <dialog ref={dialog} className="wide" aria-labelledby={id} onClose={onClose}>
      <h2 id={id}>{previewed.headline}</h2>
      <div aria-live="polite" className="previewed">
        {problem !== null && <ProblemNote problem={problem} />}
        {problem === null && preview === null && <p className="fine">{shell.loading}</p>}
        {preview !== null && (
          <>
            <ChangeList changes={preview.changes} />
            <Hosts title={previewed.blocked} of={preview.removedHosts} tone="red" />
            <Hosts title={previewed.allowed} of={preview.addedHosts} tone="green" />
            {preview.revokedHosts !== undefined && (
              <Hosts title={previewed.revoked} of={preview.revokedHosts} tone="red" />
            )}
            {preview.grantedHosts !== undefined && (
              <Hosts title={previewed.granted} of={preview.grantedHosts} tone="green" />
            )}
            {same && <p>{previewed.same}</p>}
            <Usage usage={preview.usage} />
          </>
        )}
      </div>
      <div className="actions end">
        <button type="button" className="button" onClick={() => dialog.current?.close()}>
          {previewed.close}
        </button>
      </div>
    </dialog>
  );
}

/** Whom it concerns, as far as machines report it. */
function Usage({ usage }: { usage: SettingsPreview['usage'] }) {
  const { previewed } = useTexts().registryAccess;
  if (usage === null) return <p className="fine">{previewed.usage}</p>;
  const { newlyBlocked, newlyAllowed, days, machines } = usage;
  const isNothing = newlyBlocked.hosts.length + newlyAllowed.hosts.length === 0;
  return (
    <>
      <Used title={previewed.newlyBlocked} of={newlyBlocked} tone="red" />
      <Used title={previewed.newlyAllowed} of={newlyAllowed} tone="green" />
      {isNothing && <p>{previewed.nobodyNotices}</p>}
      <p className="fine">{previewed.measured(days, machines)}</p>
    </>
  );
}

function Used({
  title,
  of: { hosts, more, people, machines },
  tone,
}: {
  title: (hosts: number, people: number, machines: number) => string;
  of: NonNullable<SettingsPreview['usage']>['newlyBlocked'];
  tone: 'red' | 'green';
}) {
  const { previewed } = useTexts().registryAccess;
  if (hosts.length === 0) return null;
  return (
    <div>
      <h3>
        <span className={`chip tone-${tone}`}>{title(hosts.length + more, people, machines)}</span>
      </h3>
      <ul className="plain host-list">
        {hosts.map((one) => (
          <li key={one.host}>
            <code>{one.host}</code> <span className="fine">{previewed.users(one.people, one.machines)}</span>
          </li>
        ))}
        {more > 0 && <li className="fine">{previewed.more(more)}</li>}
      </ul>
    </div>
  );
}

function Hosts({
  title,
  of: { hosts, more },
  tone,
}: {
  title: (count: number) => string;
  of: SettingsPreview['addedHosts'];
  tone: 'red' | 'green';
}) {
  const { registryAccess: texts } = useTexts();
  if (hosts.length === 0) return null;
  return (
    <div>
      <h3>
        <span className={`chip tone-${tone}`}>{title(hosts.length + more)}</span>
      </h3>
      <ul className="plain host-list">
        {hosts.map((host) => (
          <li key={host}>
            <code>{host}</code>
          </li>
        ))}
        {more > 0 && <li className="fine">{texts.previewed.more(more)}</li>}
      </ul>
    </div>
  );
}
