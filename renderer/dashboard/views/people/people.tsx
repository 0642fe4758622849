import { useCallback, useEffect, useId, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { Access, type Person } from '../../../../shared/schemas/hub/people.ts';
import { Card } from '../../../ui/components/card.tsx';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { SearchField } from '../../components/search-field.tsx';
import { useMay, useOrganization, useTexts } from '../../hooks.ts';
import { NO_FILTER } from '../../stores/people.ts';
import { InviteDialog } from './invite-dialog.tsx';
import { PeopleTable } from './people-table.tsx';
import { PersonDialog } from './person-dialog.tsx';
import { TeamsCard } from './teams-card.tsx';
import { EMPTY_FORM, formOf, type OpenDialog, useDraft, usePeople } from './use-people.ts';

/** Who belongs to the organization, and what they may do. */
export function People() {
  const people = usePeople();
  const { name: organization } = useOrganization();
  const { people: texts } = useTexts();
  const isOwner = useMay('owner');
  const provider = useStore(people.store, (state) => state.provider);
  const mayInvite = isOwner && (provider === null || provider.ownAccounts);
  const draft = useDraft();
  const [open, setOpen] = useState<OpenDialog | null>(null);
  const [said, setSaid] = useState('');
  useEffect(() => void people.load(), [people]);
  // After a fresh sign-in: the dialog as it was left.
  const taken = useRef(false);
  useEffect(() => {
    if (taken.current) return;
    taken.current = true;
    setOpen(draft.take());
  }, [draft]);
  const close = (): void => setOpen(null);

  return (
    <>
      <Card
        title={texts.title}
        heading={1}
        aside={
          mayInvite && (
            <button
              type="button"
              className="button primary"
              onClick={() => setOpen({ kind: 'invite', form: EMPTY_FORM })}
            >
              {texts.invite}
            </button>
          )
        }
      >
        <p className="lead">
          {texts.intro(organization)} {!isOwner && texts.readOnly}
        </p>
        {provider !== null && <p className="note tone-blue">{texts.fromProvider(provider.host)}</p>}
        <Filters />
        <p role="status" className="people-said">
          {said}
        </p>
        <List onEdit={(person) => setOpen({ kind: 'person', person, form: formOf(person), step: 'edit' })} />
      </Card>
      <TeamsCard onSaid={setSaid} />
      {open?.kind === 'invite' && <InviteDialog initial={open.form} onClose={close} />}
      {open?.kind === 'person' && <PersonDialog initial={open} onSaid={setSaid} onClose={close} />}
    </>
  );
}

function Filters() {
  const people = usePeople();
  const { people: texts, shell } = useTexts();
  const filter = useStore(people.store, (state) => state.filter);
  const teams = useStore(people.store, (state) => state.teams);
  const ids = { role: useId(), team: useId() };
  const search = useCallback((q: string) => void people.filter({ q }), [people]);
  return (
    <search className="people-filters">
      <SearchField label={texts.search} hint={texts.searchHint} value={filter.q} onSearch={search} />
      <label htmlFor={ids.role} className="visually-hidden">
        {texts.filterRole}
      </label>
      <select
        id={ids.role}
        className="field"
        value={filter.role}
        onChange={({ target }) => void people.filter({ role: Access.safeParse(target.value).data ?? '' })}
      >
        <option value="">{texts.allRoles}</option>
        {Access.options.map((role) => (
          <option key={role} value={role}>
            {shell.role[role]}
          </option>
        ))}
      </select>
      <label htmlFor={ids.team} className="visually-hidden">
        {texts.filterTeam}
      </label>
      <select
        id={ids.team}
        className="field"
        value={filter.team}
        onChange={({ target }) => void people.filter({ team: target.value })}
      >
        <option value="">{texts.allTeams}</option>
        {teams.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </search>
  );
}

function List({ onEdit }: { onEdit: (person: Person) => void }) {
  const people = usePeople();
  const { people: texts, shell } = useTexts();
  const { items, next, loading, problem, filter } = useStore(people.store);
  const isFiltered = filter.q !== '' || filter.role !== '' || filter.team !== '';
  if (items === null && problem === null) return <p className="waiting">{shell.loading}</p>;
  return (
    <>
      {problem !== null && (
        <div className="actions">
          <ProblemNote problem={problem} tone="red" />
          <button type="button" className="button" onClick={() => void people.load()}>
            {shell.tryAgain}
          </button>
        </div>
      )}
      {items !== null && items.length > 0 && <PeopleTable items={items} onEdit={onEdit} />}
      {items?.length === 0 && (
        <p className="empty">
          {texts.nobody}{' '}
          <button type="button" className="button aside" onClick={() => void people.filter(NO_FILTER)}>
            {texts.clear}
          </button>
        </p>
      )}
      {!isFiltered && items?.length === 1 && <p className="empty">{texts.alone}</p>}
      {next !== null && (
        <button type="button" className="button" aria-disabled={loading} onClick={() => void people.more()}>
          {texts.more}
        </button>
      )}
    </>
  );
}
