import type { DatabaseSync } from 'node:sqlite';
import { problem } from '../../../shared/problems/catalogue.ts';
import type {
  Invite,
  Invited,
  PasswordLink,
  PeoplePage,
  PeopleQuery,
  Person,
  PersonChange,
  Removed,
} from '../../../shared/schemas/hub/people.ts';
import { HttpProblem } from '../http/problem-response.ts';
import type { Accounts } from '../store/accounts.ts';
import type { RecordActivity } from '../store/activity.ts';
import { transaction } from '../store/database.ts';
import type { PasswordLinks } from './password-links.ts';
import type { PeopleStore } from './people-store.ts';
import { type Act, concernsOwners, type Refusal, refusalOf, type Standing } from './rules.ts';

/** An owner who acts. */
export interface Owner {
  sub: string;
  username: string;
  /** @throws HttpProblem where the password was entered too long ago for what concerns owners */
  requireFresh: () => void;
}

/** Who belongs to an organization, as its owners change it. All throw HttpProblem. */
export interface People {
  page: (org: string, reader: string, query: PeopleQuery) => PeoplePage;
  invite: (org: string, owner: Owner, invite: Invite) => Invited;
  change: (org: string, owner: Owner, sub: string, change: PersonChange) => Person;
  /** Ends the person's access at once. */
  remove: (org: string, owner: Owner, sub: string) => Removed;
  /** Ends all sign-ins; the old password is void. */
  resetPassword: (org: string, owner: Owner, sub: string) => PasswordLink;
  inviteAgain: (org: string, owner: Owner, sub: string) => PasswordLink;
}

