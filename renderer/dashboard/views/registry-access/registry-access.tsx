import { useEffect } from 'react';
import { useStore } from 'zustand';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { useExpired, useMay, useTexts } from '../../hooks.ts';
import { AddCard } from './add-card.tsx';
import { ChangeBar } from './change-bar.tsx';
import { ConflictCard } from './conflict-card.tsx';
import { RegistryTable } from './registry-table.tsx';
import { SettingsCard } from './settings-card.tsx';
import { useRegistryAccess } from './use-registry-access.ts';

/** Which registries the organization allows, and how that applies. */
export function RegistryAccess() {
  const registryAccess = useRegistryAccess();
  const { shell, registryAccess: texts } = useTexts();
  const { saved, problem, conflict, draft } = useStore(registryAccess.store);
  const expired = useExpired();
  const mayEdit = useMay('registry-manager');

  useEffect(() => {
    if (expired) return;
    void registryAccess.refresh();
    const look = () => {
      if (document.visibilityState === 'visible') void registryAccess.refresh();
    };
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [registryAccess, expired]);

  if (saved === null) {
    return (
      <>
        <h1 className="visually-hidden">{texts.title}</h1>
        {problem === null ? (
          <p className="waiting" role="status">
            {shell.loading}
          </p>
        ) : (
          <>
            <ProblemNote problem={problem} />
            <div className="actions">
              <button type="button" className="button" onClick={() => void registryAccess.refresh()}>
                {shell.tryAgain}
              </button>
            </div>
          </>
        )}
      </>
    );
  }
  return (
    <>
      {conflict !== null && <ConflictCard key={conflict.theirs.revision} conflict={conflict} draft={draft} />}
      <div className="columns registry-access">
        <div className="column">
          <SettingsCard saved={saved} mayEdit={mayEdit} />
          <RegistryTable saved={saved} mayEdit={mayEdit} />
        </div>
        {mayEdit && (
          <div className="sticky">
            <AddCard saved={saved} />
          </div>
        )}
      </div>
      {mayEdit && <ChangeBar saved={saved} />}
    </>
  );
}
