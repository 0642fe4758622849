import { useEffect, useId, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { withPort } from '../../../shared/hosts/host-name.ts';
import {
  circumstancesOf,
  describeExplanation,
  type Verdict,
  verdictOf,
} from '../../../shared/messages/describe-explanation.ts';
import { organizationOf } from '../../../shared/messages/describe-state.ts';
import type { Words } from '../../../shared/messages/words.ts';
import type { Explanation } from '../../../shared/schemas/ipc-schema.ts';
import { summaryOf } from '../../../shared/state/derive-state.ts';
import { Card } from '../../ui/components/card.tsx';
import { CopyButton } from '../../ui/components/copy-button.tsx';
import { Icon } from '../../ui/components/icon.tsx';
import { Path } from '../../ui/components/path.tsx';
import { ProblemNote } from '../../ui/components/problem-note.tsx';
import { useWords } from '../../ui/words.ts';
import { useConnected, usePanel, useSnapshot } from '../hooks.ts';
import { RequestButton, RequestStatus } from '../requests/request-access.tsx';

/** "May I pull this?": the question a refusal raises, answered in words. */
export function CheckCard() {
  const input = useRef<HTMLInputElement>(null);
  const panel = usePanel();
  const connected = useConnected();
  const { panel: words } = useWords();
  const state = useStore(panel.explain.store);
  const [subject, setSubject] = useState(state.subject);
  const [asked, setAsked] = useState(state.subject);
  // Somebody else asked: a "Why?" elsewhere, the tray.
  if (asked !== state.subject) {
    setAsked(state.subject);
    setSubject(state.subject);
  }
  const field = useId();
  const hint = useId();
  // A button that was pressed elsewhere is gone, or far away: focus and sight follow to where the answer stands.
  useEffect(() => {
    if (!state.summoned) return;
    panel.explain.arrived();
    input.current?.focus({ preventScroll: true });
    input.current?.select();
    input.current?.closest('section')?.scrollIntoView({ block: 'start' });
  }, [state.summoned, panel]);
  return (
    <Card title={words.check.title} className="check">
      <search>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            panel.explain.ask(subject);
          }}
        >
          <label className="visually-hidden" htmlFor={field}>
            {words.check.label}
          </label>
          <div className="field-row">
            <input
              ref={input}
              id={field}
              className="field mono"
              value={subject}
              onChange={(event) => setSubject(event.target.value)}
              aria-describedby={hint}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              maxLength={1024}
              placeholder="ghcr.io/acme/app:1.2"
            />
            <button type="submit" className="button" disabled={!connected}>
              {words.check.ask}
            </button>
          </div>
          <p id={hint} className="fine">
            {words.check.hint}
          </p>
        </form>
      </search>
      <div role="status" aria-busy={state.asking} className="answer-slot">
        {state.problem !== null && <ProblemNote problem={state.problem} />}
        {state.answer !== null && <Answer answer={state.answer} />}
      </div>
    </Card>
  );
}

const VERDICTS: Record<Verdict, (words: Words['panel']['check']) => string> = {
  allowed: ({ allowed }) => allowed,
  blocked: ({ blocked }) => blocked,
  audited: ({ audited }) => audited,
  listed: ({ listed }) => listed,
  'not-listed': ({ notListed }) => notListed,
};

function Answer({ answer }: { answer: Explanation }) {
  const words = useWords();
  const { check, view } = words.panel;
  const snapshot = useSnapshot();
  const org = organizationOf(snapshot);
  const policy = snapshot.policy === null ? null : summaryOf(snapshot.policy);
  const circumstances = circumstancesOf(snapshot, words);
  const { contact } = circumstances;
  const { sentence, next } = describeExplanation(answer, circumstances, words);
  // Without the filter's own word this is what the list says; what passes is nothing.
  const isInForce = answer.generation !== null;
  const needed = answer.mayNeed.filter(({ rarely }) => !rarely);
  const isManaged = answer.hosts.every(({ engine }) => engine.reason !== 'not-managed');
  // A button says it better than a sentence.
  const offersRequest = snapshot.requests?.unavailable === null;
  const notListed = answer.hosts.some(({ engine }) => engine.reason === 'not-in-policy');
  return (
    <div
      className={`answer tone-${answer.allowed && isInForce && needed.length === 0 ? 'green' : 'amber'}`}
      data-allowed={answer.allowed}
      data-in-force={isInForce}
    >
      <p className="answer-line">
        <Icon name={answer.allowed ? 'check' : 'cross'} />
        <strong>{VERDICTS[verdictOf(answer)](check)}</strong>
        <Path of={answer.readAs ?? answer.subject} />
      </p>
      {!isInForce && isManaged && <p className="answer-caution">{check.withoutFilter}</p>}
      <p>
        {sentence} {notListed && offersRequest ? null : next}
      </p>
      {answer.mayNeed.map(({ host, rarely, note }) => (
        <p key={host} className={rarely ? 'fine' : undefined}>
          <span className={rarely ? undefined : 'answer-caution'}>
            {rarely ? check.notAllowedWith : check.mayNeed} <code>{host}</code>.
          </span>{' '}
          {note?.[words.language]}
        </p>
      ))}
      <table className="hosts">
        <thead>
          <tr>
            <th scope="col">{check.host}</th>
            <th scope="col">{view.engine}</th>
            <th scope="col">{view.workload}</th>
          </tr>
        </thead>
        <tbody>
          {answer.hosts.map(({ host, port, engine, workload }) => (
            <tr key={`${host}:${port}`}>
              <th scope="row">
                <Path of={withPort(host, port)} />
              </th>
              <td>
                <CheckResult {...engine} />
              </td>
              <td>
                <CheckResult {...workload} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {notListed && (
        <div className="actions">
          {offersRequest ? (
            <>
              <RequestStatus host={toRequest(answer)} />
              <RequestButton subject={answer.readAs ?? answer.subject} host={toRequest(answer)} />
            </>
          ) : (
            <>
              <CopyButton
                className="button small"
                label={check.copyRequest}
                text={() =>
                  check.request(answer.readAs ?? answer.subject, org, answer.registry, policy?.revision ?? null)
                }
              />
              {contact !== null && <span className="fine">{check.contact(contact)}</span>}
            </>
          )}
        </div>
      )}
    </div>
  );
}

/** The registry, or the host of it that alone is blocked. */
function toRequest({ hosts, registry }: Explanation): string {
  const blocked = hosts.find(({ engine }) => !engine.allowed || engine.wouldDeny);
  return blocked === undefined || blocked === hosts[0] ? registry : withPort(blocked.host, blocked.port);
}

function CheckResult({ allowed, wouldDeny }: { allowed: boolean; wouldDeny?: boolean | undefined }) {
  const { check } = useWords().panel;
  return (
    <span className={`verdict ${allowed ? 'is-allowed' : 'is-refused'}`}>
      <Icon name={allowed ? 'check' : 'cross'} />
      {wouldDeny ? check.wouldBlock : allowed ? check.allowed : check.blocked}
    </span>
  );
}
