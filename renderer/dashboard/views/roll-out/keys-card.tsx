import { useState } from 'react';
import { useStore } from 'zustand';
import type { RollOut } from '../../../../shared/schemas/hub/roll-out.ts';
import { Card } from '../../../ui/components/card.tsx';
import { CopyButton } from '../../../ui/components/copy-button.tsx';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { When } from '../../../ui/components/when.tsx';
import { Confirm } from '../../components/confirm.tsx';
import { useDashboard, useExpired, useMay, useTexts } from '../../hooks.ts';
import type { RollOutStore } from '../../stores/roll-out.ts';

type Keys = RollOut['keys'];

/** The keys that machines are given, and their replacement step by step. */
export function KeysCard({ store, keys }: { store: RollOutStore; keys: Keys }) {
  const { rollOut } = useTexts();
  return (
    <Card title={rollOut.keys}>
      <p className="lead">{rollOut.keysLead}</p>
      <ul className="plain keys">
        {keys.map(({ kid, state, until }) => (
          <li key={kid}>
            <p>
              <span className={`chip ${state === 'signing' ? 'tone-green' : ''}`}>{rollOut.keyState[state]}</span>
            </p>
            <p className="thumbprint">
              <code translate="no" title={rollOut.thumbprint}>
                {kid}
              </code>
              <CopyButton text={() => kid} label={rollOut.copyThumbprint} className="icon-button" iconOnly />
            </p>
            {until !== null && (
              <p className="fine">
                {rollOut.keyUntil} <When at={Date.parse(until)} direction="future" shown="exact" />
              </p>
            )}
          </li>
        ))}
      </ul>
      <Replacement store={store} keys={keys} />
    </Card>
  );
}

function Replacement({ store, keys }: { store: RollOutStore; keys: Keys }) {
  const { rollOut } = useTexts();
  const isOwner = useMay('owner');
  const next = keys.find(({ state }) => state === 'announced');
  const isRetiring = keys.some(({ state }) => state === 'retiring');
  // The second step, on the machines, is done elsewhere and by nobody who would tell: it counts as open until the key signs.
  const at = next !== undefined ? 1 : isRetiring ? 3 : 0;
  return (
    <details className="replacement folded" open={at > 0}>
      <summary>{rollOut.replace}</summary>
      <ol>
        {rollOut.replaceSteps.map((step, index) => (
          <li key={step} className={index < at ? 'done' : index === at ? 'now' : undefined}>
            {at > 0 && index < at && <span className="visually-hidden">{rollOut.stepDone} </span>}
            {at > 0 && index === at && <span className="visually-hidden">{rollOut.stepNow} </span>}
            {step}
          </li>
        ))}
      </ol>
      {isOwner ? <Actions store={store} next={next?.kid ?? null} /> : <p className="fine">{rollOut.ownersOnly}</p>}
    </details>
  );
}

function Actions({ store, next }: { store: RollOutStore; next: string | null }) {
  const { rollOut, shell } = useTexts();
  const dashboard = useDashboard();
  const expired = useExpired();
  const announcing = useStore(store.announce.store);
  const using = useStore(store.use.store);
  const [asking, setAsking] = useState(false);
  const failure = [announcing, using].find((task) => task.phase === 'failed');
  const running = announcing.phase === 'running' || using.phase === 'running';
  return (
    <>
      {failure?.phase === 'failed' && <ProblemNote problem={failure.problem} />}
      <div className="actions">
        {failure?.phase === 'failed' && failure.problem.code === 'fresh-sign-in-required' && (
          <button type="button" className="button primary" onClick={() => dashboard.signIn(true)}>
            {shell.freshNeeded}
          </button>
        )}
        {next === null ? (
          <button type="button" className="button" disabled={running || expired} onClick={() => store.announce.run()}>
            {rollOut.announce}
          </button>
        ) : (
          <button type="button" className="button" disabled={running || expired} onClick={() => setAsking(true)}>
            {rollOut.use}
          </button>
        )}
      </div>
      {asking && next !== null && (
        <Confirm
          title={rollOut.useTitle}
          confirm={rollOut.use}
          onConfirm={() => store.use.run(next)}
          onClose={() => setAsking(false)}
        >
          <p>{rollOut.useText}</p>
        </Confirm>
      )}
    </>
  );
}
