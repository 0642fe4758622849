import type { EffectivePolicy } from '../../../shared/policy/effective-policy.ts';
import { policyIssuerOf } from '../../../shared/policy/issuer.ts';
import type { ProviderKey, ProviderKeySet } from '../../../shared/policy/provider-keys.ts';
import type { PolicyMark } from '../../../shared/policy/succession.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { type Problem, ProblemError, type Result } from '../../../shared/problems/problem.ts';
import type { LockReason } from '../../../shared/reasons.ts';
import type { TeamProof } from '../../../shared/rule-set/grant-rules.ts';
import { grantsOf } from '../../../shared/rule-set/rule-set.ts';
import type { MembershipStatus } from '../../../shared/schemas/control-schema.ts';
import { createSerialQueue } from '../../platform/process/serial-queue.ts';
import type { PolicyControllerParts, PolicyOffer } from './controller-parts.ts';
import { underTerms } from './counting-proof.ts';
import { type ExpiryWatch, watchExpiry } from './expiry-watch.ts';
import { loadState } from './load-state.ts';
import {
  advanced,
  evaluate,
  type InForce,
  inForceLine,
  inForceOf,
  membershipStatus,
  nextExpiry,
  nextTurn,
  type PolicyState,
  teamProofOf,
} from './policy-state.ts';
import { bindingMarks } from './revision-marks.ts';
import {
  keysPublished,
  lock,
  offerTerms,
  program,
  release,
  resetRevision,
  type VerifiedOffer,
} from './state-changes.ts';
import type { StoredState } from './state-store.ts';
import { createTrustedClock, type TrustedClock } from './trusted-clock.ts';
import { trustedKeys } from './trusted-keys.ts';

export interface PolicyController {
  current(): InForce;
  /** Whose proof decides here, and what of it counts. */
  membershipStatus(): MembershipStatus | null;
  lockHeld(): StoredState['lock'];
  highest(): readonly PolicyMark[];
  /** Seconds since 1970, by which documents expire here: see trusted-clock.ts. */
  now(): number;
  keysPinned(): boolean;
  lastRefusal(): Problem | null;
  problems(): Problem[];
  /** Where new rules go: every DNS thread and the proxy. `announce` is called once after each change that a status shows. */
  attach(apply: (next: InForce) => Promise<void>, announce: () => void): void;
  program(offer: PolicyOffer): Promise<{ generation: number; revision: number; changed: boolean }>;
  lock(reason: LockReason): Promise<{ generation: number }>;
  release(): Promise<{ generation: number }>;
  /**
   * Forgets the highest revisions seen of an organization, and the marks of time; what is in force stays so until a policy is
   * programmed, of whatever revision. @throws ProblemError `revision-unknown`, `cannot-write`.
   */
  resetRevision(org: string): Promise<{ forgotten: { iss: string; revision: number }[]; generation: number }>;
  /** Evaluates again what is in force: after a change of the managed configuration, and as time passes. */
  reconsider(): Promise<void>;
  /** What is kept of the OpenID provider's keys. */
  providerKeys(): ProviderKeySet | null;
  /** The provider has answered with these. */
  publishKeys(issuer: string, published: readonly ProviderKey[]): Promise<void>;
  /** A grant has ended: the time belongs on disk, so that no restart brings it back. */
  noteGrantEnd(): Promise<void>;
  close(): void;
}

/** How far the high-water mark of time on disk may be behind, in seconds, and a minute: so much a kill can give back. */
const TIME_SAVED_EVERY = 300;
/** Everybody on the machine may offer documents of 256 MiB: what waits to be verified is bounded. */
const MAX_OFFERS = 16;

/**
 * Keeps what is in force: accepts what verifies, rejects the rest, writes it to disk before it takes effect, and hands it out as one
 * value. What changes is said by the pure functions of state-changes.ts and policy-state.ts; here it is put on disk and in force.
 *
 * Changes are made one at a time, in the order of arrival. What is offered is verified beside them, one document at a time: whoever
 * offers large documents again and again must not thereby hold up an expiry, a lock or the administrator's word.
 */
export async function openPolicyController(parts: PolicyControllerParts): Promise<PolicyController> {
  const controller = new Controller(parts, await loadState(parts));
  await controller.start();
  return controller;
}

