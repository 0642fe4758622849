import type { IdTokenTerms } from '../../../shared/policy/id-token.ts';
import { checkSuccession } from '../../../shared/policy/succession.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem, type Problem, type Result } from '../../../shared/problems/problem.ts';
import { subscribe } from '../../../shared/subscribe.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { createSingleFlight } from '../../platform/process/single-flight.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { proofIn } from './membership-proof.ts';
import type { PolicySource } from './policy-source.ts';
import type { PolicyStore } from './policy-store.ts';
import { syncsOnOpen } from './reconnect.ts';
import { type RevisionWatch, watchRevisions } from './revision-watch.ts';
import { nextDelay } from './schedule.ts';
import {
  cacheLoaded,
  cacheRejected,
  initialSync,
  isServerAway,
  membershipAccepted,
  type PolicySyncState,
  policyAccepted,
  serverAnswered,
  serverAsked,
  syncFailed,
  syncScheduled,
  syncStarted,
  syncSucceeded,
  verificationTime,
} from './sync-state.ts';
import { createTrustedVerifier, Rejection, type TrustedKeys, type TrustedVerifier } from './trusted-verifier.ts';
import type { CompiledPolicy, PolicyToVerify } from './verify-and-compile.ts';

/** Whose policy is to be held, and by which keys it is verified. */
export interface SyncTarget extends TrustedKeys {
  /** Server, organization and user: what was stored for one target is of no use to another. */
  id: string;
  org: string;
  source: PolicySource;
  /** What an ID token has to say, where that proves membership; null where the hub does. */
  idToken: IdTokenTerms | null;
  /** What `keys` depends on: a target with another one is another target. */
  keysId: string;
}

export interface SyncOutcome {
  outcome: 'updated' | 'unchanged' | 'failed';
  problem: Problem | null;
}

export interface PolicySync {
  state(): PolicySyncState;
  onChange(listener: () => void): () => void;
  /** null: nobody belongs to an organization, as far as is known. What is held is dropped, what is on disk stays. */
  setTarget(target: SyncTarget | null): void;
  /** Deletes from the disk what belonged to the user who has signed out. */
  forget(): void;
  /** Asks the server now. An attempt under way is followed by another: it may have asked too early. */
  syncNow(): Promise<SyncOutcome>;
  stop(): Promise<void>;
}

export interface PolicySyncOptions {
  store: PolicyStore;
  verify: (policy: PolicyToVerify) => Promise<Result<CompiledPolicy>>;
  clock: Clock;
  random: () => number;
  /** 32 random bits. */
  seed: () => number;
  /** Asked again for each interval. */
  refreshMinutes: () => number;
  /** A request of the user is open. */
  awaitsDecision?: () => boolean;
  log: Logger;
}

