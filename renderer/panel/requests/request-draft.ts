import { createStore, type StoreApi } from 'zustand/vanilla';
import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../../shared/problems/problem.ts';
import type { CallResult } from '../../../shared/schemas/ipc-schema.ts';
import { createTask, type Task } from '../../ui/stores/task.ts';
import type { Connection } from '../transport/connection.ts';

/** A request that is being filled in; nothing of it has been sent. */
export interface Draft {
  /** What was typed, or what a link names. */
  readonly subject: string;
  /** null while the agent reads it out of the subject. */
  readonly host: string | null;
  /** Who filled it in. `link`: whoever wrote the link. */
  readonly from: 'user' | 'notification' | 'link';
}

export interface DraftState {
  readonly draft: Draft | null;
  /** Why there is no host to request. */
  readonly problem: Problem | null;
}

export interface RequestDraft {
  readonly store: StoreApi<DraftState>;
  readonly send: Task<[draft: Draft & { host: string }, reason: string], CallResult<'requests.create'>>;
  /**
   * Fills it in, and sends nothing. What is filled in already stays: nobody changes under the user's hand what they are about to send.
   */
  open(draft: Draft): void;
  close(): void;
}

export function createRequestDraft(connection: Connection): RequestDraft {
  const store = createStore<DraftState>(() => ({ draft: null, problem: null }));
  const send: RequestDraft['send'] = createTask(({ subject, host }, reason) =>
    connection.call('requests.create', { subject, host, reason }),
  );

  async function readHost(draft: Draft): Promise<void> {
    const isOpen = (): boolean => store.getState().draft === draft;
    try {
      const { registry } = await connection.call('decide.explain', { subject: draft.subject });
      if (isOpen()) store.setState({ draft: { ...draft, host: registry } });
    } catch (error) {
      if (isOpen()) store.setState({ problem: asProblem(error, problem('panel-failed')) });
    }
  }

  return {
    store,
    send,
    open(draft) {
      if (store.getState().draft !== null) return;
      send.reset();
      store.setState({ draft, problem: null });
      if (draft.host === null) void readHost(draft);
    },
    close: () => store.setState({ draft: null, problem: null }),
  };
}
