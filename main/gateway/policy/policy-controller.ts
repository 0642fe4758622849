import { type EffectivePolicy, effectivePolicyOf } from '../../../shared/policy/effective-policy.ts';
import { keysFor, type PolicyKey, type PolicyKeys } from '../../../shared/policy/keys.ts';
import type { PolicyMark } from '../../../shared/policy/succession.ts';
import { type Problem, ProblemError, type Result } from '../../../shared/problems/problem.ts';
import type { LockReason } from '../../../shared/reasons.ts';
import { denyRules, openRules, type RuleSet } from '../../../shared/rule-set/rule-set.ts';
import type { ManagedConfig } from '../../../shared/schemas/managed-config.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { every } from '../../platform/time/every.ts';
import type { PolicyJob, PolicyJobResult, VerifiedMembership, VerifiedPolicyDocument } from './policy-job.ts';
import type { StateStore, StoredMark, StoredState } from './state-store.ts';
import { createTrustedClock } from './trusted-clock.ts';

/** What is in force now. */
export interface InForce {
  generation: number;
  effective: EffectivePolicy;
  rules: RuleSet;
  /** The policy whose rules these are, or would be if nothing stood in their way. */
  policy: VerifiedPolicyDocument | null;
}

export interface PolicyController {
  current(): InForce;
  membership(): VerifiedMembership | null;
  lockHeld(): StoredState['lock'];
  highest(): readonly PolicyMark[];
  /** Seconds since 1970, by which documents expire here: see time-controller.ts. */
  now(): number;
  keysPinned(): boolean;
  lastRefusal(): Problem | null;
  problems(): Problem[];
  /** Where new rules go: every DNS thread and the proxy. `announce` is called after any change that a status shows. */
  attach(apply: (next: InForce) => Promise<void>, announce: () => void): void;
  program(request: {
    policyFile: string;
    membershipFile: string | null;
    policy?: string | undefined;
    membership?: string | undefined;
    firstUseKeys?: PolicyKeys | undefined;
  }): Promise<{ generation: number; revision: number; changed: boolean }>;
  lock(reason: LockReason): Promise<{ generation: number }>;
  release(): Promise<{ generation: number }>;
  /**
   * Forgets the highest revisions seen of an organization, and the marks of time; what is in force stays so until a policy is
   * programmed, of whatever revision. @throws ProblemError `revision-unknown`, `cannot-write`.
   */
  resetRevision(org: string): Promise<{ forgotten: { iss: string; revision: number }[]; generation: number }>;
  /** Judges again what is in force: after a change of the managed configuration, and as time passes. */
  reconsider(): Promise<void>;
  close(): void;
}

export interface PolicyControllerParts {
  store: StateStore;
  managed: () => ManagedConfig;
  runJob: (job: PolicyJob) => Promise<Result<PolicyJobResult>>;
  clock: Clock;
  log: Pick<Logger, 'info' | 'warn' | 'error'>;
  uid: number | undefined;
}

/** How often the wall clock is asked whether something has expired: it may jump, and the machine may have slept. */
const EXPIRY_CHECK_MS = 5_000;
/** How far the high-water mark of time on disk may be behind, in seconds: so much a kill can give back. */
const TIME_SAVED_EVERY = 120;
const MAX_MARKS = 1_000;
/** Everybody on the machine may offer documents of 256 MiB: what waits to be judged is bounded. */
const MAX_OFFERS = 16;

/**
 * Keeps what is in force: takes what verifies, refuses the rest, writes it down before it counts, and hands it out as one
 * value. Changes are made one at a time, in the order of arrival. What is offered is judged beside them, one document at a time:
 * who offers large documents again and again must not thereby hold up an expiry, a lock or the administrator's word.
 */
