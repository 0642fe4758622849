import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import {
  type Access,
  Invited,
  PasswordLink,
  PeoplePage,
  Person,
  type PersonChange,
  Removed,
} from '../../shared/schemas/hub/people.ts';
import { asOwner, type OwnersHub, type Where } from './as-owner.ts';
import { english } from './english.ts';
import { printColumns, printJson, printLine } from './print.ts';

export type Asked = Where & { json?: boolean };

export interface PersonFilter {
  search?: string | undefined;
  role?: Access | undefined;
  team?: string | undefined;
}

export interface PersonOptions {
  role?: Access | undefined;
  name?: string | undefined;
  email?: string | undefined;
  /** false for none. */
  team?: string[] | boolean | undefined;
}

/** @throws ProblemError of `asOwner`, as all here. */
export async function listPeople({ json = false, ...where }: Asked, filter: PersonFilter): Promise<void> {
  const { search: q = '', role, team } = filter;
  const query = { q, ...(role === undefined ? {} : { role }), ...(team === undefined ? {} : { team }) };
  await asOwner(
    where,
    async (hub) => {
      const people: Person[] = [];
      for await (const person of peopleOf(hub, query)) people.push(person);
      if (json) return printJson({ items: people });
      printColumns(
        people.map((person) => [
          person.username,
          person.role,
          person.state === 'active' ? lastSignIn(person) : STATES[person.state],
          [person.name ?? '', person.teams.join(', ')].filter((part) => part !== '').join('; '),
        ]),
      );
    },
    json,
  );
}

const STATES = { invited: 'invited', reset: 'must set a new password' };

function lastSignIn({ lastSignIn: at }: Person): string {
  return at === null ? 'never signed in' : english.time.exact(Date.parse(at));
}

export async function invitePerson(
  { json = false, ...where }: Asked,
  username: string,
  { role = 'member', name, email, team }: PersonOptions,
): Promise<void> {
  await asOwner(
    where,
    async ({ org, ask }) => {
      const teams = Array.isArray(team) ? team : [];
      const { value } = await ask(Invited, 'people', { method: 'POST', body: { username, role, name, email, teams } });
      if (json) return printJson(value);
      const { person, invitation } = value;
      if (invitation === null) {
        printLine(`Added ${person.username} to ${org} as ${person.role}. They sign in with the password they have.`);
      } else {
        printLine(`Invited ${person.username} to ${org} as ${person.role}.`);
        printLink(invitation);
      }
    },
    json,
  );
}

export async function changePerson(
  { json = false, ...where }: Asked,
  username: string,
  { role, name, email, team }: PersonOptions,
): Promise<void> {
  const change: PersonChange = {
    ...(role === undefined ? {} : { role }),
    ...(name === undefined ? {} : { name: name === '' ? null : name }),
    ...(email === undefined ? {} : { email: email === '' ? null : email }),
    ...(team === undefined ? {} : { teams: Array.isArray(team) ? team : [] }),
  };
  await asOwner(
    where,
    async (hub) => {
      const { value } = await hub.ask(Person, await pathOf(hub, username), { method: 'PATCH', body: change });
      if (json) return printJson(value);
      const teams = value.teams.length === 0 ? 'in no team' : `in ${value.teams.join(', ')}`;
      printLine(`${value.username} is now ${value.role} of ${hub.org}, ${teams}.`);
    },
    json,
  );
}

export async function removePerson({ json = false, ...where }: Asked, username: string): Promise<void> {
  await asOwner(
    where,
    async (hub) => {
      const { value } = await hub.ask(Removed, await pathOf(hub, username), { method: 'DELETE' });
      if (json) return printJson(value);
      printLine(`Removed ${username} from ${hub.org}.`);
      if (value.deletedAs !== null) printLine(`The account is deleted. The activity calls it ${value.deletedAs}.`);
    },
    json,
  );
}

export async function resetPerson({ json = false, ...where }: Asked, username: string): Promise<void> {
  await asOwner(
    where,
    async (hub) => {
      const path = `${await pathOf(hub, username)}/password-reset`;
      const { value } = await hub.ask(PasswordLink, path, { method: 'POST' });
      if (json) return printJson(value);
      printLine(`The password of ${username} is void, and all their sign-ins have ended.`);
      printLink(value);
    },
    json,
  );
}

function printLink({ url, expiresAt }: PasswordLink): void {
  printLine('Send them this link. It is shown only now, and works once:');
  printLine(`  ${url}`);
  printLine(`It expires on ${english.time.exact(Date.parse(expiresAt))}.`);
}

async function* peopleOf({ ask }: OwnersHub, query: Record<string, string>): AsyncGenerator<Person> {
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: PeoplePage = (
      await ask(PeoplePage, `people?${new URLSearchParams({ ...query, limit: '200', cursor })}`)
    ).value;
    yield* page.items;
    cursor = page.next;
  }
}

/** @throws ProblemError `person-unknown` */
async function pathOf(hub: OwnersHub, typed: string): Promise<string> {
  const username = typed.trim().toLowerCase();
  for await (const person of peopleOf(hub, { q: username })) {
    if (person.username === username) return `people/${person.sub}`;
  }
  throw new ProblemError(problem('person-unknown', { organization: hub.org }));
}
