import { createStore, type StoreApi } from 'zustand/vanilla';
import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../../shared/problems/problem.ts';
import {
  type Access,
  type Invite,
  Invited,
  PasswordLink,
  PeoplePage,
  Person,
  type PersonChange,
  Removed,
  type SignInProvider,
  Team,
  TeamList,
} from '../../../shared/schemas/hub/people.ts';
import { type Api, ofOrganization } from '../transport/api.ts';

const PAGE = 100;

export interface PeopleFilter {
  readonly q: string;
  /** Empty for all. */
  readonly role: Access | '';
  readonly team: string;
}

export interface PeopleState {
  readonly filter: PeopleFilter;
  /** null before the first page has come. */
  readonly items: readonly Person[] | null;
  readonly next: string | null;
  readonly loading: boolean;
  readonly problem: Problem | null;
  readonly teams: readonly Team[];
  /** Where people, roles and teams come from, if not from here. */
  readonly provider: SignInProvider | null;
}

/** An organization's people and teams, as the server has them. What changes them throws the server's problem. */
export interface PeopleStore {
  readonly store: StoreApi<PeopleState>;
  load(): Promise<void>;
  more(): Promise<void>;
  filter(change: Partial<PeopleFilter>): Promise<void>;
  invite(invite: Invite): Promise<Invited>;
  change(sub: string, change: PersonChange): Promise<Person>;
  remove(sub: string): Promise<Removed>;
  resetPassword(sub: string): Promise<PasswordLink>;
  newLink(sub: string): Promise<PasswordLink>;
  addTeam(name: string): Promise<void>;
  renameTeam(team: string, name: string): Promise<void>;
  deleteTeam(team: string): Promise<void>;
}

export const NO_FILTER: PeopleFilter = { q: '', role: '', team: '' };

export function createPeopleStore(api: Api, organization: string): PeopleStore {
  const store = createStore<PeopleState>(() => ({
    filter: NO_FILTER,
    items: null,
    next: null,
    loading: false,
    problem: null,
    teams: [],
    provider: null,
  }));
  const path = (rest: string): string => ofOrganization(organization, rest);
  /** Answers to an earlier filter are dropped. */
  let latest = 0;

  async function loadPage(cursor: string): Promise<void> {
    latest += 1;
    const run = latest;
    store.setState({ loading: true });
    const { q, role, team } = store.getState().filter;
    const query = new URLSearchParams({ q, limit: String(PAGE), cursor });
    if (role !== '') query.set('role', role);
    if (team !== '') query.set('team', team);
    try {
      const [{ value: page }, { value: teams }] = await Promise.all([
        api.call(PeoplePage, 'GET', path(`people?${query}`)),
        api.call(TeamList, 'GET', path('teams')),
      ]);
      if (run !== latest) return;
      const before = cursor === '' ? [] : (store.getState().items ?? []);
      store.setState({
        ...{ items: [...before, ...page.items], next: page.next, teams: teams.items, provider: page.provider ?? null },
        ...{ loading: false, problem: null },
      });
    } catch (error) {
      if (run !== latest) return;
      store.setState({ loading: false, problem: asProblem(error, problem('dashboard-bad-answer')) });
    }
  }
  const load = (): Promise<void> => loadPage('');

  async function thenLoad<T>(change: Promise<T>): Promise<T> {
    const done = await change;
    await load();
    return done;
  }
  const answered = <T>(call: Promise<{ value: T }>): Promise<T> => call.then(({ value }) => value);

  return {
    store,
    load,
    more: async () => {
      const { next, loading } = store.getState();
      if (next !== null && !loading) await loadPage(next);
    },
    filter: (change) => {
      store.setState(({ filter }) => ({ filter: { ...filter, ...change } }));
      return load();
    },
    invite: (invite) => thenLoad(answered(api.call(Invited, 'POST', path('people'), { body: invite }))),
    change: (sub, change) => thenLoad(answered(api.call(Person, 'PATCH', path(`people/${sub}`), { body: change }))),
    remove: (sub) => thenLoad(answered(api.call(Removed, 'DELETE', path(`people/${sub}`)))),
    resetPassword: (sub) => thenLoad(answered(api.call(PasswordLink, 'POST', path(`people/${sub}/password-reset`)))),
    newLink: (sub) => thenLoad(answered(api.call(PasswordLink, 'POST', path(`people/${sub}/invitation`)))),
    addTeam: async (name) => {
      await thenLoad(api.call(Team, 'POST', path('teams'), { body: { name } }));
    },
    renameTeam: async (team, name) => {
      await thenLoad(api.call(Team, 'PATCH', path(`teams/${encodeURIComponent(team)}`), { body: { name } }));
    },
    deleteTeam: async (team) => {
      await thenLoad(api.raw('DELETE', path(`teams/${encodeURIComponent(team)}`)));
    },
  };
}
