import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Snapshot } from '../../shared/snapshot.ts';
import type { Connection, ConnectionStatus } from '../transport/connection.ts';

export interface SnapshotState {
  readonly status: ConnectionStatus;
  /** The last one received; while `status` is not `open` it is what was known, not what is. */
  readonly snapshot: Snapshot | null;
  /** Agent's clock minus this page's, in milliseconds: ages are counted by the clock that stamped them. */
  readonly skew: number;
}

/** Follows the agent: a whole snapshot at each connection, then one per change. */
export function createSnapshotStore(connection: Connection, now: () => number): StoreApi<SnapshotState> {
  const store = createStore<SnapshotState>(() => ({ status: connection.status(), snapshot: null, skew: 0 }));
  const take = (snapshot: Snapshot) => store.setState({ snapshot, skew: snapshot.at - now() });
  const fetch = () => {
    // Without an answer the connection is about to be lost, and the next one asks again.
    connection.call('snapshot.get', {}).then(take, () => {});
  };
  connection.on('snapshot', take);
  connection.onStatus((status) => {
    store.setState({ status });
    if (status.kind === 'open') fetch();
  });
  if (connection.status().kind === 'open') fetch();
  return store;
}
