import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Snapshot } from '../../../shared/schemas/snapshot.ts';
import type { Connection, ConnectionStatus } from '../transport/connection.ts';

export interface SnapshotState {
  readonly status: ConnectionStatus;
  /** The last one received; while `status` is not `open` it is what was known, not what is. */
  readonly snapshot: Snapshot | null;
  /** Agent's clock minus this page's, in milliseconds: ages are counted by the clock that stamped them. */
  readonly skew: number;
}

/** Follows the agent, which sends a whole snapshot at each connection, and one per change. */
export function createSnapshotStore(connection: Connection, now: () => number): StoreApi<SnapshotState> {
  const store = createStore<SnapshotState>(() => ({ status: connection.status(), snapshot: null, skew: 0 }));
  connection.on('snapshot', (snapshot) => {
    store.setState({ status: connection.status(), snapshot, skew: snapshot.at - now() });
  });
  connection.onStatus((status) => {
    // It counts as open with its first snapshot: what was known before the connection was lost is not what is.
    if (status.kind !== 'open') store.setState({ status });
  });
  return store;
}