/** Fetches, verifies and keeps the policy of the organization that the user belongs to, for as long as they do. */
export function createPolicySync(options: PolicySyncOptions): PolicySync {
  const { store, clock, random } = options;
  const log = options.log.child({ part: 'policy-sync' });
  const listeners = new Set<() => void>();
  const flight = createSingleFlight(attempt);
  let target: SyncTarget | null = null;
  let state = initialSync(null, 0);
  /** Entity tag of the document that is held. */
  let etag: string | null = null;
  /** Aborted when the target is another one. */
  let scope = new AbortController();
  /** The last of what reads or writes the files beside an attempt. */
  let files: Promise<void> = Promise.resolve();
  let cancelTimer = (): void => {};
  /** Of the next regular sync, by the monotonic clock. */
  let planned: number | null = null;
  let watch: RevisionWatch | null = null;
  /** The newest revision that was announced while a sync was under way. */
  let announced: number | null = null;

  function update(next: PolicySyncState): void {
    state = next;
    for (const listener of listeners) listener();
  }

  /** Resolves when nothing that is under way now uses the files. */
  function filesIdle(): Promise<unknown> {
    return Promise.allSettled([files, flight.isRunning() ? flight.join() : null]);
  }

  function setTarget(next: SyncTarget | null): void {
    if (idOf(next) === idOf(target)) return;
    scope.abort();
    scope = new AbortController();
    cancelTimer();
    target = next;
    etag = null;
    planned = null;
    watch = null;
    state = initialSync(next?.org ?? null, clock.wall());
    if (next !== null) {
      const { signal } = scope;
      files = filesIdle().then(() => loadCache(next, signal));
      void syncNow();
      if (next.source.events !== null) watch = watchRevisions({ ...watching(next.source.events), signal });
    }
    update(state);
  }

  function watching(open: NonNullable<PolicySource['events']>) {
    return {
      ...{ open, clock, random, log },
      isServerAway: () => isServerAway(state),
      onOpen: () => {
        const { failures, sync } = state;
        const isDue = syncsOnOpen({ failures, lastContact: sync.lastContact }, options.awaitsDecision?.() ?? false);
        if (isDue && !sync.running) void syncNow();
      },
      heard: {
        onRevision: (revision: number) => {
          // The sync under way may bring it.
          if (state.sync.running) announced = revision;
          else syncUnlessHeld(revision);
        },
        // What was allowed is in force before its user is told; every sync is followed by a look at the requests.
        onRequest: () => void syncNow(),
      },
    };
  }

  function syncUnlessHeld(revision: number): void {
    if (revision !== state.held?.summary.revision) void syncNow();
  }

  async function loadCache({ id, org, keys, idToken }: SyncTarget, signal: AbortSignal): Promise<void> {
    try {
      const stored = await store.load(id);
      if (stored === null || signal.aborted) return;
      const trusted = await keys(signal);
      // Verified for the time of the last contact: a policy that has expired since is still what is held.
      const at = Math.floor(stored.lastContact / 1000);
      const policy = await options.verify({
        ...{ document: stored.policy, keys: trusted, org, now: at, seed: options.seed() },
      });
      if (!policy.ok) throw new Rejection(policy.problem);
      const now = verificationTime(state, clock.wall());
      const proof = stored.membership && (await proofIn(stored.membership, { keys: trusted, org, now, idToken }));
      if (signal.aborted) return;
      etag = stored.etag;
      update(cacheLoaded(state, policy.value, proof?.ok ? proof.value : null, stored.lastContact));
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error }, 'cached policy not used');
      update(error instanceof Rejection ? cacheRejected(state, error.problem) : state);
    }
  }

  function syncNow(): Promise<SyncOutcome> {
    return target === null ? Promise.resolve(nobodySignedIn()) : flight.again();
  }

  async function attempt(): Promise<SyncOutcome> {
    if (target === null) return nobodySignedIn();
    const wanted = target;
    const { signal } = scope;
    cancelTimer();
    announced = null;
    update(syncStarted(state));
    await files;
    let outcome: SyncOutcome;
    try {
      signal.throwIfAborted();
      const before = state.held?.summary.digest;
      state = serverAsked(state, clock.wall());
      await fetchDocuments(wanted, signal);
      signal.throwIfAborted();
      state = syncSucceeded(state, clock.wall());
      await store.saveSidecar({ target: wanted.id, etag, lastContact: clock.wall() });
      outcome = { outcome: before === state.held?.summary.digest ? 'unchanged' : 'updated', problem: null };
      log.info({ outcome: outcome.outcome, org: wanted.org, revision: state.held?.summary.revision }, 'policy synced');
    } catch (error) {
      outcome = { outcome: 'failed', problem: asProblem(error, problem('sync-failed')) };
      if (signal.aborted) return outcome;
      state = syncFailed(state, asProblem(error, problem('sync-failed')), error instanceof Rejection);
      log.warn({ problem: outcome.problem, failures: state.failures }, 'policy sync failed');
    }
    if (signal.aborted) return outcome;
    const { failures } = state;
    const now = clock.monotonic();
    const plannedIn = planned === null ? null : planned - now;
    const delay = nextDelay({ failures, plannedIn, refreshMinutes: options.refreshMinutes(), random: random() });
    planned = failures === 0 ? now + delay : null;
    cancelTimer = clock.after(delay, () => void syncNow());
    update(syncScheduled(state, clock.wall() + delay));
    if (announced !== null) syncUnlessHeld(announced);
    if (failures === 0) watch?.serverAnswered();
    return outcome;
  }

  async function fetchDocuments(wanted: SyncTarget, signal: AbortSignal): Promise<void> {
    const verify = await createTrustedVerifier(wanted, signal);
    const answer = await wanted.source.policy(state.held === null ? null : etag, signal);
    signal.throwIfAborted();
    state = serverAnswered(state, answer.contact.serverTime, clock.wall());
    if (answer.kind === 'document') {
      await acceptPolicy(answer.document, wanted.org, verify, signal);
      etag = answer.etag;
    }
    if (wanted.source.membership === null) return;
    const document = await wanted.source.membership(signal);
    if (document === null) return;
    const { org, idToken } = wanted;
    const now = verificationTime(state, clock.wall());
    const claims = await verify((keys) => proofIn(document, { keys, org, now, idToken }));
    signal.throwIfAborted();
    await store.saveMembership(document);
    signal.throwIfAborted();
    state = membershipAccepted(state, claims);
  }

  /** The policy applies at once: the membership proof may take its time, or fail. */
  async function acceptPolicy(document: string, org: string, verify: TrustedVerifier, signal: AbortSignal) {
    const now = verificationTime(state, clock.wall());
    const next = await verify((keys) => options.verify({ document, keys, org, now, seed: options.seed() }));
    const succession = checkSuccession(state.held?.mark ?? null, next.mark);
    if (!succession.ok) throw new Rejection(succession.problem);
    signal.throwIfAborted();
    if (state.held !== null && succession.value === 'same') return;
    await store.savePolicy(document);
    // Somebody may have signed out while it was written.
    signal.throwIfAborted();
    update(policyAccepted(state, next));
  }

  return {
    state: () => state,
    onChange: (listener) => subscribe(listeners, listener),
    setTarget,
    forget() {
      files = filesIdle()
        .then(() => store.clear())
        .catch((error: unknown) => log.warn({ err: error }, 'cached policy not deleted'));
    },
    syncNow,
    async stop() {
      scope.abort();
      cancelTimer();
      target = null;
      await filesIdle();
    },
  };
}

function nobodySignedIn(): SyncOutcome {
  return { outcome: 'failed', problem: problem('not-signed-in') };
}

function idOf(target: SyncTarget | null): string | null {
  return target === null ? null : `${target.id} ${target.keysId}`;
}
