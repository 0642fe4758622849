import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../../shared/problems/problem.ts';
import type { LockReason } from '../../../shared/reasons.ts';
import {
  type ControlParams,
  type GatewayStatus,
  MAX_INLINE_DOCUMENT,
  type RulesInForce,
} from '../../../shared/schemas/control-schema.ts';
import { causeOfRejection, reasonOfCause } from '../../../shared/state/derive-state.ts';
import { subscribe } from '../../../shared/subscribe.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { backOff } from '../back-off.ts';
import type { GatewayLink } from './gateway-link.ts';
import {
  type DesiredPolicy,
  type DesiredPolicyDocument,
  nextStep,
  OF_CONFIGURATION,
  type ProgrammingStep,
} from './next-step.ts';

export interface ProgrammerState {
  wanted: DesiredPolicy;
  /** What the gateway is still to be told, or is being told; null when what is wanted is in force. */
  pending: ProgrammingStep | null;
  /** Why the last attempt at `pending` failed; null before the first one has. */
  refusal: Problem | null;
}

export interface Programmer {
  state(): ProgrammerState;
  onChange(listener: () => void): () => void;
  want(wanted: DesiredPolicy): void;
  stop(): void;
}

const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 5 * 60_000;

/** Attempts at one step in one state of the gateway. A step that was accepted and changed nothing has failed too. */
export interface Attempts {
  situation: string;
  count: number;
  /** By the monotonic clock. */
  notBefore: number;
}

export const NO_ATTEMPTS: Attempts = { situation: '', count: 0, notBefore: 0 };

/**
 * Whether a step is tried now, and how many attempts that makes.
 *
 * @param now of the monotonic clock, milliseconds.
 * @param random in [0, 1).
 * @returns `waitMs` 0: now.
 */
export function planAttempt(
  before: Attempts,
  situation: string,
  now: number,
  random: number,
): { attempts: Attempts; isNew: boolean; waitMs: number } {
  const isNew = situation !== before.situation;
  const { count, notBefore } = isNew ? NO_ATTEMPTS : before;
  if (count > 0 && now < notBefore) return { attempts: before, isNew, waitMs: notBefore - now };
  const retryAfter = backOff(count + 1, FIRST_RETRY_MS, LAST_RETRY_MS, random);
  return { attempts: { situation, count: count + 1, notBefore: now + retryAfter }, isNew, waitMs: 0 };
}

/** A step, and what of the gateway decides whether it can succeed: a change of either makes a new attempt worthwhile. */
export function situationOf(
  step: ProgrammingStep,
  { managed, policy, lock }: GatewayStatus,
  connection: number,
): string {
  const what = step.kind === 'program' ? ['program', step.policy.digest, step.policy.membership?.exp] : step;
  return JSON.stringify([what, connection, managed, policy?.digest, lock?.at]);
}

/**
 * Why everything is denied, where the gateway has refused a policy: the cause that every screen shows.
 *
 * @returns null: the gateway says so already, or denies for another reason, or not at all.
 */
export function reasonToTell(refusal: Problem, inForce: RulesInForce): LockReason | null {
  if (inForce.kind !== 'deny' || OF_CONFIGURATION.has(inForce.reason)) return null;
  if (!/^(policy|membership|id-token|provider-keys)-/.test(refusal.code)) return null;
  const reason = reasonOfCause(causeOfRejection(refusal));
  return reason === inForce.reason ? null : reason;
}

/**
 * Brings what is in force in the gateway to what is wanted: after every change of either it compares the two and tells the
 * gateway what is missing. It remembers nothing but failed attempts.
 */
