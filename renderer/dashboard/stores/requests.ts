import { createStore, type StoreApi } from 'zustand/vanilla';
import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../../shared/problems/problem.ts';
import { type Team, TeamList } from '../../../shared/schemas/hub/people.ts';
import {
  BlockedHosts,
  type DecideRequests,
  type RequestedHost,
  RequestsDecided,
  RequestsPage,
} from '../../../shared/schemas/hub/requests.ts';
import { type Api, ofOrganization } from '../transport/api.ts';

const PAGE = 50;
const MOST_AT_ONCE = 200;

/** What is listed. */
export type Listed = 'open' | 'decided' | 'blocked';

export interface RequestsState {
  readonly listed: Listed;
  readonly q: string;
  /** null before the first page has come. */
  readonly items: readonly RequestedHost[] | null;
  readonly next: string | null;
  /** How many hosts are open in all; null while unknown. */
  readonly open: number | null;
  /** Over how many days hosts were reported; null where no machine reports any. */
  readonly days: number | null;
  /** Whether people can ask at all. */
  readonly taken: boolean;
  readonly teams: readonly Team[];
  readonly loading: boolean;
  readonly problem: Problem | null;
}

/** An organization's requests, as the server has them. */
export interface RequestsStore {
  readonly store: StoreApi<RequestsState>;
  load(): Promise<void>;
  more(): Promise<void>;
  show(listed: Listed): Promise<void>;
  search(q: string): Promise<void>;
  /** What has come meanwhile, without a word while it is loading. Before the view was opened only the number of open ones. */
  refresh(): Promise<void>;
  /** Throws the server's problem. */
  decide(body: DecideRequests): Promise<RequestsDecided>;
}

export function createRequestsStore(api: Api, organization: string): RequestsStore {
  const store = createStore<RequestsState>(() => ({
    ...{ listed: 'open', q: '', items: null, next: null, open: null, days: null, taken: true, teams: [] },
    ...{ loading: false, problem: null },
  }));
  const path = (rest: string): string => ofOrganization(organization, rest);
  /** Answers to an earlier question are dropped. */
  let latest = 0;

  async function page(limit: number, cursor: string | null): Promise<Partial<RequestsState>> {
    const { listed, q } = store.getState();
    if (listed === 'blocked') {
      const [{ value: blocked }, { value: counted }] = await Promise.all([
        api.call(BlockedHosts, 'GET', path('requests/blocked')),
        api.call(RequestsPage, 'GET', path('requests?limit=1')),
      ]);
      const items = blocked.items.filter(({ host }) => host.includes(q.trim().toLowerCase()));
      return { items, next: null, days: blocked.days, open: counted.open, taken: counted.taken };
    }
    const query = new URLSearchParams({ state: listed, limit: String(limit), q });
    if (cursor !== null) query.set('cursor', cursor);
    const { value } = await api.call(RequestsPage, 'GET', path(`requests?${query}`));
    return { items: value.items, next: value.next, open: value.open, taken: value.taken };
  }

  async function run(work: () => Promise<Partial<RequestsState>>): Promise<void> {
    latest += 1;
    const mine = latest;
    store.setState({ loading: true });
    try {
      const loaded = await work();
      if (mine === latest) store.setState({ ...loaded, loading: false, problem: null });
    } catch (error) {
      if (mine !== latest) return;
      store.setState({ loading: false, problem: asProblem(error, problem('dashboard-bad-answer')) });
    }
  }

  const load = (): Promise<void> =>
    run(async () => {
      const [loaded, { value: teams }] = await Promise.all([
        page(PAGE, null),
        api.call(TeamList, 'GET', path('teams')),
      ]);
      return { ...loaded, teams: teams.items };
    });

  return {
    store,
    load,
    more: async () => {
      const { next, loading, items } = store.getState();
      if (next === null || loading) return;
      await run(async () => {
        const loaded = await page(PAGE, next);
        const known = new Set(items?.map(keyOf));
        // What has moved up meanwhile comes twice.
        return {
          ...loaded,
          items: [...(items ?? []), ...(loaded.items ?? []).filter((row) => !known.has(keyOf(row)))],
        };
      });
    },
    show: (listed) => {
      store.setState({ listed, items: null, next: null });
      return load();
    },
    search: (q) => {
      store.setState({ q });
      return load();
    },
    refresh: async () => {
      const { items, loading } = store.getState();
      if (loading) return;
      if (items === null) {
        const { value } = await api.call(RequestsPage, 'GET', path('requests?limit=1'));
        store.setState({ open: value.open });
        return;
      }
      // More than that were paged for: they stay as they are until somebody asks again.
      if (items.length > MOST_AT_ONCE) return;
      const mine = latest;
      const loaded = await page(Math.min(MOST_AT_ONCE, Math.max(PAGE, items.length)), null);
      if (mine === latest) store.setState(loaded);
    },
    decide: async (body) => {
      try {
        return (await api.call(RequestsDecided, 'POST', path('requests/decisions'), { body })).value;
      } finally {
        await load();
      }
    },
  };
}

/** Tells rows apart: a host can have been decided about more than once. */
export function keyOf({ host, decision }: RequestedHost): string {
  return `${host} ${decision?.at ?? ''}`;
}
