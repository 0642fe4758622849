import { createStore, type StoreApi } from 'zustand/vanilla';
import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem, type Problem, ProblemError } from '../../../shared/problems/problem.ts';
import type { CallArgs, CallResult } from '../../../shared/schemas/ipc-schema.ts';
import type { Connection } from '../transport/connection.ts';

export type ListName = 'registries.list' | 'grants.list' | 'denials.list' | 'transitions.list' | 'requests.list';
export type ListItem<N extends ListName> = CallResult<N>['items'][number];

/** Lines fetched at once. */
export const PAGE_SIZE = 100;
/** Pages kept beside those in sight, so that a list of a million lines does not end up in memory. */
const MAX_PAGES = 40;
const MAX_RESTARTS = 3;

export interface LongListState<Item> {
  readonly query: string;
  readonly total: number;
  /** By page number; a page that is not there has not been fetched, or has been let go. */
  readonly pages: ReadonlyMap<number, readonly Item[]>;
  /** false before the first answer. */
  readonly loaded: boolean;
  readonly loading: boolean;
  readonly problem: Problem | null;
}

export interface LongList<Item> {
  readonly store: StoreApi<LongListState<Item>>;
  /** Lines `from` to `to` (exclusive) are in sight: what is missing of them is fetched. */
  show(from: number, to: number): void;
  search(query: string): void;
  /** The list changed: what is in sight is fetched anew, and stays until the new lines are there. */
  refresh(): void;
}

export function lineOf<Item>(state: LongListState<Item>, index: number): Item | null {
  return state.pages.get(Math.floor(index / PAGE_SIZE))?.[index % PAGE_SIZE] ?? null;
}

/** A list of any length, of which only what is in sight is fetched. Pages of two versions are never mixed. */
export function createLongList<N extends ListName>(connection: Connection, name: N): LongList<ListItem<N>> {
  type Item = ListItem<N>;
  type Page = { items: readonly Item[]; total: number; version: string };
  const store = createStore<LongListState<Item>>(() => ({
    query: '',
    total: 0,
    pages: new Map(),
    loaded: false,
    loading: false,
    problem: null,
  }));
  let inSight: [from: number, to: number] = [0, 0];
  let version: string | null = null;
  let latest = 0;

  async function fetchPage(query: string, page: number): Promise<Page> {
    const args = { query, offset: page * PAGE_SIZE, limit: PAGE_SIZE } satisfies CallArgs<ListName>;
    // All lists take the same arguments; TypeScript cannot see that through the table's index.
    return (await connection.call(name, args as CallArgs<N>)) as Page;
  }

  function pagesInSight(): number[] {
    const first = Math.floor(inSight[0] / PAGE_SIZE);
    const last = Math.floor(Math.max(inSight[0], inSight[1] - 1) / PAGE_SIZE);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  }

  /** Fetches what is in sight, and goes on while that changes: only what is missing, or all of it anew. */
  async function load(anew: boolean): Promise<void> {
    latest += 1;
    const run = latest;
    const { query, pages } = store.getState();
    store.setState({ loading: true });
    let known: ReadonlyMap<number, readonly Item[]> = anew ? new Map() : pages;
    let of = anew ? null : version;
    let restarts = 0;
    try {
      for (;;) {
        const wanted = pagesInSight().filter((page) => !known.has(page));
        const answers = await Promise.all(wanted.map((page) => fetchPage(query, page)));
        if (run !== latest) return;
        const [first] = answers;
        if (first === undefined) break;
        of ??= first.version;
        if (answers.some((answer) => answer.version !== of)) {
          restarts += 1;
          if (restarts > MAX_RESTARTS) throw new ProblemError(problem('list-unsteady'));
          known = new Map();
          of = null;
          continue;
        }
        version = of;
        known = near(new Map([...known, ...answers.map(({ items }, index) => [wanted[index] ?? 0, items] as const)]));
        store.setState({ pages: known, total: first.total, loaded: true });
      }
      store.setState({ loading: false, problem: null });
    } catch (error) {
      if (run !== latest) return;
      store.setState({ loading: false, problem: asProblem(error, problem('panel-failed')) });
    }
  }

  function near(pages: ReadonlyMap<number, readonly Item[]>): ReadonlyMap<number, readonly Item[]> {
    if (pages.size <= MAX_PAGES) return pages;
    const here = inSight[0] / PAGE_SIZE;
    const byDistance = [...pages].sort(([a], [b]) => Math.abs(a - here) - Math.abs(b - here));
    return new Map(byDistance.slice(0, MAX_PAGES));
  }

  return {
    store,
    show(from, to) {
      inSight = [from, to];
      const { pages, loaded, loading } = store.getState();
      // What is under way looks again at what is in sight before it ends.
      if (loading) return;
      if (!loaded) void load(true);
      else if (pagesInSight().some((page) => !pages.has(page))) void load(false);
    },
    search(query) {
      inSight = [0, inSight[1] - inSight[0]];
      store.setState({ query });
      void load(true);
    },
    refresh() {
      const { loaded, loading } = store.getState();
      // The first answer, where it is under way, may be from before the change. Where nobody has looked yet, `show` fetches it as it is then.
      if (loaded || loading) void load(true);
    },
  };
}
