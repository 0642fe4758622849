import { useEffect } from 'react';
import { useStore } from 'zustand';
import { nameList } from '../../../shared/messages/name-list.ts';
import { whoseProof } from '../../../shared/messages/whose-proof.ts';
import type { GrantRow } from '../../../shared/schemas/ipc-schema.ts';
import { Card } from '../../ui/components/card.tsx';
import { ProblemNote, ProblemText } from '../../ui/components/problem-note.tsx';
import { When } from '../../ui/components/when.tsx';
import { useNow } from '../../ui/hooks.ts';
import { useWords } from '../../ui/words.ts';
import { usePanel, useSnapshot } from '../hooks.ts';
import { lineOf, PAGE_SIZE } from '../stores/long-list.ts';

/** What is allowed beside the list, until a time or for a team: what counts here and ends first comes first. Nothing where there is none. */
export function GrantsCard() {
  const { grants } = usePanel();
  const words = useWords();
  const { grants: texts, registries } = words.panel;
  const snapshot = useSnapshot();
  const state = useStore(grants.store);
  const now = useNow();
  useEffect(() => grants.show(0, PAGE_SIZE), [grants]);
  const rows = Array.from({ length: Math.min(state.total, PAGE_SIZE) }, (_, index) => lineOf(state, index)).filter(
    (row) => row !== null && (row.until === null || row.until > now),
  );
  if (rows.length === 0 && state.problem === null) return null;
  const anothers = whoseProof(snapshot, words);
  return (
    <Card title={texts.title} className="grants">
      {state.problem !== null && <ProblemNote problem={state.problem} />}
      {snapshot.state.traffic === 'deny' && <p className="fine">{registries.withoutEffect}</p>}
      {anothers !== null && <p className="answer-caution">{anothers}</p>}
      <ul className="grant-list">{rows.map((row) => row !== null && <Grant key={JSON.stringify(row)} row={row} />)}</ul>
      {state.total > PAGE_SIZE && <p className="fine">{texts.more(state.total - PAGE_SIZE)}</p>}
    </Card>
  );
}

function Grant({ row }: { row: GrantRow }) {
  const words = useWords();
  const { grants: texts } = words.panel;
  const name = row.nickname ?? row.known;
  return (
    <li className="grant">
      <span className="registry-words">
        <span className="registry-name">{name ?? row.address}</span>
        {name !== null && <code className="registry-address">{row.address}</code>}
      </span>
      {row.problem !== null && <span className="chip tone-amber">{texts.noEffect}</span>}
      {row.problem === null && !row.counts && <span className="chip">{texts.notYours}</span>}
      <span className="fine block">
        {row.teams !== null && <>{texts.forTeams(nameList(row.teams, 'conjunction', words), row.teams.length)}. </>}
        {row.until !== null && (
          <>
            {texts.ends} <When at={row.until} direction="future" />
          </>
        )}
        {row.problem !== null && <ProblemText problem={row.problem} />}
      </span>
    </li>
  );
}
