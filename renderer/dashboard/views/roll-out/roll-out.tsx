import { useEffect } from 'react';
import { useStore } from 'zustand';
import { Card } from '../../../ui/components/card.tsx';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { useKept, useTexts } from '../../hooks.ts';
import { createRollOut } from '../../stores/roll-out.ts';
import { CheckCard } from './check-card.tsx';
import { FilesCard } from './files-card.tsx';
import { KeysCard } from './keys-card.tsx';

/** What an administrator puts on machines, and the keys that it pins. */
export function RollOut() {
  const { rollOut: texts, shell } = useTexts();
  const store = useKept('roll-out', ({ api }, organization) => createRollOut(api, organization.name));
  const state = useStore(store.state);
  // Somebody else may have announced a key meanwhile.
  useEffect(() => void store.load(), [store]);
  return (
    <>
      {state.kind === 'loading' && (
        <p className="waiting" role="status">
          {shell.loading}
        </p>
      )}
      {state.kind === 'failed' && (
        <Card title={texts.title} heading={1}>
          <ProblemNote problem={state.problem} />
          <div className="actions">
            <button type="button" className="button" onClick={() => store.load()}>
              {shell.tryAgain}
            </button>
          </div>
        </Card>
      )}
      {state.kind === 'loaded' && (
        <div className="columns">
          <FilesCard rollOut={state.rollOut} />
          <div className="roll-out-side">
            <KeysCard store={store} keys={state.rollOut.keys} />
            <CheckCard />
          </div>
        </div>
      )}
    </>
  );
}
