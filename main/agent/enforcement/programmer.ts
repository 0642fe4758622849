import { type Problem, toProblem } from '../../../shared/problems/problem.ts';
import { type GatewayStatus, MAX_INLINE_DOCUMENT } from '../../../shared/schemas/control-schema.ts';
import { subscribe } from '../../../shared/subscribe.ts';
import type { Logger } from '../../platform/log/logger.ts';
import type { Clock } from '../../platform/time/clock.ts';
import { backOff } from '../back-off.ts';
import type { GatewayLink } from './gateway-link.ts';
import { type DesiredPolicy, nextStep, type ProgrammingStep } from './next-step.ts';

export interface ProgrammerState {
  wanted: DesiredPolicy;
  /** What is still to be said to the gateway, or is being said; null when what is wanted is in force. */
  pending: ProgrammingStep | null;
  /** Why the last attempt at `pending` came to nothing; null while it is the first one. */
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

/**
 * Brings what is in force in the gateway to what is wanted, whatever happens in between: it compares the two after every
 * change of either and says what is missing. It remembers no history but its failures.
 */
export function createProgrammer(options: {
  link: Pick<GatewayLink, 'state' | 'onChange' | 'call'>;
  clock: Clock;
  random: () => number;
  /** A document of at most so many characters; null where it is longer, or cannot be read. At once: a lock must not overtake it. */
  readShort: (file: string, most: number) => string | null;
  log: Logger;
}): Programmer {
  const { link, clock, random, readShort, log } = options;
  const listeners = new Set<() => void>();
  const running = new Set<ProgrammingStep['kind']>();
  let wanted: DesiredPolicy = { kind: 'nothing' };
  let pending: ProgrammingStep | null = null;
  let refusal: Problem | null = null;
  let told = '';
  /** Attempts at one step against one state of the gateway. A step that was accepted and changed nothing has failed too. */
  let attempts = { situation: '', count: 0, notBefore: 0 };
  let cancelRetry = (): void => {};
  let stopped = false;

  function compare(): void {
    if (stopped) return;
    const state = link.state();
    if (state.kind === 'up') {
      pending = nextStep(wanted, state.status);
      if (pending === null) {
        refusal = null;
        attempts = { situation: '', count: 0, notBefore: 0 };
        cancelRetry();
      } else {
        attempt(pending, state.status, state.connection);
      }
    }
    tell();
  }

  function attempt(step: ProgrammingStep, status: GatewayStatus, connection: number): void {
    // A lock does not wait for a `program` under way; what is missing when that has ended is found then.
    if (running.has(step.kind)) return;
    const key = keyOf(step);
    const situation = [key, connection, JSON.stringify(status.managed), status.policy?.digest, status.lock?.at].join();
    if (situation !== attempts.situation) {
      attempts = { situation, count: 0, notBefore: 0 };
      refusal = null;
    }
    const wait = attempts.notBefore - clock.monotonic();
    cancelRetry();
    if (attempts.count > 0 && wait > 0) {
      cancelRetry = clock.after(wait, compare);
      return;
    }
    attempts.count += 1;
    attempts.notBefore = clock.monotonic() + backOff(attempts.count, FIRST_RETRY_MS, LAST_RETRY_MS, random());
    running.add(step.kind);
    void say(step)
      .then(
        () => log.info({ step: step.kind }, 'gateway programmed'),
        (error: unknown) => {
          refusal = toProblem(
            error,
            'gateway-refused',
            'The filter did not take what it was told.',
            'This is tried again by itself. If it lasts, tell your administrator.',
          );
          log.warn({ step: step.kind, problem: refusal }, 'gateway refused');
        },
      )
      .finally(() => {
        running.delete(step.kind);
        compare();
      });
  }

  function say(step: ProgrammingStep): Promise<unknown> {
    switch (step.kind) {
      case 'lock':
        return link.call('lock', { reason: step.reason });
      case 'release':
        return link.call('release', {});
      case 'program': {
        const { policyFile, membership, firstUseKeys } = step.policy;
        const [policyText, membershipText] = [policyFile, membership?.file].map(
          (file) => file && readShort(file, MAX_INLINE_DOCUMENT),
        );
        return link.call('program', {
          policyFile,
          membershipFile: membership?.file ?? null,
          ...(policyText ? { policy: policyText } : {}),
          ...(membershipText ? { membership: membershipText } : {}),
          ...(firstUseKeys ? { firstUseKeys } : {}),
        });
      }
    }
  }

  function tell(): void {
    const now = JSON.stringify([wanted, pending, refusal]);
    if (now === told) return;
    told = now;
    for (const listener of listeners) listener();
  }

  const stopListening = link.onChange(compare);
  return {
    state: () => ({ wanted, pending, refusal }),
    onChange: (listener) => subscribe(listeners, listener),
    want(next) {
      if (JSON.stringify(next) === JSON.stringify(wanted)) return;
      wanted = next;
      compare();
    },
    stop() {
      stopped = true;
      cancelRetry();
      stopListening();
    },
  };
}

function keyOf(step: ProgrammingStep): string {
  if (step.kind !== 'program') return JSON.stringify(step);
  const { digest, membership } = step.policy;
  return `program ${digest} ${membership?.exp}`;
}
