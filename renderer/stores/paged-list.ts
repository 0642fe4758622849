import { createStore, type StoreApi } from 'zustand/vanilla';
import type { CallArgs, CallResult } from '../../shared/ipc-schema.ts';
import { type Problem, ProblemError, toProblem } from '../../shared/problem.ts';
import type { Connection } from '../transport/connection.ts';

export type ListName = 'registries.list' | 'denials.list' | 'transitions.list';
export type ListItem<N extends ListName> = CallResult<N>['items'][number];

export interface PagedListState<Item> {
  readonly query: string;
  /** The pages so far; empty and `loaded` false before the first one. */
  readonly items: readonly Item[];
  readonly total: number;
  readonly loaded: boolean;
  readonly loading: boolean;
  readonly complete: boolean;
  readonly problem: Problem | null;
}

export interface PagedList<Item> {
  readonly store: StoreApi<PagedListState<Item>>;
  search(query: string): void;
  /** Fetches the next page, if there is one and none is on its way. */
  more(): void;
  /** Fetches the first page unless that has been done. */
  start(): void;
  /** The list changed: as many lines as are shown are fetched anew, and stay until the new ones are there. */
  refresh(): void;
}

const MAX_RESTARTS = 3;
const UNSTEADY = {
  code: 'list-unsteady',
  message: 'The list changes faster than it can be read.',
  next: 'Try again in a moment.',
} as const;

/** A list that is asked for page by page. A cursor that went stale (the list changed underway) starts it anew. */
export function createPagedList<N extends ListName>(
  connection: Connection,
  name: N,
  pageSize: number,
): PagedList<ListItem<N>> {
  type Item = ListItem<N>;
  type Page = { items: readonly Item[]; total: number; next: string | null; stale: boolean };
  const store = createStore<PagedListState<Item>>(() => ({
    query: '',
    items: [],
    total: 0,
    loaded: false,
    loading: false,
    complete: false,
    problem: null,
  }));
  let cursor: string | null = null;
  let latest = 0;

  async function page(query: string, from: string | null): Promise<Page> {
    const args = { query, cursor: from, limit: pageSize } satisfies CallArgs<ListName>;
    // All lists take the same arguments; TypeScript cannot see that through the table's index.
    return (await connection.call(name, args as CallArgs<N>)) as Page;
  }

  /** @param wanted how many lines there should be afterwards, as far as there are so many */
  async function load(query: string, from: string | null, wanted: number): Promise<void> {
    latest += 1;
    const run = latest;
    store.setState({ loading: true });
    try {
      let items = from === null ? [] : [...store.getState().items];
      let next = from;
      let total = 0;
      let restarts = 0;
      for (;;) {
        const answer = await page(query, next);
        if (run !== latest) return;
        if (answer.stale && next !== null) {
          restarts += 1;
          if (restarts > MAX_RESTARTS) throw new ProblemError(UNSTEADY);
          items = [];
          next = null;
          continue;
        }
        items.push(...answer.items);
        next = answer.next;
        total = answer.total;
        if (next === null || items.length >= wanted) break;
      }
      cursor = next;
      store.setState({ items, total, loaded: true, loading: false, complete: next === null, problem: null });
    } catch (error) {
      if (run !== latest) return;
      const problem = toProblem(error, 'panel-failed', 'Something went wrong in the panel itself.');
      store.setState({ loading: false, problem });
    }
  }

  return {
    store,
    search(query) {
      store.setState({ query });
      void load(query, null, pageSize);
    },
    more() {
      const { loading, complete, query, items } = store.getState();
      if (!loading && !complete) void load(query, cursor, items.length + pageSize);
    },
    start() {
      const { loaded, loading, query } = store.getState();
      if (!loaded && !loading) void load(query, null, pageSize);
    },
    refresh() {
      const { query, items, loaded } = store.getState();
      // Nobody has looked at it yet: `start` will fetch it as it is then.
      if (!loaded) return;
      void load(query, null, Math.max(pageSize, items.length));
    },
  };
}
