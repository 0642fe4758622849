import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GatewayLink, LinkState } from '../../../../main/agent/enforcement/gateway-link.ts';
import { type DesiredPolicy, nextStep } from '../../../../main/agent/enforcement/next-step.ts';
import {
  createProgrammer,
  NO_ATTEMPTS,
  planAttempt,
  situationOf,
} from '../../../../main/agent/enforcement/programmer.ts';
import { silentLogger } from '../../../../main/platform/log/logger.ts';
import { ProblemError } from '../../../../shared/problems/problem.ts';
import type { LockReason } from '../../../../shared/reasons.ts';
import type { GatewayStatus } from '../../../../shared/schemas/control-schema.ts';
import { gatewayStatus, locked, open, programmed } from '../../../support/gateway-status.ts';
import { manualClock } from '../../../support/manual-clock.ts';

const MINUTE = 60_000;

/** A gateway in as few lines as possible: it does what it is told, refuses when told to, and can go away. */
function modelGateway(initial: GatewayStatus) {
  let status = initial;
  let connection = 1;
  let up = true;
  const listeners = new Set<() => void>();
  const waiting: (() => void)[] = [];
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  const model = {
    said: [] as string[],
    refuses: false,
    /** Answers come only when `answerAll` is called. */
    slow: false,
    status: () => status,
    link: {
      state: (): LinkState =>
        up ? { kind: 'up', status, connection } : { kind: 'down', problem: { code: 'gateway-away', message: 'Away.' } },
      onChange(listener: () => void) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      call: (async (method: string, params: Record<string, unknown>) => {
        model.said.push(method);
        if (model.slow) await new Promise<void>((resolve) => waiting.push(resolve));
        if (!up) throw new ProblemError({ code: 'control-closed', message: 'Closed.' });
        if (model.refuses && method !== 'lock') throw new ProblemError({ code: 'policy-rollback', message: 'Older.' });
        status = after(status, method, params);
        tell();
        return { generation: status.generation };
      }) as unknown as GatewayLink['call'],
    },
    answerAll(_order: 'newest first'): void {
      for (const answer of waiting.splice(0).reverse()) answer();
    },
    vanish(): void {
      up = false;
      tell();
    },
    comeBack(as: GatewayStatus): void {
      up = true;
      connection += 1;
      status = as;
      tell();
    },
  };
  return model;
}

/** `policyFile` stands for the document: its name is the digest. */
function after(status: GatewayStatus, method: string, params: Record<string, unknown>): GatewayStatus {
  const generation = status.generation + 1;
  if (method === 'lock') {
    return {
      ...locked,
      managed: status.managed,
      policy: status.policy,
      generation,
      lock: { reason: params.reason as LockReason, at: generation },
      inForce: { kind: 'deny', reason: params.reason as LockReason, organizations: ['acme'], detail: 'locked' },
    };
  }
  if (method === 'release') return { ...open, managed: status.managed, generation };
  const revision = Number(params.policyFile);
  return {
    ...gatewayStatus,
    managed: status.managed,
    generation,
    inForce: { kind: 'policy', org: 'acme', revision },
    policy: { ...programmed, revision, digest: String(revision) },
    membership: { org: 'acme', sub: 'mia', exp: programmed.exp },
  };
}

function policy(revision: number): DesiredPolicy {
  return {
    kind: 'policy',
    iss: programmed.iss,
    org: 'acme',
    revision,
    exp: programmed.exp,
    digest: String(revision),
    policyFile: String(revision),
    membership: { file: '/m', iat: programmed.iat, exp: programmed.exp },
    firstUseKeys: null,
  };
}

