import type { PolicyKeys } from '../../../shared/policy/keys.ts';
import { checkSuccession } from '../../../shared/policy/succession.ts';
import { verifyMembership } from '../../../shared/policy/verify.ts';
import { type Problem, ProblemError, type Result, toProblem } from '../../../shared/problems/problem.ts';
import type { SyncState } from '../../../shared/schemas/snapshot.ts';
import { subscribe } from '../../../shared/subscribe.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Clock } from '../../platform/time/clock.ts';
import type { PolicySource } from './policy-source.ts';
import type { PolicyStore } from './policy-store.ts';
import { watchRevisions } from './revision-watch.ts';
import { nextDelay } from './schedule.ts';
import type { CompiledPolicy, PolicyToVerify } from './verify-and-compile.ts';

/** Whose policy is to be held, and by which keys it is judged. */
export interface SyncTarget {
  /** Server, organization and user: what was stored for another one is none of this one's. */
  id: string;
  org: string;
  source: PolicySource;
  /** @throws ProblemError where there is no key to judge by. */
  keys: (signal: AbortSignal) => Promise<PolicyKeys>;
  /** What the known keys say of their successors, where it is they that count; null: nothing new. */
  introduced: ((signal: AbortSignal) => Promise<PolicyKeys | null>) | null;
  /** What `keys` depends on: a target with another one is another target. */
  keysId: string;
}

export interface HeldMembership {
  sub: string;
  /** Seconds since 1970. */
  iat: number;
  exp: number;
}

export interface PolicySyncState {
  org: string | null;
  /** Since when there should be a policy; null while nobody needs one. Milliseconds since 1970. */
  since: number | null;
  held: CompiledPolicy | null;
  membership: HeldMembership | null;
  /** Why the last document was refused; null once one was accepted. */
  rejection: Problem | null;
  sync: SyncState;
  failures: number;
  /** How far the server's clock is ahead of ours, in milliseconds, when it last answered. */
  serverAhead: number | null;
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
  /** Takes from the disk what belonged to the user who has signed out. */
  forget(): void;
  /** Asks the server now. One attempt under way is waited for and followed by another: it may have asked too early. */
  syncNow(): Promise<SyncOutcome>;
  stop(): Promise<void>;
}

export interface PolicySyncOptions {
  store: PolicyStore;
  judge: (policy: PolicyToVerify) => Promise<Result<CompiledPolicy>>;
  clock: Clock;
  random: () => number;
  /** 32 random bits. */
  seed: () => number;
  /** Asked anew for each interval. */
  refreshMinutes: () => number;
  log: Logger;
}

/** A document was refused, as opposed to not obtained. */
class Rejection extends ProblemError {}

const IDLE: SyncState = { running: false, lastContact: null, lastAttempt: null, next: null, problem: null };

