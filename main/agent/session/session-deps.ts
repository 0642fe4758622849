import type { Logger } from '../../platform/log/logger.ts';
import type { Fetch } from '../../platform/net/web-answer.ts';
import type { Clock } from '../../platform/time/clock.ts';
import type { AccountStore } from './account.ts';
import type { SecretStore } from './secret-store.ts';
import type { SessionSettings } from './sign-in-server.ts';

export interface SessionDeps {
  /** Read anew each time; call `reconsider` when they have changed. */
  settings: () => SessionSettings;
  secrets: SecretStore;
  account: AccountStore;
  fetch: Fetch;
  clock: Clock;
  /** In [0, 1): spreads retries. */
  random: () => number;
  log: Logger;
  /** Milliseconds that one exchange with a server may take; 15 s if not given. */
  requestTimeoutMs?: number;
  /** See `SignInFlowDeps`; null if not given. */
  panelLink?: string | null;
}
