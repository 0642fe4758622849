import { useId, useState } from 'react';
import { useStore } from 'zustand';
import type { DecideRequests, NeededHost, RequestedHost } from '../../../../shared/schemas/hub/requests.ts';
import { useWords } from '../../../ui/words.ts';
import { useTexts } from '../../hooks.ts';
import { FormDialog } from '../people/form-dialog.tsx';
import { TextField } from '../people/person-fields.tsx';
import { useSubmission } from '../people/use-people.ts';
import { Warnings } from './host-row.tsx';
import { useRequests } from './use-requests.ts';

type Kind = 'always' | 'limited' | 'mirror' | 'decline';
const KINDS: readonly Kind[] = ['always', 'limited', 'mirror', 'decline'];

/** What is typed. */
interface Form {
  readonly kind: Kind;
  readonly addresses: readonly string[];
  /** As the browser's field for a date and time has it: local. */
  readonly until: string;
  readonly teams: readonly string[];
  readonly use: string;
  readonly reason: string;
}

/** Decides about a host, for everybody who asks for it. */
export function DecideDialog({
  row,
  onSaid,
  onClose,
}: {
  row: RequestedHost;
  onSaid: (sentence: string) => void;
  onClose: () => void;
}) {
  const requests = useRequests();
  const { requests: texts } = useTexts();
  const teams = useStore(requests.store, (state) => state.teams);
  const submission = useSubmission();
  const { host, people, needs } = row;
  const [form, setForm] = useState<Form>({
    ...{ kind: 'always', until: '', teams: [], use: '', reason: '' },
    addresses: needs.filter(({ preselected }) => preselected).map(({ address }) => address),
  });
  const [tried, setTried] = useState(false);
  const change = (part: Partial<Form>): void => setForm((before) => ({ ...before, ...part }));
  const kinds = people === 0 ? KINDS.filter((kind) => kind !== 'decline') : KINDS;
  const decision = decisionOf(form);

  function send(): void {
    setTried(true);
    if (decision === null) return;
    void submission.run(async () => {
      await requests.decide({ host, decision });
      onSaid(
        decision.kind === 'allow' ? texts.said.allowed(form.addresses.join(', ')) : texts.said[decision.kind](host),
      );
      onClose();
    });
  }

  return (
    <FormDialog
      title={texts.decideOn(host)}
      submit={texts.submit[form.kind]}
      submission={submission}
      onSubmit={send}
      onClose={onClose}
    >
      <Warnings row={row} />
      {people > 0 && <p>{texts.decideFor(people)}</p>}
      <fieldset>
        <legend className="visually-hidden">{texts.decision}</legend>
        {kinds.map((kind) => (
          <label key={kind}>
            <input type="radio" name="decision" checked={form.kind === kind} onChange={() => change({ kind })} />
            {texts.kind[kind]}
          </label>
        ))}
      </fieldset>
      {(form.kind === 'always' || form.kind === 'limited') && (
        <Addresses needs={needs} chosen={form.addresses} onChange={(addresses) => change({ addresses })} />
      )}
      {form.kind === 'limited' && (
        <>
          <Until value={form.until} onChange={(until) => change({ until })} />
          {teams.length > 0 && (
            <fieldset className="team-choice">
              <legend>{texts.onlyTeams}</legend>
              {teams.map(({ name }) => (
                <label key={name}>
                  <input
                    type="checkbox"
                    checked={form.teams.includes(name)}
                    onChange={(event) => change({ teams: withOrWithout(form.teams, name, event.target.checked) })}
                  />
                  {name}
                </label>
              ))}
            </fieldset>
          )}
          <TeamsMissed row={row} teams={form.teams} />
        </>
      )}
      {form.kind === 'mirror' && (
        <TextField label={texts.use} hint={texts.useHint} value={form.use} onChange={(use) => change({ use })} />
      )}
      {form.kind === 'decline' && (
        <TextField
          label={texts.reason}
          hint={texts.reasonHint}
          value={form.reason}
          onChange={(reason) => change({ reason })}
        />
      )}
      <p role="alert" className="fine fault">
        {tried && decision === null && texts.missing[form.kind]}
      </p>
    </FormDialog>
  );
}

/** null where something is missing. */
function decisionOf({ kind, addresses, until, teams, use, reason }: Form): DecideRequests['decision'] | null {
  switch (kind) {
    case 'always':
      return addresses.length === 0 ? null : { kind: 'allow', addresses: [...addresses] };
    case 'limited': {
      const ends = Date.parse(until);
      if (addresses.length === 0 || (Number.isNaN(ends) && teams.length === 0)) return null;
      return {
        ...{ kind: 'allow', addresses: [...addresses] },
        ...(Number.isNaN(ends) ? {} : { until: new Date(ends).toISOString() }),
        ...(teams.length === 0 ? {} : { teams: [...teams] }),
      };
    }
    case 'mirror':
      return use.trim() === '' ? null : { kind: 'mirror', use };
    case 'decline':
      return reason.trim() === '' ? null : { kind: 'decline', reason };
  }
}

function withOrWithout(all: readonly string[], one: string, isIn: boolean): string[] {
  const others = all.filter((other) => other !== one);
  return isIn ? [...others, one] : others;
}

/** Which lines are added; what comes with them by itself is only named. */
function Addresses({
  needs,
  chosen,
  onChange,
}: {
  needs: readonly NeededHost[];
  chosen: readonly string[];
  onChange: (addresses: string[]) => void;
}) {
  const { requests: texts } = useTexts();
  const { language } = useWords();
  // One with a placeholder is a hint to read.
  const lines = needs.filter(({ included, address }) => !included && !address.includes('<'));
  const others = needs.filter((need) => !lines.includes(need));
  return (
    <fieldset className="needed">
      <legend>{texts.addresses}</legend>
      {lines.map(({ address, broad, note }) => (
        <label key={address}>
          <input
            type="checkbox"
            checked={chosen.includes(address)}
            onChange={(event) => onChange(withOrWithout(chosen, address, event.target.checked))}
          />
          <span>
            <span className="mono">{address}</span>
            {broad && <span className="broad">{texts.broad}</span>}
            {note !== undefined && <span className="fine block">{note[language]}</span>}
          </span>
        </label>
      ))}
      {others.length > 0 && (
        <p className="fine">
          {texts.comesWith} <span className="mono">{others.map(({ address }) => address).join(', ')}</span>
        </p>
      )}
    </fieldset>
  );
}

function Until({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { requests: texts } = useTexts();
  const id = useId();
  return (
    <div className="labelled">
      <label htmlFor={id}>{texts.until}</label>
      <input
        id={id}
        className="field"
        type="datetime-local"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <span className="fine">{texts.untilHint}</span>
    </div>
  );
}

/** Who asks and would not be helped. */
function TeamsMissed({ row: { asked }, teams }: { row: RequestedHost; teams: readonly string[] }) {
  const { requests: texts } = useTexts();
  if (teams.length === 0) return null;
  const missed = asked.filter((one) => !one.teams.some((team) => teams.includes(team)));
  if (missed.length === 0) return null;
  return <p className="note tone-amber">{texts.missed(missed.map(({ name, username }) => name ?? username))}</p>;
}