export async function openPolicyController(parts: PolicyControllerParts): Promise<PolicyController> {
  const { store, clock, log } = parts;
  let state = await store.load();
  /** The policy on disk is there, but does not verify any more. */
  let unusable: Problem | null = null;
  let policy: VerifiedPolicyDocument | null = null;
  let membership: VerifiedMembership | null = null;
  let lastRefusal: Problem | null = null;
  /** The last write failed: what is in force is not what is on disk. */
  let unsaved: Problem | null = null;
  let apply: ((next: InForce) => Promise<void>) | null = null;
  let announce = (): void => {};
  let queue: Promise<unknown> = Promise.resolve();
  let offers: Promise<unknown> = Promise.resolve();
  let openOffers = 0;
  /** Counted, so that what was offered before them does not undo them. */
  let locks = 0;
  let releases = 0;

  if (state.policy !== null || state.membership !== null) {
    const outcome = await parts.runJob({
      kind: 'load',
      policy: state.policy && { ...state.policy, file: store.policyFile(state.policy.digest) },
      membership: state.membership,
      owner: parts.uid,
    });
    if (outcome.ok) ({ policy, membership } = outcome.value);
    else {
      log.error({ problem: outcome.problem }, 'the stored policy cannot be used');
      unusable = outcome.problem;
    }
  }
  if (state.damaged !== null) log.error({ problem: state.damaged }, 'state damaged');

  const inOrder = <T>(task: () => Promise<T>): Promise<T> => {
    const result = queue.then(task);
    queue = result.catch(() => undefined);
    return result;
  };

  const offerInOrder = <T>(task: () => Promise<T>): Promise<T> => {
    if (openOffers >= MAX_OFFERS) return Promise.reject(new ProblemError(BUSY));
    openOffers += 1;
    const result = offers.then(task).finally(() => {
      openOffers -= 1;
    });
    offers = result.catch(() => undefined);
    return result;
  };

  /** On a managed machine the administrator's keys and no others. */
  const trustedKeys = (managed: ManagedConfig, firstUse: PolicyKeys | null): PolicyKeys | null =>
    managed.settings.policyKeys ?? (managed.verdict === 'absent' ? firstUse : null);

  const trusts = (keys: PolicyKeys | null, org: string, verifiedBy: PolicyKey[]): boolean => {
    const usable = keysFor(keys, org).map(material);
    return verifiedBy.length > 0 && verifiedBy.every((key) => usable.includes(material(key)));
  };

  /**
   * The marks that bind, highest revision first. A key that is not trusted any more, or was only while nobody managed this
   * machine, must not keep out the policies of those that are.
   */
  const countedMarks = ({ highest, firstUseKeys }: StoredState): StoredMark[] => {
    const keys = trustedKeys(parts.managed(), firstUseKeys);
    return highest
      .filter(({ org, verifiedBy }) => verifiedBy.length === 0 || trusts(keys, org, verifiedBy))
      .sort((a, b) => b.revision - a.revision);
  };

  let time = createTrustedClock(clock, state.time);
  for (const { iat } of countedMarks(state)) time.witness(iat);

  const judge = (
    next: StoredState,
    heldPolicy: VerifiedPolicyDocument | null,
    heldMembership: VerifiedMembership | null,
    stillUnusable: boolean,
  ): EffectivePolicy => {
    const managed = parts.managed();
    const keys = trustedKeys(managed, next.firstUseKeys);
    const usable = <T extends VerifiedPolicyDocument | VerifiedMembership>(held: T | null): T | null =>
      held !== null && trusts(keys, held.claims.org, held.verifiedBy) ? held : null;
    const usablePolicy = usable(heldPolicy);
    const usableMembership = usable(heldMembership);
    const keyWithdrawn =
      heldPolicy !== null &&
      usablePolicy === null &&
      (managed.verdict === 'absent' || managed.allowedOrgs.includes(heldPolicy.claims.org));
    return effectivePolicyOf({
      managed,
      lock: next.lock,
      policy: usablePolicy?.claims ?? null,
      membership: usableMembership?.claims ?? null,
      policyInvalid: next.damaged !== null || stillUnusable || keyWithdrawn,
      now: time.now(),
    });
  };

  const rulesOf = (effective: EffectivePolicy, heldPolicy: VerifiedPolicyDocument | null): RuleSet => {
    if (effective.kind === 'open') return openRules(effective.reason);
    if (effective.kind === 'deny') return denyRules(effective.reason, effective.organizations, effective.detail);
    if (heldPolicy === null) return denyRules('no-policy', [effective.org], 'the policy is not at hand');
    return heldPolicy.rules;
  };

  const lineOf = (effective: EffectivePolicy, heldPolicy: VerifiedPolicyDocument | null): string =>
    JSON.stringify(
      effective.kind === 'policy' ? [effective.org, effective.revision, heldPolicy?.contentDigest] : effective,
    );

  let inForce: InForce = (() => {
    const effective = judge(state, policy, membership, unusable !== null);
    return { generation: state.generation, effective, rules: rulesOf(effective, policy), policy };
  })();

  /**
   * Makes a new state the one in force. With `fresh` it takes the place of whatever was unusable, and counts only once it
   * is on disk. Else it counts in any case, because to refuse more needs nobody's leave, and the disk is tried again later.
   */
  const settle = async (
    next: StoredState,
    nextPolicy: VerifiedPolicyDocument | null,
    nextMembership: VerifiedMembership | null,
    fresh: boolean,
  ): Promise<boolean> => {
    const effective = judge(next, nextPolicy, nextMembership, unusable !== null && !fresh);
    const line = lineOf(effective, nextPolicy);
    const changed = line !== state.inForce;
    const settled = { ...next, inForce: line, time: time.marks(), generation: state.generation + (changed ? 1 : 0) };
    try {
      await store.save(settled);
      unsaved = null;
    } catch (error) {
      if (!(error instanceof ProblemError) || fresh) throw error;
      unsaved = error.problem;
      log.error({ problem: error.problem }, 'state could not be written');
    }
    const policyChanged = state.policy?.digest !== settled.policy?.digest;
    if (fresh) unusable = null;
    state = settled;
    policy = nextPolicy;
    membership = nextMembership;
    inForce = { generation: settled.generation, effective, rules: rulesOf(effective, nextPolicy), policy: nextPolicy };
    if (changed) {
      log.info({ generation: settled.generation, effective }, 'in force');
      if (effective.kind === 'open' && effective.reason === 'break-glass') {
        const { settings, settingsSource } = parts.managed();
        log.warn({ ...settings.breakGlass, source: settingsSource }, 'the glass is broken: nothing is restricted');
      }
      await apply?.(inForce);
    }
    announce();
    if (policyChanged && unsaved === null) await store.sweep(settled.policy?.digest ?? null);
    return changed;
  };

  /** When the first of the documents at hand ends, or the time for which an administrator lifted everything. Seconds since 1970. */
  const firstEnd = (): number | null => {
    const ends = [policy, membership].flatMap((held) => (held === null ? [] : [held.claims.exp]));
    const documents = ends.length === 0 ? null : Math.min(...ends);
    const { breakGlass } = parts.managed().settings;
    const lifted = breakGlass === undefined ? null : Math.ceil(Date.parse(breakGlass.until) / 1000);
    const { spent } = time.marks();
    if (lifted === null || lifted <= spent) return documents;
    return documents === null || documents <= spent ? lifted : Math.min(documents, lifted);
  };

  const reconsider = async (): Promise<void> => {
    const end = firstEnd();
    const spent = time.observe(end);
    const effective = judge(state, policy, membership, unusable !== null);
    if (spent || lineOf(effective, policy) !== state.inForce || unsaved !== null) {
      await settle(state, policy, membership, false);
    } else if (end !== null && time.marks().mark - state.time.mark >= TIME_SAVED_EVERY) {
      await settle(state, policy, membership, false);
    }
  };

  const refuseProgram = (problem: Problem): ProblemError => {
    lastRefusal = problem;
    log.warn({ problem }, 'a policy was refused');
    announce();
    return new ProblemError(problem);
  };

  await store.sweep(state.policy?.digest ?? null);
  // Written in any case: that the disk cannot be written is to be known before it matters.
  await settle(state, policy, membership, false);
  const endChecks = every(
    clock,
    EXPIRY_CHECK_MS,
    () => inOrder(reconsider),
    (error) => log.error({ err: error }, 'what is in force could not be looked at anew'),
  );

  return {
    current: () => inForce,
    membership: () => membership,
    lockHeld: () => state.lock,
    highest: () => state.highest,
    now: () => time.now(),
    keysPinned: () => parts.managed().settings.policyKeys !== undefined,
    lastRefusal: () => lastRefusal,
    problems: () => [state.damaged, unusable, unsaved].filter((problem) => problem !== null),
    attach(to, changed) {
      apply = to;
      announce = changed;
    },
    program: (request) => {
      const earlier = { locks, releases };
      return offerInOrder(async () => {
        const managed = parts.managed();
        const isManaged = managed.verdict !== 'absent';
        if (request.firstUseKeys && (isManaged || managed.settings.policyKeys)) {
          log.warn('keys for first use were offered and ignored: keys come from the managed configuration');
        }
        const firstUseKeys = request.firstUseKeys ?? state.firstUseKeys;
        const keys = trustedKeys(managed, firstUseKeys);
        if (keys === null) {
          throw refuseProgram({
            code: 'no-policy-key',
            message:
              `There is no policy key${isManaged ? ` for ${managed.allowedOrgs.join(', ')}` : ''} on this machine.`.slice(
                0,
                500,
              ),
            next: 'An administrator adds policyKeys to portcullis.json.',
          });
        }
        if (isManaged && request.membershipFile === null) {
          throw refuseProgram({
            code: 'membership-missing',
            message: 'A policy came without the proof that somebody here belongs to its organization.',
            next: 'Sign in again.',
          });
        }
        const outcome = await parts.runJob({
          kind: 'program',
          policy: { file: request.policyFile, text: request.policy },
          membership:
            request.membershipFile === null ? null : { file: request.membershipFile, text: request.membership },
          keys,
          organizations: isManaged ? managed.allowedOrgs : null,
          highest: countedMarks({ ...state, firstUseKeys }),
          now: time.now(),
          store: store.folder,
        });
        if (!outcome.ok) throw refuseProgram(outcome.problem);
        const offered = outcome.value.policy;
        if (offered === null) throw new Error('a program job ends with a policy');
        // A server that somebody volunteered for is not believed on the time: it could lead it a long way ahead, step by step.
        if (managed.settings.policyKeys !== undefined) {
          time.witness(offered.claims.iat);
          if (outcome.value.membership !== null) time.witness(outcome.value.membership.claims.iat);
        }
        return inOrder(async () => {
          // The same content for longer may have been programmed before: an older signature must not shorten it.
          const known = policy;
          const keep =
            sameContent(known, offered) &&
            known.claims.exp >= offered.claims.exp &&
            trusts(keys, known.claims.org, known.verifiedBy);
          const nextPolicy = keep
            ? known
            : { ...offered, rules: sameContent(known, offered) ? known.rules : offered.rules };
          const nextMembership = outcome.value.membership ?? (isManaged ? null : membership);
          try {
            if (releases !== earlier.releases) throw new ProblemError(SUPERSEDED);
            const changed = await settle(
              {
                ...state,
                lock: locks === earlier.locks ? null : state.lock,
                damaged: null,
                policy: { digest: nextPolicy.digest, iat: nextPolicy.claims.iat, verifiedBy: nextPolicy.verifiedBy },
                membership: nextMembership && {
                  token: nextMembership.token,
                  iat: nextMembership.claims.iat,
                  verifiedBy: nextMembership.verifiedBy,
                },
                firstUseKeys: isManaged ? state.firstUseKeys : firstUseKeys,
                highest: withMark(state.highest, offered),
              },
              nextPolicy,
              nextMembership,
              true,
            );
            lastRefusal = null;
            return { generation: state.generation, revision: offered.claims.revision, changed };
          } catch (error) {
            if (error instanceof ProblemError) throw refuseProgram(error.problem);
            throw error;
          } finally {
            // It is on disk since it was judged; where it does not come into force, nobody needs it there.
            if (unsaved === null && state.policy?.digest !== offered.digest) {
              await store.sweep(state.policy?.digest ?? null);
            }
          }
        });
      });
    },
    lock: (reason) => {
      locks += 1;
      return inOrder(async () => {
        await settle({ ...state, lock: { reason, at: clock.wall() } }, policy, membership, false);
        // In force already; but a lock that a restart would forget must not be acknowledged.
        if (unsaved !== null) throw new ProblemError(unsaved);
        return { generation: state.generation };
      });
    },
    release: () =>
      inOrder(async () => {
        const { verdict, source } = parts.managed();
        if (verdict !== 'absent') {
          throw new ProblemError({
            code: 'release-refused',
            message: 'This machine is managed, so its restrictions are not released.',
            ...(source === null ? {} : { cause: `${source} is ${verdict}` }),
            next: 'Sign in with the organization that it names.',
          });
        }
        const next = { ...state, lock: null, damaged: null, policy: null, membership: null, firstUseKeys: null };
        await settle(next, null, null, true);
        releases += 1;
        return { generation: state.generation };
      }),
    resetRevision: (org) =>
      inOrder(async () => {
        const forgotten = state.highest.filter((mark) => mark.org === org);
        if (forgotten.length === 0) {
          throw new ProblemError({
            code: 'revision-unknown',
            message: `No policy of ${org} has been seen on this machine.`,
            next: 'Check the spelling; "portcullis gateway status --json" names those that were seen, under "highest".',
          });
        }
        await settle({ ...state, highest: state.highest.filter((mark) => mark.org !== org) }, policy, membership, true);
        // What a server with a wrong clock has signed must not outlast this either; nor what this machine's own clock did.
        time = createTrustedClock(clock, { mark: 0, spent: 0 });
        for (const { iat } of countedMarks(state)) time.witness(iat);
        await settle(state, policy, membership, true);
        log.warn({ org, forgotten }, 'the revisions seen of an organization were reset by an administrator');
        return {
          forgotten: forgotten.map(({ iss, revision }) => ({ iss, revision })),
          generation: state.generation,
        };
      }),
    reconsider: () => inOrder(reconsider),
    close: endChecks,
  };
}