class Controller implements PolicyController {
  readonly #parts: PolicyControllerParts;
  readonly #changes = createSerialQueue();
  readonly #offers = createSerialQueue();
  #openOffers = 0;
  #state: PolicyState;
  #time: TrustedClock;
  #inForce: InForce;
  /** The last write failed: what is in force is not what is on disk. */
  #unsaved: Problem | null = null;
  #lastRefusal: Problem | null = null;
  /** Counted, so that what was offered before them does not undo them. */
  #locks = 0;
  #releases = 0;
  #apply: (next: InForce) => Promise<void> = async () => undefined;
  #announce = (): void => undefined;
  #announced: unknown[] = [];
  #expiry: ExpiryWatch | null = null;

  constructor(parts: PolicyControllerParts, state: PolicyState) {
    this.#parts = parts;
    this.#state = state;
    this.#time = createTrustedClock(parts.clock, state.stored.time);
    for (const { iat } of this.#bindingMarks(state.stored)) this.#time.witness(iat);
    this.#inForce = this.#inForceWith(state, evaluate(state, parts.managed(), this.#time.now()));
    this.#shareTime();
  }

  async start(): Promise<void> {
    const { store, clock, log, watchClock } = this.#parts;
    await store.sweep(this.#state.stored.policy?.digest ?? null);
    // Written in any case: that the disk cannot be written is to be known before it matters.
    await this.#commit(this.#state, 'act');
    this.#expiry = watchExpiry({
      clock,
      watchClock: watchClock ?? null,
      untilNext: () => this.#untilNextTurn(),
      look: () => this.reconsider(),
      onFailure: (error) => log.error({ err: error }, 'expiry check failed'),
    });
  }

