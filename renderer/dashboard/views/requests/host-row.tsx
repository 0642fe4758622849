import { useState } from 'react';
import { problem as problemOf } from '../../../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../../../shared/problems/problem.ts';
import type { RequestedHost } from '../../../../shared/schemas/hub/requests.ts';
import { Icon } from '../../../ui/components/icon.tsx';
import { ProblemNote, ProblemText } from '../../../ui/components/problem-note.tsx';
import { When } from '../../../ui/components/when.tsx';
import { useWords } from '../../../ui/words.ts';
import { useMay, useTexts } from '../../hooks.ts';
import { useRequests } from './use-requests.ts';

/** One host: who asks for it and why, what there is to know about it, and what can be decided. */
export function HostRow({
  row,
  onDecide,
  onSaid,
}: {
  row: RequestedHost;
  onDecide: () => void;
  onSaid: (sentence: string) => void;
}) {
  const { requests: texts } = useTexts();
  const mayDecide = useMay('registry-manager');
  const { host, unicode, name, people, blocked, decision, asked } = row;
  const [first] = asked;
  return (
    <li className="request-row">
      <div className="request-head">
        <h2 className="mono">{host}</h2>
        {name !== undefined && <span className="chip">{name}</span>}
        {unicode !== undefined && <span className="fine">{texts.inLetters(unicode)}</span>}
        {people > 0 && (
          <span className="request-people">
            {decision === undefined ? texts.people(people) : texts.peopleAsked(people)}
          </span>
        )}
        {blocked !== null && <span className="fine">{texts.blockedFor(blocked.people, blocked.machines)}</span>}
      </div>
      <Warnings row={row} />
      {decision !== undefined && <Decision row={row} decision={decision} />}
      {first !== undefined && people === 1 && <Asked asked={first} />}
      {people > 1 && (
        <details>
          <summary>
            {texts.everybody(people)}
            {first?.reason !== undefined && <span className="fine">{texts.quoted(first.reason)}</span>}
          </summary>
          <ul className="plain asked">
            {asked.map((one) => (
              <li key={one.id}>
                <Asked asked={one} />
              </li>
            ))}
          </ul>
          {people > asked.length && <p className="fine">{texts.andMore(people - asked.length)}</p>}
        </details>
      )}
      {mayDecide && decision === undefined && <Actions row={row} onDecide={onDecide} onSaid={onSaid} />}
    </li>
  );
}

function Asked({ asked: { username, name, teams, subject, reason, at } }: { asked: RequestedHost['asked'][number] }) {
  const { requests: texts } = useTexts();
  return (
    <div className="asked-by">
      <p>
        <strong>{name ?? username}</strong>{' '}
        <span className="fine">
          {name !== undefined && `${username} · `}
          {teams.length > 0 && `${teams.join(', ')} · `}
          <When at={Date.parse(at)} direction="past" />
        </span>
      </p>
      {reason === undefined ? <p className="fine">{texts.noReason}</p> : <p dir="auto">{texts.quoted(reason)}</p>}
      {subject !== undefined && <code className="subject">{subject}</code>}
    </div>
  );
}

/** What makes an owner look twice; nothing is ticked then. */
export function Warnings({ row: { host, lookAlike, notices } }: { row: RequestedHost }) {
  const { requests: texts } = useTexts();
  return (
    <>
      {lookAlike !== null && (
        <p className="note tone-red">
          <Icon name="warning" />
          <span>{texts.lookAlike(host, lookAlike)}</span>
        </p>
      )}
      {notices.map((notice) => (
        <p key={notice.code} className="note tone-amber">
          <Icon name="warning" />
          <span>
            <ProblemText problem={notice} shown="message" />
          </span>
        </p>
      ))}
    </>
  );
}

function Decision({ row, decision }: { row: RequestedHost; decision: NonNullable<RequestedHost['decision']> }) {
  const { requests: texts } = useTexts();
  const { time } = useWords();
  const { kind, by, at, until, teams = [], use = '', reason = '', addresses = [], revision } = decision;
  const what = {
    allow: texts.decided.allow(
      addresses.filter((address) => address !== row.host),
      until === undefined ? null : time.exact(Date.parse(until)),
      teams,
    ),
    mirror: texts.decided.mirror(use),
    decline: texts.decided.decline(reason),
  }[kind];
  return (
    <p className="request-decision">
      {what}{' '}
      <span className="fine">
        {texts.decidedBy(by)} · <When at={Date.parse(at)} direction="past" />
        {revision !== null && ` · ${texts.revision(revision)}`}
      </span>
    </p>
  );
}

/** Allowing what is plain takes one press; everything else is looked at first. */
function Actions({
  row,
  onDecide,
  onSaid,
}: {
  row: RequestedHost;
  onDecide: () => void;
  onSaid: (sentence: string) => void;
}) {
  const requests = useRequests();
  const { requests: texts } = useTexts();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const { host, needs } = row;
  const addresses = needs.filter(({ preselected }) => preselected).map(({ address }) => address);

  async function allow(): Promise<void> {
    setBusy(true);
    setProblem(null);
    try {
      await requests.decide({ host, decision: { kind: 'allow', addresses } });
      onSaid(texts.said.allowed(addresses.join(', ')));
    } catch (error) {
      setProblem(asProblem(error, problemOf('dashboard-bad-answer')));
    } finally {
      setBusy(false);
    }
  }
  return (
    <>
      <div className="actions">
        {addresses.length > 0 && (
          <button
            type="button"
            className="button small primary"
            aria-disabled={busy}
            aria-label={texts.allowOne(addresses.join(', '))}
            onClick={() => {
              if (!busy) void allow();
            }}
          >
            {addresses.includes(host) ? texts.allow : texts.allowOne(addresses.join(', '))}
          </button>
        )}
        <button type="button" className="button small" aria-label={texts.decideOn(host)} onClick={onDecide}>
          {texts.decide}
        </button>
      </div>
      {problem !== null && <ProblemNote problem={problem} tone="red" />}
    </>
  );
}
