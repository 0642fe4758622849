import type { StoreApi } from 'zustand/vanilla';
import type { CallResult } from '../shared/ipc-schema.ts';
import { ProblemError } from '../shared/problem.ts';
import type { Snapshot } from '../shared/snapshot.ts';
import { isSigningIn } from './session.ts';
import { createExplain, type Explain } from './stores/explain.ts';
import { createPagedList, type ListItem, type PagedList } from './stores/paged-list.ts';
import { createSnapshotStore, type SnapshotState } from './stores/snapshot.ts';
import { createTask, type Task } from './stores/task.ts';
import type { Connection } from './transport/connection.ts';

/** Everything the views show and do; made once, handed down by context. */
export interface Panel {
  readonly connection: Connection;
  readonly snapshot: StoreApi<SnapshotState>;
  readonly sync: Task<[], CallResult<'sync.now'>>;
  readonly check: Task<[], CallResult<'enforcement.check'>>;
  readonly signIn: Task<[], CallResult<'session.signIn'>>;
  readonly cancelSignIn: Task<[], CallResult<'session.cancelSignIn'>>;
  readonly signOut: Task<[], CallResult<'session.signOut'>>;
  readonly registries: PagedList<ListItem<'registries.list'>>;
  readonly explain: Explain;
  /** Milliseconds since 1970 by the agent's clock. */
  now(): number;
}

export interface PanelOptions {
  readonly now: () => number;
  /** Opens a page of the organization's server outside this one. */
  readonly openExternal: (url: string) => void;
}

const PAGE = 100;

const NOT_OF_THE_WEB = {
  code: 'sign-in-address',
  message: 'The sign-in page has an address that cannot be opened.',
  next: 'Tell your administrator: the server’s address in the configuration is wrong.',
} as const;

export function createPanel(connection: Connection, { now, openExternal }: PanelOptions): Panel {
  const snapshot = createSnapshotStore(connection, now);
  const registries = createPagedList(connection, 'registries.list', PAGE);
  const explain = createExplain(connection);
  const signIn = createTask(async () => {
    const answer = await connection.call('session.signIn', { opener: connection.opener });
    if (!/^https?:\/\//.test(answer.authorizationUrl)) throw new ProblemError(NOT_OF_THE_WEB);
    if (connection.opener === 'caller') openExternal(answer.authorizationUrl);
    return answer;
  });

  let rules = '';
  let wasSigningIn = false;
  snapshot.subscribe(({ snapshot: current, status }) => {
    if (current === null || status.kind !== 'open') {
      rules = '';
      return;
    }
    const signingIn = isSigningIn(current.session);
    // The address of a sign-in is good for that one sign-in.
    if (wasSigningIn && !signingIn) signIn.reset();
    wasSigningIn = signingIn;
    const next = rulesOf(current);
    if (next === rules) return;
    rules = next;
    registries.refresh();
    explain.refresh();
  });

  return {
    connection,
    snapshot,
    sync: createTask(() => connection.call('sync.now', {})),
    check: createTask(() => connection.call('enforcement.check', {})),
    signIn,
    cancelSignIn: createTask(() => connection.call('session.cancelSignIn', {})),
    signOut: createTask(() => connection.call('session.signOut', {})),
    registries,
    explain,
    now: () => now() + snapshot.getState().skew,
  };
}

/** Changes whenever lists and answers may have changed. */
function rulesOf({ gateway, policy, state }: Snapshot): string {
  const digest = policy === null || policy.kind === 'none' ? '' : (policy.policy?.digest ?? '');
  return [gateway.generation, digest, state.id].join(' ');
}
