import { createStore, type StoreApi } from 'zustand/vanilla';
import { problem as problemOf } from '../../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../../shared/problems/problem.ts';
import type { FILTERED_CHANGES } from '../../../shared/schemas/hub/activity.ts';
import { ActivityPage } from '../../../shared/schemas/hub-schema.ts';
import { type Api, ofOrganization } from '../transport/api.ts';

export type ActivityItem = ActivityPage['items'][number];
export type ExportFormat = 'csv' | 'jsonl';

/** The choices of the filter by kind, and what the hub is asked for each. */
export const KINDS = {
  everything: {},
  added: { change: 'added' },
  removed: { change: 'removed' },
  renamed: { change: 'renamed' },
  restrictions: { change: 'restrictions' },
  mode: { change: 'mode' },
  'enforce-from': { change: 'enforce-from' },
  contact: { change: 'contact' },
  grants: { change: 'grant' },
  hints: { change: 'hint' },
  'requests-switch': { change: 'requests' },
  support: { change: 'support' },
  restored: { change: 'restored' },
  people: { action: 'person.' },
  teams: { action: 'team.' },
  'sign-ins': { action: 'signed-in' },
  keys: { action: 'key.' },
  machines: { action: 'machine.' },
  tokens: { action: 'token.' },
  requests: { action: 'request.' },
  webhooks: { action: 'webhook.' },
  renewals: { action: 'policy.renewed' },
} as const satisfies Record<string, { change?: (typeof FILTERED_CHANGES)[number]; action?: string }>;
export type Kind = keyof typeof KINDS;

export interface Filter {
  readonly kind: Kind;
  readonly actor: string;
  /** Days as `2026-11-21`, in the reader's time zone, both inclusive; empty for none. */
  readonly from: string;
  readonly to: string;
  readonly q: string;
}
export const NO_FILTER: Filter = { kind: 'everything', actor: '', from: '', to: '', q: '' };

export interface ActivityState {
  readonly filter: Filter;
  /** null until the first answer. */
  readonly items: readonly ActivityItem[] | null;
  readonly next: string | null;
  readonly busy: boolean;
  readonly problem: Problem | null;
}

export interface ActivityStore {
  readonly state: StoreApi<ActivityState>;
  load(): Promise<void>;
  filterBy(change: Partial<Filter>): Promise<void>;
  older(): Promise<void>;
  /** What fits the filter, as a file. @throws ProblemError */
  file(format: ExportFormat): Promise<Blob>;
}

export function createActivityStore(api: Api, organization: string): ActivityStore {
  const state = createStore<ActivityState>(() => ({
    ...{ filter: NO_FILTER, items: null, next: null },
    ...{ busy: false, problem: null },
  }));
  /** An answer counts only if nothing was asked since. */
  let latest = 0;

  async function load(cursor: string | null): Promise<void> {
    latest += 1;
    const asked = latest;
    const { filter, items } = state.getState();
    state.setState({ busy: true, problem: null });
    try {
      const query = queryOf(filter);
      query.set('limit', '50');
      if (cursor !== null) query.set('cursor', cursor);
      const { value } = await api.call(ActivityPage, 'GET', ofOrganization(organization, `activity?${query}`));
      if (asked !== latest) return;
      state.setState({ items: cursor === null ? value.items : [...(items ?? []), ...value.items], next: value.next });
    } catch (error) {
      if (asked === latest) state.setState({ problem: asProblem(error, problemOf('dashboard-bad-answer')) });
    } finally {
      if (asked === latest) state.setState({ busy: false });
    }
  }

  return {
    state,
    load: () => load(null),
    filterBy: (change) => {
      state.setState({ filter: { ...state.getState().filter, ...change } });
      return load(null);
    },
    older: () => load(state.getState().next),
    file: async (format) => {
      const query = queryOf(state.getState().filter);
      query.set('format', format);
      return (await api.raw('GET', ofOrganization(organization, `activity/export?${query}`))).blob();
    },
  };
}

/** As `GET …/activity` takes it (docs/hub-api.md). */
export function queryOf({ kind, actor, from, to, q }: Filter): URLSearchParams {
  const query = new URLSearchParams(KINDS[kind]);
  if (actor.trim() !== '') query.set('actor', actor.trim());
  if (from !== '') query.set('from', new Date(`${from}T00:00:00`).toISOString());
  if (to !== '') {
    const end = new Date(`${to}T00:00:00`);
    end.setDate(end.getDate() + 1);
    query.set('to', end.toISOString());
  }
  if (q.trim() !== '') query.set('q', q.trim());
  return query;
}
