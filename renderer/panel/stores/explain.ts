import { createStore, type StoreApi } from 'zustand/vanilla';
import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../../shared/problems/problem.ts';
import type { Explanation } from '../../../shared/schemas/ipc-schema.ts';
import type { Connection } from '../transport/connection.ts';

export interface ExplainState {
  /** What was asked last; empty before the first question. */
  readonly subject: string;
  readonly asking: boolean;
  readonly answer: Explanation | null;
  readonly problem: Problem | null;
  /** It was asked from elsewhere, and whoever asked has not been brought to the answer yet. */
  readonly summoned: boolean;
}

export interface Explain {
  readonly store: StoreApi<ExplainState>;
  ask(subject: string): void;
  /** The same from another place than the one where answers stand: it comes into sight. */
  show(subject: string): void;
  /** Brings the field into sight, with what was asked last. */
  summon(): void;
  /** It is in sight. */
  arrived(): void;
  /** The rules changed: an answer on screen is asked for anew, and stays until the new one is there. */
  refresh(): void;
}

/** "May I pull this?", answered by the agent: the page decides nothing. */
export function createExplain(connection: Connection): Explain {
  const store = createStore<ExplainState>(() => ({
    subject: '',
    asking: false,
    answer: null,
    problem: null,
    summoned: false,
  }));
  let latest = 0;

  async function ask(subject: string, keep: boolean): Promise<void> {
    latest += 1;
    const question = latest;
    store.setState(keep ? { asking: true } : { subject, asking: true, answer: null, problem: null });
    let outcome: Pick<ExplainState, 'answer' | 'problem'>;
    try {
      outcome = { answer: await connection.call('decide.explain', { subject }), problem: null };
    } catch (error) {
      outcome = {
        answer: null,
        problem: asProblem(error, problem('panel-failed')),
      };
    }
    if (question === latest) store.setState({ ...outcome, asking: false });
  }

  return {
    store,
    ask(subject) {
      const trimmed = subject.trim();
      if (trimmed !== '') void ask(trimmed, false);
    },
    show(subject) {
      const trimmed = subject.trim();
      if (trimmed === '') return;
      store.setState({ summoned: true });
      void ask(trimmed, false);
    },
    summon: () => store.setState({ summoned: true }),
    arrived: () => store.setState({ summoned: false }),
    refresh() {
      const { subject } = store.getState();
      if (subject !== '') void ask(subject, true);
    },
  };
}
