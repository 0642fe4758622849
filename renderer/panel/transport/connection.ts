import type { IpcClient } from '../../../shared/schemas/ipc.ts';

/**
 * How the panel stands to the agent. `lost` is tried again by itself; `refused` is not: only a new address helps.
 * While it is not `open`, nothing on screen may claim to be true now.
 */
export type ConnectionStatus =
  | { kind: 'connecting' }
  | { kind: 'open' }
  /** @property retryAt milliseconds since 1970 */
  | { kind: 'lost'; retryAt: number }
  | { kind: 'unauthorized'; why: 'no-code' | 'code-used' | 'session-ended' };

/** The agent, over whichever transport this page has. */
export interface Connection {
  readonly call: IpcClient['call'];
  readonly on: IpcClient['on'];
  /** Who opens a sign-in page: a panel that is in a browser does it itself. */
  readonly opener: 'agent' | 'caller';
  status(): ConnectionStatus;
  onStatus(listener: (status: ConnectionStatus) => void): () => void;
  /** Does not wait for the next attempt's time. */
  retryNow(): void;
}