  current = (): InForce => this.#inForce;
  membershipStatus = (): MembershipStatus | null => membershipStatus(this.#state, this.#inForce.proof);
  lockHeld = (): StoredState['lock'] => this.#state.stored.lock;
  highest = (): readonly PolicyMark[] => this.#state.stored.highest;
  now = (): number => this.#time.now();
  keysPinned = (): boolean => this.#parts.managed().settings.policyKeys !== undefined;
  providerKeys = (): ProviderKeySet | null => this.#state.stored.providerKeys;
  lastRefusal = (): Problem | null => this.#lastRefusal;
  problems = (): Problem[] =>
    [this.#state.stored.damaged, this.#state.unusable, this.#unsaved].filter((each) => each !== null);
  close = (): void => this.#expiry?.close();

  attach(apply: (next: InForce) => Promise<void>, announce: () => void): void {
    this.#apply = apply;
    this.#announce = announce;
    this.#announced = this.#shown();
  }

  async program(offer: PolicyOffer): Promise<{ generation: number; revision: number; changed: boolean }> {
    const before = { locks: this.#locks, releases: this.#releases };
    if (this.#openOffers >= MAX_OFFERS) {
      throw new ProblemError(problem('busy', {}, { cause: `${MAX_OFFERS} are waiting already` }));
    }
    this.#openOffers += 1;
    try {
      return await this.#offers(async () => {
        const verified = await this.#verify(offer);
        return await this.#change(() =>
          this.#programVerified({
            ...verified,
            at: this.#parts.clock.wall(),
            lockedSince: this.#locks !== before.locks,
            releasedSince: this.#releases !== before.releases,
          }),
        );
      });
    } finally {
      this.#openOffers -= 1;
    }
  }

  lock(reason: LockReason): Promise<{ generation: number }> {
    this.#locks += 1;
    return this.#change(async () => {
      await this.#commit(lock(this.#state, reason, this.#parts.clock.wall()), 'act');
      // In force already; but a lock that a restart would forget must not be acknowledged.
      if (this.#unsaved !== null) throw new ProblemError(this.#unsaved);
      return { generation: this.#inForce.generation };
    });
  }

  release(): Promise<{ generation: number }> {
    return this.#change(async () => {
      await this.#commit(valueOrThrow(release(this.#state, this.#parts.managed())), 'store');
      this.#releases += 1;
      return { generation: this.#inForce.generation };
    });
  }

  resetRevision(org: string): Promise<{ forgotten: { iss: string; revision: number }[]; generation: number }> {
    return this.#change(async () => {
      const { state, forgotten } = valueOrThrow(resetRevision(this.#state, org));
      // What a server with a wrong clock has signed must not outlast this either; nor what this machine's own clock did.
      const time = createTrustedClock(this.#parts.clock, { mark: 0, spent: 0 });
      for (const { iat } of this.#bindingMarks(state.stored)) time.witness(iat);
      await this.#commit(state, 'store', time);
      this.#parts.log.warn({ org, forgotten }, 'revisions of an organization reset by an administrator');
      return {
        forgotten: forgotten.map(({ iss, revision }) => ({ iss, revision })),
        generation: this.#inForce.generation,
      };
    });
  }

  publishKeys(issuer: string, published: readonly ProviderKey[]): Promise<void> {
    return this.#change(async () => {
      await this.#commit(keysPublished(this.#state, issuer, published, this.#time.now()), 'act');
    });
  }

  reconsider(): Promise<void> {
    return this.#change(async () => {
      const managed = this.#parts.managed();
      this.#state = underTerms(this.#state, managed);
      const { stored, policy } = this.#state;
      const end = nextExpiry(this.#state, managed, this.#time.marks().spent);
      const isSpent = this.#time.observe(end, grantsOf(this.#inForce.rules)?.ends);
      this.#shareTime();
      const line = inForceLine(evaluate(this.#state, managed, this.#time.now()), policy, this.#proof(this.#state));
      const isTimeBehind = end !== null && this.#time.marks().mark - stored.time.mark >= TIME_SAVED_EVERY;
      if (isSpent || line !== stored.inForce || this.#unsaved !== null || isTimeBehind) {
        await this.#commit(this.#state, 'act');
      }
    });
  }

  noteGrantEnd(): Promise<void> {
    return this.#change(async () => {
      await this.#commit(this.#state, 'act');
    });
  }

  /** Checks an offer against what is in force now. @throws ProblemError why it is not accepted. */
  async #verify(
    offer: PolicyOffer,
    mayRefresh = true,
  ): Promise<Omit<VerifiedOffer, 'lockedSince' | 'releasedSince' | 'at'>> {
    const { store, runJob, log } = this.#parts;
    const managed = this.#parts.managed();
    if (offer.firstUseKeys && (managed.verdict !== 'absent' || managed.settings.policyKeys)) {
      log.warn('keys for first use ignored: the managed configuration decides about keys');
    }
    const { firstUseKeys, membershipFile } = offer;
    const hasMembership = membershipFile !== null;
    const known = this.providerKeys();
    const terms = offerTerms(this.#state.stored, managed, { firstUseKeys, hasMembership }, this.#time.now());
    if (!terms.ok) throw this.#refused(terms.problem);
    const { keys, organizations, idToken } = terms.value;
    const outcome = await runJob({
      kind: 'program',
      policy: { file: offer.policyFile, text: offer.policy },
      membership: membershipFile === null ? null : { file: membershipFile, text: offer.membership },
      ...{ keys, organizations, idToken },
      issuer: policyIssuerOf(managed.settings),
      highest: this.#bindingMarks({ ...this.#state.stored, firstUseKeys: terms.value.firstUseKeys }),
      now: this.#time.now(),
      store: store.folder,
    });
    if (!outcome.ok) {
      const isWorthAnother = mayRefresh && idToken !== null && (await this.#hasOtherKeys(outcome.problem, known));
      if (isWorthAnother) return this.#verify(offer, false);
      throw this.#refused(outcome.problem);
    }
    const { policy, membership } = outcome.value;
    if (policy === null) throw new Error('a program job ends with a policy');
    // A server that somebody volunteered for is not believed on the time: it could lead it a long way ahead, step by step.
    if (managed.settings.policyKeys !== undefined) {
      this.#time.witness(policy.claims.iat);
      if (membership !== null) this.#time.witness(membership.claims.iat);
      this.#shareTime();
    }
    return { ...terms.value, policy, membership };
  }

  /** Whether other keys of the provider are known than those that an offer was verified by: asked for now, or come meanwhile. */
  async #hasOtherKeys({ code }: Problem, known: ProviderKeySet | null): Promise<boolean> {
    // What is wrong with a document that its offerer may not be able to read is not told apart.
    if (code !== 'id-token-key-unknown' && code !== 'membership-unverified') return false;
    await this.#parts.refreshKeys?.();
    return this.providerKeys() !== known;
  }

  async #programVerified(offer: VerifiedOffer): Promise<{ generation: number; revision: number; changed: boolean }> {
    try {
      const changed = await this.#commit(valueOrThrow(program(this.#state, offer)), 'store');
      this.#lastRefusal = null;
      return { generation: this.#inForce.generation, revision: offer.policy.claims.revision, changed };
    } catch (error) {
      throw error instanceof ProblemError ? this.#refused(error.problem) : error;
    } finally {
      // It is on disk since it was verified; where it does not come into force, nobody needs it there.
      const inUse = this.#state.stored.policy?.digest ?? null;
      if (this.#unsaved === null && inUse !== offer.policy.digest) await this.#parts.store.sweep(inUse);
    }
  }

  /**
   * Puts a state on disk and in force. `store`: it counts only once it is on disk. `act`: it counts in any case, because to deny more
   * needs nobody's leave, and the disk is tried again later.
   */
  async #commit(next: PolicyState, mode: 'store' | 'act', time: TrustedClock = this.#time): Promise<boolean> {
    const { store, log } = this.#parts;
    const effective = evaluate(next, this.#parts.managed(), time.now());
    const proof = this.#proof(next);
    const { state, changed } = advanced(this.#state, next, effective, time.marks(), proof);
    try {
      await store.save(state.stored);
      this.#unsaved = null;
    } catch (error) {
      if (!(error instanceof ProblemError) || mode === 'store') throw error;
      this.#unsaved = error.problem;
      log.error({ problem: error.problem }, 'state not written');
    }
    const isOtherPolicy = this.#state.stored.policy?.digest !== state.stored.policy?.digest;
    this.#state = state;
    this.#time = time;
    const before = grantsOf(this.#inForce.rules);
    this.#inForce = this.#inForceWith(state, effective);
    this.#shareTime();
    if (changed) this.#logChange();
    // A renewed proof lets the grants for its teams last longer, and changes nothing else.
    if (changed || grantsOf(this.#inForce.rules) !== before) await this.#apply(this.#inForce);
    if (isOtherPolicy && this.#unsaved === null) await store.sweep(state.stored.policy?.digest ?? null);
    return changed;
  }

  #proof(state: PolicyState): TeamProof | null {
    return teamProofOf(state, this.#parts.managed(), this.#parts.jkt ?? null);
  }

  #inForceWith(state: PolicyState, effective: EffectivePolicy): InForce {
    return inForceOf(state, effective, this.#proof(state), this.#inForce ?? null);
  }

  #shareTime(): void {
    this.#parts.shareTime?.(this.#time.exactMarks());
  }

  #logChange(): void {
    const { log, managed } = this.#parts;
    const { generation, effective } = this.#inForce;
    log.info({ generation, effective }, 'effective policy changed');
    if (effective.kind !== 'open' || effective.reason !== 'break-glass') return;
    const { settings, settingsSource } = managed();
    log.warn({ ...settings.breakGlass, source: settingsSource }, 'break-glass in force, nothing is restricted');
  }

  /** One change after the other, and one announcement for each that a status shows. */
  #change<T>(task: () => Promise<T>): Promise<T> {
    return this.#changes(async () => {
      try {
        return await task();
      } finally {
        this.#announceChange();
        this.#expiry?.follow();
      }
    });
  }

  /** Milliseconds. */
  #untilNextTurn(): number {
    const now = this.#time.exactNow();
    const turn = nextTurn(this.#state, this.#parts.managed(), now / 1000);
    return turn === null ? Number.POSITIVE_INFINITY : turn * 1000 - now;
  }

  #refused(refusal: Problem): ProblemError {
    this.#lastRefusal = refusal;
    this.#parts.log.warn({ problem: refusal }, 'policy refused');
    this.#announceChange();
    return new ProblemError(refusal);
  }

  #announceChange(): void {
    const shown = this.#shown();
    if (shown.every((each, index) => each === this.#announced[index])) return;
    this.#announced = shown;
    this.#announce();
  }

  /** What a status shows of all this: small values as text, large ones as they are. */
  #shown(): unknown[] {
    const { stored, policy, membership } = this.#state;
    const small = [this.#inForce.generation, stored.lock, this.#lastRefusal, this.problems()];
    return [JSON.stringify(small), this.#parts.managed(), policy, membership, stored.highest];
  }

  #bindingMarks({ highest, firstUseKeys }: StoredState): ReturnType<typeof bindingMarks> {
    return bindingMarks(highest, trustedKeys(this.#parts.managed(), firstUseKeys));
  }
}

function valueOrThrow<T>(result: Result<T>): T {
  if (!result.ok) throw new ProblemError(result.problem);
  return result.value;
}