const BUSY: Problem = {
  code: 'busy',
  message: 'The filter is judging other policies.',
  cause: `${MAX_OFFERS} wait already`,
  next: 'It is tried again by itself. What is in force stays.',
};
const SUPERSEDED: Problem = {
  code: 'policy-superseded',
  message: 'The policy was released while it was judged.',
  next: 'Sync again, if it is wanted.',
};

/** What makes two pinned keys the same key. */
function material({ kid, kty, crv, x, y }: PolicyKey): string {
  return JSON.stringify([kid, kty, crv, x, y ?? null]);
}

function sameContent(
  known: VerifiedPolicyDocument | null,
  offered: VerifiedPolicyDocument,
): known is VerifiedPolicyDocument {
  return known !== null && known.claims.iss === offered.claims.iss && known.contentDigest === offered.contentDigest;
}

function withMark(
  highest: readonly StoredMark[],
  { claims, contentDigest, verifiedBy }: VerifiedPolicyDocument,
): StoredMark[] {
  const { iss, org, revision, iat, exp } = claims;
  const keys = verifiedBy.map(material).join();
  const previous = highest.find(
    (mark) => mark.iss === iss && mark.org === org && mark.verifiedBy.map(material).join() === keys,
  );
  const others = highest.filter((mark) => mark !== previous);
  const mark: StoredMark = {
    ...{ iss, org, revision, contentDigest, verifiedBy },
    iat: Math.max(iat, previous?.iat ?? 0),
    exp: previous?.revision === revision ? Math.max(exp, previous.exp) : exp,
  };
  return [...others, mark].slice(-MAX_MARKS);
}