function start(initial: GatewayStatus) {
  const clock = manualClock();
  const gateway = modelGateway(initial);
  const programmer = createProgrammer({
    link: gateway.link,
    clock,
    random: () => 0.5,
    readShort: () => null,
    log: silentLogger(),
  });
  return { clock, gateway, programmer };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

describe('the programmer', () => {
  it('says once what is missing, and is content', async () => {
    const { gateway, programmer } = start(locked);
    programmer.want(policy(7));
    await turns();
    expect(gateway.said).toEqual(['program']);
    expect(programmer.state()).toMatchObject({ pending: null, refusal: null });
  });

  it('says it again to a gateway that came back without it', async () => {
    const { gateway, programmer } = start(locked);
    programmer.want(policy(7));
    await turns();
    gateway.vanish();
    gateway.comeBack(locked);
    await turns();
    expect(gateway.said).toEqual(['program', 'program']);
    gateway.vanish();
    gateway.comeBack(gateway.status());
    await turns();
    expect(gateway.said).toHaveLength(2);
  });

  it('does not let a lock wait for a policy that is being taken, nor a late policy undo the lock', async () => {
    const { gateway, programmer } = start(locked);
    gateway.slow = true;
    programmer.want(policy(7));
    programmer.want({ kind: 'lock', reason: 'no-policy' });
    expect(gateway.said).toEqual(['program', 'lock']);
    // The gateway takes the lock first, and then the policy, which clears it.
    gateway.answerAll('newest first');
    await turns();
    expect(gateway.said).toEqual(['program', 'lock', 'lock']);
    gateway.answerAll('newest first');
    await turns();
    expect(gateway.status().lock?.reason).toBe('no-policy');
  });

  it('tells why it was refused, and asks again ever more seldom', async () => {
    const { clock, gateway, programmer } = start(locked);
    gateway.refuses = true;
    programmer.want(policy(7));
    await turns();
    expect(programmer.state()).toMatchObject({ pending: { kind: 'program' }, refusal: { code: 'policy-rollback' } });
    for (let minute = 0; minute < 60; minute += 1) {
      clock.advance(MINUTE);
      await turns();
    }
    // Once, so that nobody who has signed in is asked to sign in.
    expect(gateway.said.filter((each) => each === 'lock')).toHaveLength(1);
    expect(gateway.status().lock?.reason).toBe('policy-invalid');
    expect(gateway.said.length).toBeGreaterThan(8);
    expect(gateway.said.length).toBeLessThan(30);
    gateway.refuses = false;
    clock.advance(5 * MINUTE);
    await turns();
    expect(programmer.state()).toMatchObject({ pending: null, refusal: null });
  });

  it('tries another policy at once, whatever became of the one before', async () => {
    const { gateway, programmer } = start(locked);
    gateway.refuses = true;
    programmer.want(policy(7));
    await turns();
    expect(programmer.state().refusal).not.toBeNull();
    gateway.refuses = false;
    gateway.slow = true;
    programmer.want(policy(8));
    // What was refused was the other one.
    expect(programmer.state().refusal).toBeNull();
    gateway.answerAll('newest first');
    await turns();
    expect(gateway.status().policy?.revision).toBe(8);
  });

  it('ends with what was wanted last, and releases only where that was wanted, whatever happens on the way', async () => {
    const event = fc.oneof(
      fc.record({
        type: fc.constant('want' as const),
        wanted: fc.constantFrom(policy(7), policy(8), policy(9), {
          kind: 'lock',
          reason: 'sign-in-required',
        } as DesiredPolicy),
      }),
      fc.record({ type: fc.constant('want' as const), wanted: fc.constant<DesiredPolicy>({ kind: 'nothing' }) }),
      fc.record({ type: fc.constantFrom('vanish' as const, 'refuse' as const, 'obey' as const, 'wait' as const) }),
      fc.record({ type: fc.constant('comeBack' as const), as: fc.constantFrom(gatewayStatus, locked) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { maxLength: 30 }),
        fc.constantFrom(policy(9), { kind: 'lock', reason: 'sign-in-required' } as DesiredPolicy),
        async (events, last) => {
          const { clock, gateway, programmer } = start(locked);
          for (const happening of events) {
            if (happening.type === 'want') programmer.want(happening.wanted);
            else if (happening.type === 'vanish') gateway.vanish();
            else if (happening.type === 'comeBack') gateway.comeBack(happening.as);
            else if (happening.type === 'wait') clock.advance(MINUTE);
            else gateway.refuses = happening.type === 'refuse';
            await turns();
          }
          gateway.refuses = false;
          gateway.vanish();
          gateway.comeBack(gateway.status());
          programmer.want(last);
          await turns();
          clock.advance(10 * MINUTE);
          await turns();
          expect(nextStep(last, gateway.status())).toBeNull();
          expect(gateway.said).not.toContain('release');
          programmer.stop();
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('an attempt', () => {
  it('is made at once in a new situation, and again after a wait that grows', () => {
    const first = planAttempt(NO_ATTEMPTS, 'lock', 1_000, 0.5);
    expect(first).toMatchObject({ waitMs: 0, isNew: true, attempts: { situation: 'lock', count: 1 } });
    const { notBefore } = first.attempts;
    expect(notBefore).toBeGreaterThan(1_000 + 2_500);
    const early = planAttempt(first.attempts, 'lock', notBefore - 1, 0.5);
    expect(early).toEqual({ attempts: first.attempts, isNew: false, waitMs: 1 });
    const second = planAttempt(first.attempts, 'lock', notBefore, 0.5);
    expect(second).toMatchObject({ waitMs: 0, isNew: false, attempts: { count: 2 } });
    expect(second.attempts.notBefore - notBefore).toBeGreaterThan(notBefore - 1_000);
  });

  it('does not wait for what another situation was waiting for', () => {
    const first = planAttempt(NO_ATTEMPTS, 'lock', 1_000, 0.5);
    expect(planAttempt(first.attempts, 'release', 1_001, 0.5)).toMatchObject({
      ...{ waitMs: 0, isNew: true },
      attempts: { situation: 'release', count: 1 },
    });
  });
});

it('a step may succeed in another situation: of the gateway, or over another connection', () => {
  const step = { kind: 'lock', reason: 'no-policy' } as const;
  const before = situationOf(step, gatewayStatus, 1);
  expect(situationOf(step, { ...gatewayStatus, generation: 10, upstreams: [] }, 1)).toBe(before);
  const others = [
    situationOf({ kind: 'lock', reason: 'policy-expired' }, gatewayStatus, 1),
    situationOf(step, gatewayStatus, 2),
    situationOf(step, { ...gatewayStatus, managed: open.managed }, 1),
    situationOf(step, { ...gatewayStatus, policy: { ...programmed, digest: 'b' } }, 1),
    situationOf(step, locked, 1),
  ];
  expect(new Set([before, ...others]).size).toBe(6);
});