export function createProgrammer(options: {
  link: Pick<GatewayLink, 'state' | 'onChange' | 'call'>;
  clock: Clock;
  random: () => number;
  /** A document of at most so many characters; null where it is longer, or cannot be read. Synchronous, so that no lock overtakes it. */
  readShort: (file: string, most: number) => string | null;
  log: Logger;
}): Programmer {
  const { link, clock, random, readShort } = options;
  const log = options.log.child({ part: 'programmer' });
  const listeners = new Set<() => void>();
  const underWay = new Set<ProgrammingStep['kind']>();
  let state: ProgrammerState = { wanted: { kind: 'nothing' }, pending: null, refusal: null };
  let announced = '';
  let attempts = NO_ATTEMPTS;
  let cancelRetry = (): void => {};
  let stopped = false;

  function compare(): void {
    if (stopped) return;
    const linked = link.state();
    if (linked.kind === 'up') {
      const pending = nextStep(state.wanted, linked.status);
      state = { ...state, pending, refusal: pending === null ? null : state.refusal };
      if (pending === null) {
        attempts = NO_ATTEMPTS;
        cancelRetry();
      } else if (!underWay.has(pending.kind)) {
        // Only of one kind at a time: a lock does not wait for a policy that is being verified.
        attempt(pending, situationOf(pending, linked.status, linked.connection));
      }
    }
    announce();
  }

  function attempt(step: ProgrammingStep, situation: string): void {
    const plan = planAttempt(attempts, situation, clock.monotonic(), random());
    attempts = plan.attempts;
    if (plan.isNew) state = { ...state, refusal: null };
    cancelRetry();
    if (plan.waitMs > 0) {
      cancelRetry = clock.after(plan.waitMs, compare);
      return;
    }
    underWay.add(step.kind);
    void send(step)
      .then(
        () => log.info({ step: step.kind }, 'gateway programmed'),
        (error: unknown) => {
          const refusal = asProblem(error, problem('gateway-refused'));
          state = { ...state, refusal };
          log.warn({ step: step.kind, problem: refusal }, 'gateway refused');
          if (step.kind === 'program') tellWhy(refusal);
        },
      )
      .finally(() => {
        underWay.delete(step.kind);
        compare();
      });
  }

  /** Until a policy is accepted the gateway asks for a sign-in, also somebody who has signed in. */
  function tellWhy(refusal: Problem): void {
    const linked = link.state();
    if (linked.kind !== 'up' || state.wanted.kind !== 'policy') return;
    const reason = reasonToTell(refusal, linked.status.inForce);
    if (reason === null) return;
    // Everything is denied as it is: where this fails only the reason is not told.
    link.call('lock', { reason }).catch((error: unknown) => log.warn({ err: error }, 'reason not told'));
  }

  function send(step: ProgrammingStep): Promise<unknown> {
    switch (step.kind) {
      case 'lock':
        return link.call('lock', { reason: step.reason });
      case 'release':
        return link.call('release', {});
      case 'program':
        return link.call('program', programParams(step.policy, readShort));
    }
  }

  function announce(): void {
    const now = JSON.stringify(state);
    if (now === announced) return;
    announced = now;
    for (const listener of listeners) listener();
  }

  const stopListening = link.onChange(compare);
  return {
    state: () => state,
    onChange: (listener) => subscribe(listeners, listener),
    want(wanted) {
      if (JSON.stringify(wanted) === JSON.stringify(state.wanted)) return;
      state = { ...state, wanted };
      compare();
    },
    stop() {
      stopped = true;
      cancelRetry();
      stopListening();
    },
  };
}

/** Short documents are sent along, because a gateway without privileges cannot read a user's files. */
function programParams(
  { policyFile, membership, firstUseKeys }: DesiredPolicyDocument,
  readShort: (file: string, most: number) => string | null,
): ControlParams<'program'> {
  const policy = readShort(policyFile, MAX_INLINE_DOCUMENT);
  const proof = membership && readShort(membership.file, MAX_INLINE_DOCUMENT);
  return {
    policyFile,
    membershipFile: membership?.file ?? null,
    ...(policy ? { policy } : {}),
    ...(proof ? { membership: proof } : {}),
    ...(firstUseKeys ? { firstUseKeys } : {}),
  };
}