export function createPeople(deps: {
  database: DatabaseSync;
  accounts: Accounts;
  store: PeopleStore;
  links: PasswordLinks;
  record: RecordActivity;
  random: (bytes: number) => Buffer;
  /** Ends what the person is signed in to, at once. */
  endSignIns: (sub: string) => void;
  /** Replaces a user name by an id, in all that is kept of what its person did. */
  forgetName: (username: string, id: string) => void;
  /** In the transaction of the removal. @param deletedAs what a deleted account is called from now on; null where there still is one */
  left: (org: string, sub: string, deletedAs: string | null) => void;
  /** Their open event streams are closed where they may no longer read them. */
  accessChanged: (sub: string) => void;
}): People {
  const { database, accounts, store, links, random } = deps;

  return {
    page: (org, reader, query) => {
      const found = store.list(org, { ...query, limit: query.limit + 1 });
      const items = found.slice(0, query.limit);
      const isOwner = accounts.role(org, reader) === 'owner';
      return {
        items: items.map((person) => (isOwner ? asSeenBy(org, reader, person) : person)),
        next: found.length > query.limit ? (items.at(-1)?.username ?? null) : null,
      };
    },
    invite: (org, owner, { username, name = null, email = null, role, teams }) => {
      if (role === 'owner') owner.requireFresh();
      requireTeams(org, teams);
      return transaction(database, () => {
        const existing = accounts.byUsername(username);
        if (existing !== undefined && accounts.role(org, existing.sub) !== undefined) {
          throw new HttpProblem(409, problem('person-exists', { username, organization: org }));
        }
        const sub = existing?.sub ?? random(16).toString('hex');
        if (existing === undefined) accounts.addUser({ sub, username, name, email, password: '' });
        accounts.setMembership(org, sub, role);
        store.setTeams(org, sub, teams);
        const described = `${username} as ${role}${teams.length === 0 ? '' : `, in ${teams.join(', ')}`}`;
        if (existing === undefined) deps.record(org, owner.username, 'person.invited', [`invited ${described}`]);
        else deps.record(org, owner.username, 'person.added', [`added ${described}`]);
        const invitation = existing === undefined ? links.make({ sub, org, purpose: 'invitation' }) : null;
        return { person: asSeenBy(org, owner.sub, found(org, sub)), invitation };
      });
    },
    change: (org, owner, sub, change) => {
      requireTeams(org, change.teams ?? []);
      const person = found(org, sub);
      const name = change.name === undefined ? (person.name ?? null) : change.name;
      const email = change.email === undefined ? (person.email ?? null) : change.email;
      const identity = name !== (person.name ?? null) || email !== (person.email ?? null);
      permit(org, owner, person, { kind: 'change', role: change.role, identity });
      return transaction(database, () => {
        const changes = [
          ...changeRole(org, person, change.role),
          ...changeTeams(org, person, change.teams),
          ...(identity ? [`changed name or email of ${person.username}`] : []),
        ];
        if (identity) store.setIdentity(sub, { name, email });
        if (changes.length > 0) deps.record(org, owner.username, 'person.changed', changes);
        return asSeenBy(org, owner.sub, found(org, sub));
      });
    },
    remove: (org, owner, sub) => {
      const person = found(org, sub);
      permit(org, owner, person, { kind: 'remove' });
      const deletedAs = transaction(database, () => {
        store.leave(org, sub);
        const isGone = store.organizationsOf(sub).length === 0;
        deps.record(org, owner.username, 'person.removed', [`removed ${person.username}`]);
        // No user name has this character, so that nobody can take the name.
        const id = isGone ? `person#${sub.slice(0, 8)}` : null;
        deps.left(org, sub, id);
        if (id === null) return null;
        deps.endSignIns(sub);
        store.deleteAccount(sub);
        deps.forgetName(person.username, id);
        return id;
      });
      deps.accessChanged(sub);
      return { deletedAs };
    },
    resetPassword: (org, owner, sub) => {
      const person = found(org, sub);
      permit(org, owner, person, { kind: 'reset' });
      const link = transaction(database, () => {
        accounts.setPassword(sub, '');
        deps.endSignIns(sub);
        deps.record(org, owner.username, 'person.password-reset', [`reset the password of ${person.username}`]);
        // Who has never had a password is still invited.
        return links.make({ sub, org, purpose: person.state === 'invited' ? 'invitation' : 'reset' });
      });
      deps.accessChanged(sub);
      return link;
    },
    inviteAgain: (org, owner, sub) => {
      const person = found(org, sub);
      permit(org, owner, person, { kind: 'invite-again' });
      return transaction(database, () => {
        deps.record(org, owner.username, 'person.invited', [`made a new link for ${person.username}`]);
        return links.make({ sub, org, purpose: person.state === 'reset' ? 'reset' : 'invitation' });
      });
    },
  };

  function changeRole(org: string, { sub, username, role: before }: Person, role = before): string[] {
    if (role === before) return [];
    accounts.setMembership(org, sub, role);
    return [`changed the role of ${username} from ${before} to ${role}`];
  }

  function changeTeams(
    org: string,
    { sub, username, teams: before }: Person,
    teams: readonly string[] = before,
  ): string[] {
    const put = teams.filter((team) => !before.includes(team));
    const taken = before.filter((team) => !teams.includes(team));
    if (put.length + taken.length === 0) return [];
    store.setTeams(org, sub, teams);
    return [
      ...put.map((team) => `added ${username} to team ${team}`),
      ...taken.map((team) => `removed ${username} from team ${team}`),
    ];
  }

  function found(org: string, sub: string): Person {
    const person = store.find(org, sub);
    if (person === undefined) throw new HttpProblem(404, problem('person-unknown', { organization: org }));
    return person;
  }

  /** @throws HttpProblem */
  function permit(org: string, owner: Owner, person: Person, act: Act): void {
    const refusal = refusalOf(standing(org, owner.sub, person), act);
    if (refusal !== undefined) throw refused(org, person, refusal);
    if (concernsOwners(person, act.kind === 'change' ? act.role : undefined)) owner.requireFresh();
  }

  function standing(org: string, reader: string, { sub, role, state }: Person): Standing {
    const owners = store.activeOwners(org);
    return {
      ...{ role, state },
      isLastOwner: owners.length === 1 && owners[0] === sub,
      isElsewhere: store
        .organizationsOf(sub)
        .some((other) => other !== org && accounts.role(other, reader) !== 'owner'),
    };
  }

  /** With what keeps this owner from changing the person. */
  function asSeenBy(org: string, reader: string, person: Person): Person {
    const { isLastOwner, isElsewhere } = standing(org, reader, person);
    return { ...person, ...(isLastOwner ? { isLastOwner } : {}), ...(isElsewhere ? { isElsewhere } : {}) };
  }

  function requireTeams(org: string, wanted: readonly string[]): void {
    if (wanted.length === 0) return;
    const known = new Set(store.teams(org).map(({ name }) => name));
    const unknown = wanted.filter((team) => !known.has(team));
    if (unknown.length === 0) return;
    throw new HttpProblem(422, problem('team-unknown', { teams: unknown, organization: org }), { organization: org });
  }
}

function refused(organization: string, { username }: Person, refusal: Refusal): HttpProblem {
  switch (refusal) {
    case 'last-owner':
      return new HttpProblem(409, problem('last-owner', { username, organization }), { organization });
    case 'person-of-several-organizations':
      return new HttpProblem(409, problem('person-of-several-organizations', { username }), { organization });
    case 'person-not-invited':
      return new HttpProblem(409, problem('person-not-invited', { username }), { organization });
  }
}
