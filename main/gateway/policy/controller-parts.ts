import type { PolicyKeys } from '../../../shared/policy/keys.ts';
import type { Result } from '../../../shared/problems/problem.ts';
import type { ManagedConfig } from '../../../shared/schemas/managed-config.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Clock } from '../../platform/time/clock.ts';
import type { WatchClock } from '../native/clock-watch.ts';
import type { PolicyJob, PolicyJobResult } from './policy-job.ts';
import type { StateStore } from './state-store.ts';
import type { TimeMarks } from './trusted-clock.ts';

export interface PolicyOffer {
  policyFile: string;
  membershipFile: string | null;
  policy?: string | undefined;
  membership?: string | undefined;
  firstUseKeys?: PolicyKeys | undefined;
}

export interface PolicyControllerParts {
  store: StateStore;
  managed: () => ManagedConfig;
  runJob: (job: PolicyJob) => Promise<Result<PolicyJobResult>>;
  clock: Clock;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  uid: number | undefined;
  /** Thumbprint of this gateway's key; without it no grant for a team counts. */
  jkt?: string | null;
  /** Asks the provider for its keys, if it may be asked again already; resolves once they are published, or are not. */
  refreshKeys?: () => Promise<unknown>;
  /** Where the time by which grants end goes, for the threads that decide: after each change of its marks, in milliseconds since 1970. */
  shareTime?: (marks: TimeMarks) => void;
  /** Who tells that the wall clock was set; null where nobody does. */
  watchClock?: WatchClock | null;
}
