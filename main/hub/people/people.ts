import { detail } from '../../../shared/activity/details.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { ActivityDetail } from '../../../shared/schemas/hub/activity.ts';
import type {
  Invite,
  Invited,
  PasswordLink,
  PeoplePage,
  PeopleQuery,
  Person,
  PersonChange,
  Removed,
  SignInProvider,
} from '../../../shared/schemas/hub/people.ts';
import { HttpProblem } from '../http/problem-response.ts';
import type { Accounts } from '../store/accounts.ts';
import type { RecordActivity } from '../store/activity.ts';
import type { Database } from '../store/database.ts';
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
  page: (org: string, reader: string, query: PeopleQuery) => Promise<PeoplePage>;
  invite: (org: string, owner: Owner, invite: Invite) => Promise<Invited>;
  change: (org: string, owner: Owner, sub: string, change: PersonChange) => Promise<Person>;
  /** Ends the person's access at once. */
  remove: (org: string, owner: Owner, sub: string) => Promise<Removed>;
  /** Ends all sign-ins; the old password is void. */
  resetPassword: (org: string, owner: Owner, sub: string) => Promise<PasswordLink>;
  inviteAgain: (org: string, owner: Owner, sub: string) => Promise<PasswordLink>;
}

export function createPeople(deps: {
  database: Database;
  accounts: Accounts;
  store: PeopleStore;
  links: PasswordLinks;
  record: RecordActivity;
  random: (bytes: number) => Buffer;
  /** Ends what the person is signed in to, at once. */
  endSignIns: (sub: string) => Promise<void>;
  /** Replaces a user name by an id, in all that is kept of what its person did. */
  forgetName: (username: string, id: string) => Promise<void>;
  /** In the transaction of the removal. @param deletedAs what a deleted account is called from now on; null where there still is one */
  left: (org: string, sub: string, deletedAs: string | null) => Promise<void>;
  /** In the transaction that changes it. Their open event streams are closed where they may no longer read them. */
  accessChanged: (sub: string) => Promise<void>;
  /** Where people sign in instead of here. */
  provider: SignInProvider | null;
}): People {
  const { database, accounts, store, links, random } = deps;

  return {
    page: async (org, reader, query) => {
      const found = await store.list(org, { ...query, limit: query.limit + 1 });
      const items = found.slice(0, query.limit);
      const isOwner = (await accounts.role(org, reader)) === 'owner';
      const owners = isOwner ? await store.activeOwners(org) : [];
      const seen: Person[] = [];
      for (const person of items) seen.push(isOwner ? await asSeenBy(org, reader, person, owners) : person);
      return {
        items: seen,
        next: found.length > query.limit ? (items.at(-1)?.username ?? null) : null,
        ...(deps.provider === null ? {} : { provider: deps.provider }),
      };
    },
    invite: (org, owner, { username, name = null, email = null, role, teams }) => {
      if (deps.provider !== null && !deps.provider.ownAccounts) throw fromProvider(deps.provider);
      if (role === 'owner') owner.requireFresh();
      return database.transaction(async () => {
        await requireTeams(org, teams);
        const existing = await accounts.byUsername(username);
        if (existing !== undefined && (await accounts.role(org, existing.sub)) !== undefined) {
          throw new HttpProblem(409, problem('person-exists', { username, organization: org }));
        }
        const sub = existing?.sub ?? random(16).toString('hex');
        if (existing === undefined) await accounts.addUser({ sub, username, name, email, password: '' });
        await accounts.setMembership(org, sub, role);
        await store.setTeams(org, sub, teams);
        const as = { username, role, teams };
        if (existing === undefined) {
          await deps.record(org, owner.username, 'person.invited', [detail('person-invited', as)]);
        } else {
          await deps.record(org, owner.username, 'person.added', [detail('person-added', as)]);
        }
        const invitation = existing === undefined ? await links.make({ sub, org, purpose: 'invitation' }) : null;
        return { person: await asSeenBy(org, owner.sub, await found(org, sub)), invitation };
      });
    },
    change: (org, owner, sub, change) =>
      database.transaction(async () => {
        await requireTeams(org, change.teams ?? []);
        const person = await found(org, sub);
        const name = change.name === undefined ? (person.name ?? null) : change.name;
        const email = change.email === undefined ? (person.email ?? null) : change.email;
        const identity = name !== (person.name ?? null) || email !== (person.email ?? null);
        await permit(org, owner, person, { kind: 'change', role: change.role, identity });
        const details = [
          ...(await changeRole(org, person, change.role)),
          ...(await changeTeams(org, person, change.teams)),
          ...(identity ? [detail('identity-changed', { username: person.username })] : []),
        ];
        if (identity) await accounts.setIdentity(sub, { name, email });
        if (details.length > 0) await deps.record(org, owner.username, 'person.changed', details);
        return asSeenBy(org, owner.sub, await found(org, sub));
      }),
    remove: (org, owner, sub) =>
      database.transaction(async () => {
        const person = await found(org, sub);
        await permit(org, owner, person, { kind: 'remove' });
        await store.leave(org, sub);
        const isGone = (await store.organizationsOf(sub)).length === 0;
        await deps.record(org, owner.username, 'person.removed', [
          detail('person-removed', { username: person.username }),
        ]);
        // No user name has this character, so that nobody can take the name.
        const deletedAs = isGone ? `person#${sub.slice(0, 8)}` : null;
        await deps.left(org, sub, deletedAs);
        if (deletedAs !== null) {
          await deps.endSignIns(sub);
          await store.deleteAccount(sub);
          await deps.forgetName(person.username, deletedAs);
        }
        await deps.accessChanged(sub);
        return { deletedAs };
      }),
    resetPassword: (org, owner, sub) =>
      database.transaction(async () => {
        const person = await found(org, sub);
        await permit(org, owner, person, { kind: 'reset' });
        await accounts.setPassword(sub, '');
        await deps.endSignIns(sub);
        await deps.record(org, owner.username, 'person.password-reset', [
          detail('password-reset', { username: person.username }),
        ]);
        await deps.accessChanged(sub);
        // Who has never had a password is still invited.
        return links.make({ sub, org, purpose: person.state === 'invited' ? 'invitation' : 'reset' });
      }),
    inviteAgain: (org, owner, sub) =>
      database.transaction(async () => {
        const person = await found(org, sub);
        await permit(org, owner, person, { kind: 'invite-again' });
        await deps.record(org, owner.username, 'person.invited', [detail('link-made', { username: person.username })]);
        return links.make({ sub, org, purpose: person.state === 'reset' ? 'reset' : 'invitation' });
      }),
  };

  async function changeRole(
    org: string,
    { sub, username, role: before }: Person,
    role = before,
  ): Promise<ActivityDetail[]> {
    if (role === before) return [];
    await accounts.setMembership(org, sub, role);
    return [detail('role-changed', { username, before, after: role })];
  }

  async function changeTeams(
    org: string,
    { sub, username, teams: before }: Person,
    teams: readonly string[] = before,
  ): Promise<ActivityDetail[]> {
    const put = teams.filter((team) => !before.includes(team));
    const taken = before.filter((team) => !teams.includes(team));
    if (put.length + taken.length === 0) return [];
    await store.setTeams(org, sub, teams);
    return [
      ...put.map((team) => detail('team-joined', { username, team })),
      ...taken.map((team) => detail('team-left', { username, team })),
    ];
  }

  async function found(org: string, sub: string): Promise<Person> {
    const person = await store.find(org, sub);
    if (person === undefined) throw new HttpProblem(404, problem('person-unknown', { organization: org }));
    return person;
  }

  /** @throws HttpProblem */
  async function permit(org: string, owner: Owner, person: Person, act: Act): Promise<void> {
    if (deps.provider !== null && person.fromProvider === true) throw fromProvider(deps.provider);
    const refusal = refusalOf(await standing(org, owner.sub, person), act);
    if (refusal !== undefined) throw refused(org, person, refusal);
    if (concernsOwners(person, act.kind === 'change' ? act.role : undefined)) owner.requireFresh();
  }

  async function standing(
    org: string,
    reader: string,
    { sub, role, state }: Person,
    activeOwners?: readonly string[],
  ): Promise<Standing> {
    const owners = activeOwners ?? (await store.activeOwners(org));
    return {
      ...{ role, state },
      isLastOwner: owners.length === 1 && owners[0] === sub,
      isElsewhere: await isElsewhere(org, reader, sub),
    };
  }

  /** Whether the person belongs to an organization of which the reader is no owner. */
  async function isElsewhere(org: string, reader: string, sub: string): Promise<boolean> {
    for (const other of await store.organizationsOf(sub)) {
      if (other !== org && (await accounts.role(other, reader)) !== 'owner') return true;
    }
    return false;
  }

  /** With what keeps this owner from changing the person. */
  async function asSeenBy(
    org: string,
    reader: string,
    person: Person,
    activeOwners?: readonly string[],
  ): Promise<Person> {
    const standingOf = await standing(org, reader, person, activeOwners);
    const { fromProvider: isFromProvider, ...seen } = person;
    return {
      ...seen,
      ...(isFromProvider === true && deps.provider !== null ? { fromProvider: true } : {}),
      ...(standingOf.isLastOwner ? { isLastOwner: true } : {}),
      ...(standingOf.isElsewhere ? { isElsewhere: true } : {}),
    };
  }

  async function requireTeams(org: string, wanted: readonly string[]): Promise<void> {
    if (wanted.length === 0) return;
    const known = new Set((await store.teams(org)).map(({ name }) => name));
    const unknown = wanted.filter((team) => !known.has(team));
    if (unknown.length === 0) return;
    throw new HttpProblem(422, problem('team-unknown', { teams: unknown, organization: org }), { organization: org });
  }
}

function fromProvider({ host }: { host: string }): HttpProblem {
  return new HttpProblem(409, problem('people-from-provider', { server: host }));
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