/** Fetches, verifies and keeps the policy of the organization that the user belongs to, for as long as they do. */
export function createPolicySync(options: PolicySyncOptions): PolicySync {
  const { store, judge, clock, random, seed, log } = options;
  const listeners = new Set<() => void>();
  let target: SyncTarget | null = null;
  let scope = new AbortController();
  let files: Promise<void> = Promise.resolve();
  let etag: string | null = null;
  let held: CompiledPolicy | null = null;
  let membership: HeldMembership | null = null;
  let rejection: Problem | null = null;
  let since: number | null = null;
  let sync: SyncState = IDLE;
  let failures = 0;
  let serverAhead: number | null = null;
  let underWay: Promise<SyncOutcome> | null = null;
  let queued: Promise<SyncOutcome> | null = null;
  let cancelTimer = (): void => {};

  function tell(): void {
    for (const listener of listeners) listener();
  }

  /** Seconds since 1970; a clock that was set back does not make an expired document valid again. */
  function now(): number {
    return Math.max(Math.floor(clock.wall() / 1000), held?.summary.iat ?? 0);
  }

  function reset(): void {
    scope.abort();
    scope = new AbortController();
    cancelTimer();
    etag = null;
    held = null;
    membership = null;
    rejection = null;
    since = null;
    sync = IDLE;
    failures = 0;
    serverAhead = null;
  }

  /** Whatever reads or writes the files is through. */
  function settled(): Promise<unknown> {
    return Promise.allSettled([files, underWay]);
  }

  function setTarget(next: SyncTarget | null): void {
    if (idOf(next) === idOf(target)) return;
    target = next;
    reset();
    if (next !== null) {
      const { signal } = scope;
      since = clock.wall();
      files = settled().then(() => load(next, signal));
      if (next.source.events !== null) {
        watchRevisions({
          open: next.source.events,
          onOpen: () => void syncNow(),
          onRevision: (revision) => {
            if (revision !== held?.summary.revision) void syncNow();
          },
          signal,
          clock,
          random,
          log,
        });
      }
      void syncNow();
    }
    tell();
  }

  async function load({ id, org, keys }: SyncTarget, signal: AbortSignal): Promise<void> {
    try {
      const stored = await store.load(id);
      if (stored === null || signal.aborted) return;
      const trusted = await keys(signal);
      // Result at the moment when it was last known to be good: one that has expired since is still what is held.
      const at = Math.floor(stored.lastContact / 1000);
      const policy = await judge({ document: stored.policy, keys: trusted, org, now: at, seed: seed() });
      if (!policy.ok) throw new Rejection(policy.problem);
      const proof =
        stored.membership && (await verifyMembership(stored.membership, { keys: trusted, org, now: now() }));
      if (signal.aborted) return;
      held = policy.value;
      etag = stored.etag;
      if (proof?.ok) membership = proof.value.claims;
      sync = { ...sync, lastContact: stored.lastContact };
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error }, 'the cached policy is not used');
      if (error instanceof Rejection) rejection = error.problem;
    }
    tell();
  }

  function syncNow(): Promise<SyncOutcome> {
    if (target === null) {
      return Promise.resolve({
        outcome: 'failed',
        problem: {
          code: 'not-signed-in',
          message: 'Nobody is signed in, so there is no policy to fetch.',
          next: 'Sign in.',
        },
      });
    }
    if (underWay !== null) {
      queued ??= underWay.then(() => {
        queued = null;
        return syncNow();
      });
      return queued;
    }
    underWay = attempt(target, scope.signal).finally(() => {
      underWay = null;
    });
    return underWay;
  }

  async function attempt(wanted: SyncTarget, signal: AbortSignal): Promise<SyncOutcome> {
    cancelTimer();
    sync = { ...sync, running: true, next: null };
    tell();
    await files;
    let outcome: SyncOutcome;
    try {
      signal.throwIfAborted();
      const before = held?.summary.digest;
      sync = { ...sync, lastAttempt: clock.wall() };
      await fetchAll(wanted, signal);
      signal.throwIfAborted();
      rejection = null;
      failures = 0;
      sync = { ...sync, lastContact: clock.wall(), problem: null };
      await store.saveSidecar({ target: wanted.id, etag, lastContact: clock.wall() });
      outcome = { outcome: before === held?.summary.digest ? 'unchanged' : 'updated', problem: null };
      log.info({ outcome: outcome.outcome, org: wanted.org, revision: held?.summary.revision }, 'sync');
    } catch (error) {
      const problem = toProblem(
        error,
        'sync-failed',
        'The policy could not be fetched.',
        'Portcullis tries again by itself. If it lasts, tell your administrator.',
      );
      outcome = { outcome: 'failed', problem };
      if (signal.aborted) return outcome;
      failures += 1;
      sync = { ...sync, problem };
      if (error instanceof Rejection) rejection = problem;
      log.warn({ problem, failures }, 'sync');
    }
    if (signal.aborted) return outcome;
    const delay = nextDelay(failures, options.refreshMinutes(), random());
    sync = { ...sync, running: false, next: Math.trunc(clock.wall() + delay) };
    cancelTimer = clock.after(delay, () => void syncNow());
    tell();
    return outcome;
  }

  async function fetchAll({ org, source, keys, introduced }: SyncTarget, signal: AbortSignal): Promise<void> {
    let trusted = await keys(signal).catch((error: unknown) => {
      throw error instanceof ProblemError && error.problem.code === 'no-policy-key'
        ? new Rejection(error.problem)
        : error;
    });
    /** A document by a key that nobody knows may be by the successor of one that is known. */
    async function judged<T>(by: (keys: PolicyKeys) => Promise<Result<T>>): Promise<T> {
      let outcome = await by(trusted);
      if (!outcome.ok && outcome.problem.code.endsWith('-key-unknown') && introduced !== null) {
        trusted = (await introduced(signal).catch(() => null)) ?? trusted;
        outcome = await by(trusted);
      }
      if (!outcome.ok) throw new Rejection(outcome.problem);
      return outcome.value;
    }
    const answer = await source.policy(held === null ? null : etag, signal);
    const { serverTime } = answer.contact;
    serverAhead = serverTime === null ? null : serverTime - clock.wall();
    if (answer.kind === 'document') {
      const { document } = answer;
      const next = await judged((by) => judge({ document, keys: by, org, now: now(), seed: seed() }));
      const succession = checkSuccession(held?.mark ?? null, next.mark);
      if (!succession.ok) throw new Rejection(succession.problem);
      signal.throwIfAborted();
      if (held === null || succession.value !== 'same') {
        await store.savePolicy(document);
        // While it was written somebody may have signed out: what is held by then is another's, or nobody's.
        signal.throwIfAborted();
        held = next;
        tell();
      }
      etag = answer.etag;
    }
    if (source.membership === null) return;
    const document = await source.membership(signal);
    const { claims } = await judged((by) => verifyMembership(document, { keys: by, org, now: now() }));
    signal.throwIfAborted();
    await store.saveMembership(document);
    signal.throwIfAborted();
    membership = claims;
  }

  return {
    state: () => ({ org: target?.org ?? null, since, held, membership, rejection, sync, failures, serverAhead }),
    onChange: (listener) => subscribe(listeners, listener),
    setTarget,
    forget() {
      files = settled()
        .then(() => store.clear())
        .catch((error: unknown) => log.warn({ err: error }, 'the cached policy was not removed'));
    },
    syncNow,
    async stop() {
      scope.abort();
      cancelTimer();
      target = null;
      await settled();
    },
  };
}

function idOf(target: SyncTarget | null): string | null {
  return target === null ? null : `${target.id} ${target.keysId}`;
}
