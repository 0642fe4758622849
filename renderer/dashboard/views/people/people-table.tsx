import type { Person } from '../../../../shared/schemas/hub/people.ts';
import { When } from '../../../ui/components/when.tsx';
import { useWords } from '../../../ui/words.ts';
import { useMay, useMe, useTexts } from '../../hooks.ts';

export function PeopleTable({ items, onEdit }: { items: readonly Person[]; onEdit: (person: Person) => void }) {
  const { people } = useTexts();
  const { person, role, teams, lastSignIn } = people.columns;
  return (
    <table className="people">
      <thead>
        <tr>
          <th scope="col">{person}</th>
          <th scope="col">{role}</th>
          <th scope="col">{teams}</th>
          <th scope="col">{lastSignIn}</th>
        </tr>
      </thead>
      <tbody>
        {items.map((one) => (
          <PersonRow key={one.sub} person={one} onEdit={onEdit} />
        ))}
      </tbody>
    </table>
  );
}

function PersonRow({ person, onEdit }: { person: Person; onEdit: (person: Person) => void }) {
  const { people, shell } = useTexts();
  const me = useMe();
  const mayEdit = useMay('owner');
  const { username, name, email, role, teams } = person;
  const shown = name ?? username;
  const details = [name === undefined ? '' : username, email ?? ''].filter((part) => part !== '');
  return (
    <tr>
      <th scope="row">
        {mayEdit && person.fromProvider !== true ? (
          <button type="button" className="person-name" aria-label={people.edit(shown)} onClick={() => onEdit(person)}>
            {shown}
          </button>
        ) : (
          <span className="person-name">{shown}</span>
        )}
        {person.sub === me.sub && <span className="chip tone-grey">{people.you}</span>}
        {details.length > 0 && <span className="fine block">{details.join(' · ')}</span>}
      </th>
      <td data-label={people.columns.role}>{shell.role[role]}</td>
      <td data-label={people.columns.teams}>
        {teams.length === 0 ? <span className="fine">{people.noTeams}</span> : teams.join(', ')}
      </td>
      <td data-label={people.columns.lastSignIn}>
        <SignedIn person={person} />
      </td>
    </tr>
  );
}

function SignedIn({ person: { state, lastSignIn, invitedUntil } }: { person: Person }) {
  const { people } = useTexts();
  const { time } = useWords();
  if (state !== 'active') {
    const until = Date.parse(invitedUntil ?? '');
    const isOpen = until > Date.now();
    return (
      <>
        <span className={`chip ${isOpen ? 'tone-blue' : 'tone-amber'}`}>{people.state[state]}</span>
        {!Number.isNaN(until) && (
          <span className="fine block">
            {isOpen ? people.linkUntil(time.exact(until)) : people.linkExpired(time.exact(until))}
          </span>
        )}
      </>
    );
  }
  if (lastSignIn === null) return <span className="fine">{people.never}</span>;
  return <When at={Date.parse(lastSignIn)} direction="past" />;
}
