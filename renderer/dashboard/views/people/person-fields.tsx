import { useId } from 'react';
import type { Problem } from '../../../../shared/problems/problem.ts';
import { Access, type Team } from '../../../../shared/schemas/hub/people.ts';
import { ProblemText } from '../../../ui/components/problem-note.tsx';
import { useTexts } from '../../hooks.ts';
import type { PersonForm, Submission } from './use-people.ts';

/** Role, teams, name and email, as they are typed for a new person and for one who is there. */
export function PersonFields({
  form,
  teams,
  submission,
  fixedRole = false,
  fixedIdentity = false,
  onChange,
}: {
  form: PersonForm;
  teams: readonly Team[];
  submission: Submission;
  /** The last owner. */
  fixedRole?: boolean;
  /** Somebody of several organizations. */
  fixedIdentity?: boolean;
  onChange: (change: Partial<PersonForm>) => void;
}) {
  const { people, shell } = useTexts();
  const { faultAt } = submission;
  return (
    <>
      <fieldset className="roles">
        <legend>{people.form.role}</legend>
        {Access.options.map((role) => (
          <label key={role} className="role">
            <input
              type="radio"
              name="role"
              checked={form.role === role}
              disabled={fixedRole && form.role !== role}
              onChange={() => onChange({ role })}
            />
            <span>
              <span className="role-name">{shell.role[role]}</span>
              <span className="fine block">{people.may[role]}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <fieldset className="team-choice">
        <legend>{people.form.teams}</legend>
        {teams.length === 0 && <p className="fine">{people.form.teamsEmpty}</p>}
        {teams.map(({ name }) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={form.teams.includes(name)}
              onChange={(event) => {
                const others = form.teams.filter((team) => team !== name);
                onChange({ teams: event.target.checked ? [...others, name] : others });
              }}
            />
            {name}
          </label>
        ))}
      </fieldset>
      <TextField
        label={people.form.name}
        value={form.name}
        disabled={fixedIdentity}
        fault={faultAt('/name')}
        onChange={(name) => onChange({ name })}
      />
      <TextField
        label={people.form.email}
        type="email"
        value={form.email}
        disabled={fixedIdentity}
        fault={faultAt('/email')}
        onChange={(email) => onChange({ email })}
      />
    </>
  );
}

export function TextField({
  label,
  value,
  type = 'text',
  hint,
  fault = null,
  disabled = false,
  focused = false,
  onChange,
}: {
  label: string;
  value: string;
  type?: 'text' | 'email';
  hint?: string;
  fault?: Problem | null;
  disabled?: boolean;
  focused?: boolean;
  onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <div className="labelled">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="field"
        type={type}
        value={value}
        disabled={disabled}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        // biome-ignore lint/a11y/noAutofocus: the first field of a dialog that was just opened
        autoFocus={focused}
        aria-invalid={fault !== null}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChange(event.target.value)}
      />
      <p id={`${id}-hint`} className={fault === null ? 'fine' : 'fine fault'}>
        {fault === null ? hint : <ProblemText problem={fault} />}
      </p>
    </div>
  );
}
