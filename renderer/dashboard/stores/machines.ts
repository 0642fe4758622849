import { createStore, type StoreApi } from 'zustand/vanilla';
import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../../shared/problems/problem.ts';
import {
  type CodesToMake,
  type Machine,
  MachineDetails,
  type MachineSort,
  type MachineState,
  MachinesEnrolled,
  MachinesPage,
  MachinesSummary,
  MadeCodes,
  OpenCodes,
} from '../../../shared/schemas/hub/machines.ts';
import { type Api, ofOrganization } from '../transport/api.ts';

/** A page of 10,000 machines is there after twenty calls, and the first one shows at once. */
const PAGE = 500;

export interface MachinesFilter {
  readonly q: string;
  /** Empty for all. */
  readonly state: MachineState | '';
  readonly sort: MachineSort;
}

export const NO_FILTER: MachinesFilter = { q: '', state: '', sort: 'state' };

export interface MachinesState {
  readonly filter: MachinesFilter;
  readonly summary: MachinesSummary | null;
  /** The first of `total`; null before the first answer. */
  readonly items: readonly Machine[] | null;
  readonly total: number;
  readonly next: string | null;
  readonly loading: boolean;
  readonly problem: Problem | null;
}

/** An organization's machines, as the server has them. What changes them throws the server's problem. */
export interface MachinesStore {
  readonly store: StoreApi<MachinesState>;
  load(): Promise<void>;
  filter(change: Partial<MachinesFilter>): Promise<void>;
  /** Loads further pages until row `to` (exclusive) is there. */
  reach(to: number): Promise<void>;
  details(id: string): Promise<MachineDetails>;
  forget(id: string): Promise<void>;
  enrol(thumbprints: readonly string[]): Promise<MachinesEnrolled>;
  makeCodes(wanted: CodesToMake): Promise<MadeCodes>;
  openCodes(): Promise<OpenCodes>;
  revokeCodes(): Promise<void>;
  /** What fits the filter, as CSV. @throws ProblemError */
  file(): Promise<Blob>;
}

export function createMachinesStore(api: Api, organization: string): MachinesStore {
  const store = createStore<MachinesState>(() => ({
    ...{ filter: NO_FILTER, summary: null, items: null, total: 0, next: null },
    ...{ loading: false, problem: null },
  }));
  const path = (rest: string): string => ofOrganization(organization, `machines${rest}`);
  /** Answers to an earlier filter are dropped. */
  let latest = 0;

  async function loadPage(cursor: string | null): Promise<void> {
    latest += 1;
    const run = latest;
    store.setState({ loading: true });
    const { filter, items: before } = store.getState();
    const query = queryOf(filter);
    query.set('limit', String(PAGE));
    if (cursor !== null) query.set('cursor', cursor);
    try {
      const page = api.call(MachinesPage, 'GET', path(`?${query}`));
      const summary = cursor === null ? api.call(MachinesSummary, 'GET', path('/summary')) : null;
      const [{ value }, summed] = await Promise.all([page, summary]);
      if (run !== latest) return;
      const { items, total, next } = value;
      store.setState({
        ...{ items: cursor === null ? items : withoutTwice(before ?? [], items), total, next },
        ...(summed === null ? {} : { summary: summed.value }),
        ...{ loading: false, problem: null },
      });
    } catch (error) {
      if (run !== latest) return;
      store.setState({ loading: false, problem: asProblem(error, problem('dashboard-bad-answer')) });
    }
  }

  async function thenLoad<T>(change: Promise<T>): Promise<T> {
    const done = await change;
    await loadPage(null);
    return done;
  }

  return {
    store,
    load: () => loadPage(null),
    filter: (change) => {
      store.setState(({ filter }) => ({ filter: { ...filter, ...change } }));
      return loadPage(null);
    },
    reach: async (to) => {
      for (;;) {
        const { items, next, loading, problem: failed } = store.getState();
        if (loading || failed !== null || next === null || (items?.length ?? 0) >= to) return;
        await loadPage(next);
      }
    },
    details: async (id) => (await api.call(MachineDetails, 'GET', path(`/${encodeURIComponent(id)}`))).value,
    forget: async (id) => {
      await thenLoad(api.raw('DELETE', path(`/${encodeURIComponent(id)}`)));
    },
    enrol: (thumbprints) =>
      thenLoad(api.call(MachinesEnrolled, 'POST', path('/enrolments'), { body: { thumbprints } }).then(answered)),
    makeCodes: (wanted) => api.call(MadeCodes, 'POST', path('/codes'), { body: wanted }).then(answered),
    openCodes: () => api.call(OpenCodes, 'GET', path('/codes')).then(answered),
    revokeCodes: async () => {
      await api.raw('DELETE', path('/codes'));
    },
    file: async () => (await api.raw('GET', path(`/export?${queryOf(store.getState().filter)}`))).blob(),
  };
}

/** As `GET …/machines` takes it (docs/hub-api.md). */
function queryOf({ q, state, sort }: MachinesFilter): URLSearchParams {
  const query = new URLSearchParams({ sort });
  if (q.trim() !== '') query.set('q', q.trim());
  if (state !== '') query.set('state', state);
  return query;
}

/** A machine that reported meanwhile may come again on a later page. */
function withoutTwice(before: readonly Machine[], more: readonly Machine[]): Machine[] {
  const known = new Set(before.map(({ id }) => id));
  return [...before, ...more.filter(({ id }) => !known.has(id))];
}

function answered<T>({ value }: { value: T }): T {
  return value;
}
