import type { StoreApi } from 'zustand/vanilla';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { CallResult } from '../../shared/schemas/ipc-schema.ts';
import type { PreferencesChange } from '../../shared/schemas/preferences.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';
import { isSigningIn } from '../../shared/state/session.ts';
import { createTask, type Task } from '../ui/stores/task.ts';
import { createRequestDraft, type RequestDraft } from './requests/request-draft.ts';
import { createExplain, type Explain } from './stores/explain.ts';
import { createLongList, type ListItem, type LongList } from './stores/long-list.ts';
import { createSnapshotStore, type SnapshotState } from './stores/snapshot.ts';
import type { Connection } from './transport/connection.ts';

/** Everything the views show and do; made once, handed down by context. */
export interface Panel {
  readonly connection: Connection;
  readonly snapshot: StoreApi<SnapshotState>;
  readonly sync: Task<[], CallResult<'sync.now'>>;
  readonly check: Task<[], CallResult<'enforcement.check'>>;
  readonly signIn: Task<[], CallResult<'session.signIn'>>;
  readonly signInByDevice: Task<[], CallResult<'session.signInByDevice'>>;
  readonly continueSignIn: Task<[], CallResult<'session.continueSignIn'>>;
  readonly cancelSignIn: Task<[], CallResult<'session.cancelSignIn'>>;
  readonly signOut: Task<[], CallResult<'session.signOut'>>;
  readonly setPreferences: Task<[PreferencesChange], CallResult<'preferences.set'>>;
  readonly saveReport: Task<[], CallResult<'report.save'>>;
  readonly lastReport: Task<[], CallResult<'reports.last'>>;
  readonly registries: LongList<ListItem<'registries.list'>>;
  readonly grants: LongList<ListItem<'grants.list'>>;
  readonly denials: LongList<ListItem<'denials.list'>>;
  readonly transitions: LongList<ListItem<'transitions.list'>>;
  /** The user's own, newest first. */
  readonly requests: LongList<ListItem<'requests.list'>>;
  readonly withdraw: Task<[id: string], CallResult<'requests.withdraw'>>;
  readonly draft: RequestDraft;
  readonly explain: Explain;
  /** Milliseconds since 1970 by the agent's clock. */
  now(): number;
}

export interface PanelOptions {
  readonly now: () => number;
  /** Opens a page of the organization's server outside this one. */
  readonly openExternal: (url: string) => void;
}

export function createPanel(connection: Connection, { now, openExternal }: PanelOptions): Panel {
  const snapshot = createSnapshotStore(connection, now);
  const registries = createLongList(connection, 'registries.list');
  const grants = createLongList(connection, 'grants.list');
  const denials = createLongList(connection, 'denials.list');
  const transitions = createLongList(connection, 'transitions.list');
  const requests = createLongList(connection, 'requests.list');
  const explain = createExplain(connection);
  const openPage = (address: string): void => {
    if (!/^https?:\/\//.test(address)) throw new ProblemError(problem('sign-in-address'));
    if (connection.opener === 'caller') openExternal(address);
  };
  const signIn: Panel['signIn'] = createTask(async () => {
    // It replaces whatever was begun.
    signInByDevice.reset();
    const answer = await connection.call('session.signIn', { opener: connection.opener });
    openPage(answer.authorizationUrl);
    return answer;
  });

  const signInByDevice: Panel['signInByDevice'] = createTask(() => {
    signIn.reset();
    return connection.call('session.signInByDevice', {});
  });
  const lastReport = createTask(() => connection.call('reports.last', {}));
  const continueSignIn = createTask(async () => {
    const answer = await connection.call('session.continueSignIn', { opener: connection.opener });
    openPage(answer.address);
    return answer;
  });

  function showLastReport(): void {
    if (lastReport.store.getState().phase === 'done') void lastReport.run();
  }

  // What each list and answer depends on; after a connection was lost nothing is known to be as it was.
  const dependents: { seen: string; of: (current: Snapshot) => string; refresh: () => void }[] = [
    { seen: '', of: rulesOf, refresh: registries.refresh },
    { seen: '', of: rulesOf, refresh: grants.refresh },
    { seen: '', of: rulesOf, refresh: explain.refresh },
    { seen: '', of: ({ denialsVersion }) => denialsVersion, refresh: denials.refresh },
    { seen: '', of: ({ state }) => state.id, refresh: transitions.refresh },
    // What is shown is what was sent last.
    { seen: '', of: ({ reporting }) => String(reporting?.last?.at ?? ''), refresh: showLastReport },
    { seen: '', of: ({ requests: view }) => view?.version ?? '', refresh: requests.refresh },
  ];
  let session = '';
  snapshot.subscribe(({ snapshot: current, status }) => {
    if (current === null || status.kind !== 'open') {
      for (const dependent of dependents) dependent.seen = '';
      return;
    }
    // An address, a code and a failure belong to one sign-in, which is over when the session has become another.
    const now = `${current.session?.kind} ${isSigningIn(current.session)}`;
    if (session !== now && !isSigningIn(current.session))
      for (const task of [signIn, signInByDevice, continueSignIn]) task.reset();
    session = now;
    for (const dependent of dependents) {
      const seen = dependent.of(current);
      if (seen === dependent.seen) continue;
      dependent.seen = seen;
      dependent.refresh();
    }
  });

  return {
    connection,
    snapshot,
    sync: createTask(() => connection.call('sync.now', {})),
    check: createTask(() => connection.call('enforcement.check', {})),
    signIn,
    signInByDevice,
    continueSignIn,
    cancelSignIn: createTask(() => connection.call('session.cancelSignIn', {})),
    signOut: createTask(() => connection.call('session.signOut', {})),
    saveReport: createTask(() => connection.call('report.save', {})),
    lastReport,
    setPreferences: createTask((change) => connection.call('preferences.set', change)),
    registries,
    grants,
    denials,
    transitions,
    requests,
    withdraw: createTask((id) => connection.call('requests.withdraw', { id })),
    draft: createRequestDraft(connection),
    explain,
    now: () => now() + snapshot.getState().skew,
  };
}

/** Changes whenever the list, or the answer to a check, may have changed. */
function rulesOf({ gateway, policy, state }: Snapshot): string {
  const digest = policy === null || policy.kind === 'none' ? '' : (policy.policy?.digest ?? '');
  return [gateway.generation, digest, state.id].join(' ');
}
