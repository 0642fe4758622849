import { createStore, type StoreApi } from 'zustand/vanilla';
import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../../shared/problems/problem.ts';
import { RollOut } from '../../../shared/schemas/hub/roll-out.ts';
import { OrganizationKeys } from '../../../shared/schemas/hub-schema.ts';
import { createTask, type Task } from '../../ui/stores/task.ts';
import { type Api, ofOrganization } from '../transport/api.ts';

export type RollOutState =
  | { readonly kind: 'loading' }
  | { readonly kind: 'failed'; readonly problem: Problem }
  | { readonly kind: 'loaded'; readonly rollOut: RollOut };

/** The files and keys of an organization, and the two steps in which its signing key is replaced. */
export interface RollOutStore {
  readonly state: StoreApi<RollOutState>;
  load(): Promise<void>;
  readonly announce: Task<[], void>;
  readonly use: Task<[kid: string], void>;
}

export function createRollOut(api: Api, organization: string): RollOutStore {
  const state = createStore<RollOutState>(() => ({ kind: 'loading' }));
  const path = (rest: string): string => ofOrganization(organization, rest);

  async function load(): Promise<void> {
    try {
      const { value: rollOut } = await api.call(RollOut, 'GET', path('roll-out'));
      state.setState({ kind: 'loaded', rollOut }, true);
    } catch (error) {
      // What is on screen stays there.
      if (state.getState().kind === 'loaded') return;
      state.setState({ kind: 'failed', problem: asProblem(error, problem('panel-failed')) }, true);
    }
  }

  return {
    state,
    load,
    announce: createTask(async () => {
      await api.call(OrganizationKeys, 'POST', path('policy-keys'));
      await load();
    }),
    use: createTask(async (kid) => {
      await api.call(OrganizationKeys, 'PUT', path('policy-keys/signing'), { body: { kid } });
      await load();
    }),
  };
}
