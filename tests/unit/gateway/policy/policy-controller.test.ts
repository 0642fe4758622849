import { describe, expect, it } from 'vitest';
import type { ClockListener } from '../../../../main/gateway/native/clock-watch.ts';
import { openPolicyController } from '../../../../main/gateway/policy/policy-controller.ts';
import type { PolicyJob, PolicyJobResult, VerifiedPolicyDocument } from '../../../../main/gateway/policy/policy-job.ts';
import type { InForce } from '../../../../main/gateway/policy/policy-state.ts';
import { withMark } from '../../../../main/gateway/policy/revision-marks.ts';
import { emptyState, type StateStore, type StoredState } from '../../../../main/gateway/policy/state-store.ts';
import { silentLogger } from '../../../../main/platform/log/logger.ts';
import type { PolicyKey } from '../../../../shared/policy/keys.ts';
import { ProblemError, type Result, success } from '../../../../shared/problems/problem.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { absent, HOUR, key, otherKey, present, START, verifiedPolicy } from './samples.ts';

/** A controller over a disk in memory; `offer` is what the next `program` finds in its file. */
async function openGateway({ managed = present, disk = { state: emptyState, full: false }, told = false } = {}) {
  const clock = manualClock(START * 1000);
  /** Tells that the clock was set, where it does. */
  const kernel: { listener: ClockListener | null } = { listener: null };
  const machine = { managed };
  let offer: Result<PolicyJobResult> = success({ policy: null, membership: null });
  let stored: PolicyJobResult = { policy: null, membership: null };
  /** How long it takes to verify what is offered. */
  let verifying: Promise<void> = Promise.resolve();
  const store: StateStore = {
    folder: '/state',
    policyFile: (digest) => `/state/${digest}`,
    load: async () => disk.state,
    save: async (state: StoredState) => {
      if (disk.full) throw new ProblemError({ code: 'cannot-write', message: 'The disk is full.' });
      disk.state = structuredClone(state);
    },
    sweep: async () => undefined,
  };
  const applied: InForce[] = [];
  /** The generation at each announcement. */
  const announced: number[] = [];
  const jobs: PolicyJob[] = [];
  const open = () =>
    openPolicyController({
      store,
      managed: () => machine.managed,
      runJob: async (job) => {
        jobs.push(job);
        if (job.kind === 'program') await verifying;
        return job.kind === 'program' ? offer : success(stored);
      },
      clock,
      log: silentLogger(),
      uid: 0,
      watchClock: (listener) => {
        kernel.listener = listener;
        return told ? () => undefined : null;
      },
    });
  let controller = await open();
  const attach = (): void =>
    controller.attach(
      async (next) => {
        applied.push(next);
      },
      () => announced.push(controller.current().generation),
    );
  attach();
  return {
    clock,
    kernel,
    disk,
    machine,
    applied,
    announced,
    jobs,
    inForce: () => controller.current().effective,
    get controller() {
      return controller;
    },
    async program(policy: VerifiedPolicyDocument, signer = key) {
      const { iss, org, iat, exp } = policy.claims;
      const membership = { claims: { iss, org, sub: 'mia', iat, exp }, token: 'token', verifiedBy: [signer] };
      offer = success({ policy, membership });
      const result = await controller.program({
        policyFile: '/p',
        membershipFile: '/m',
        firstUseKeys: { keys: [key] },
      });
      stored = { policy, membership };
      return result;
    },
    /** What is offered from now on is verified once the function returned is called. */
    holdVerification(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>();
      verifying = promise;
      return resolve;
    },
    async restart() {
      controller.close();
      controller = await open();
      attach();
    },
    /** Lets come to rest what has been set off, without another look at the time. */
    async settle() {
      for (let turn = 0; turn < 10; turn += 1) await new Promise((done) => setImmediate(done));
    },
    /** Lets time pass, and what it sets off come to rest. */
    async pass(seconds: number) {
      clock.advance(seconds * 1000);
      await controller.reconsider();
    },
  };
}

describe('what is in force', () => {
  it('ends with the policy, without a message, and the denial is on disk', async () => {
    const gateway = await openGateway();
    await gateway.program(verifiedPolicy());
    const { generation } = gateway.controller.current();
    gateway.clock.advance(72 * HOUR * 1000);
    // Its proof has ended with it; but whoever has signed in needs a sync.
    await expect.poll(() => gateway.inForce()).toMatchObject({ kind: 'deny', reason: 'policy-expired' });
    expect(gateway.disk.state.generation).toBe(generation + 1);
    expect(gateway.applied.at(-1)?.rules.kind).toBe('deny');
  });

  it('is evaluated by the time of the newest document where somebody has set the clock back, also after a restart', async () => {
    const gateway = await openGateway();
    await gateway.program(verifiedPolicy({ iat: START + 70 * HOUR, exp: START + 72 * HOUR }));
    gateway.clock.set((START - 1000 * HOUR) * 1000);
    await gateway.restart();
    // What expired in the time that the clock denies is offered again: it is verified at a time when it has expired.
    await gateway.program(verifiedPolicy({ revision: 2, iat: START + 71 * HOUR, exp: START + 73 * HOUR }));
    expect(gateway.jobs.at(-1)).toMatchObject({ kind: 'program', now: START + 70 * HOUR });
    await gateway.program(verifiedPolicy({ revision: 3, iat: START, exp: START + HOUR }));
    expect(gateway.jobs.at(-1)).toMatchObject({ kind: 'program', now: START + 71 * HOUR });
    expect(gateway.inForce()).toMatchObject({ kind: 'deny' });
  });

  it.each([false, true])(
    'ends with the policy to the second, whether the kernel tells of the clock: %s',
    async (told) => {
      const gateway = await openGateway({ told });
      const policy = verifiedPolicy({ exp: START + 62 });
      await gateway.program(policy);
      gateway.clock.advance(61_990);
      await gateway.settle();
      expect(gateway.inForce().kind).toBe('policy');
      gateway.clock.advance(10);
      await gateway.settle();
      expect(gateway.inForce()).toMatchObject({ kind: 'deny', reason: 'policy-expired' });
    },
  );

  it('ends at once where the clock is set to after its end and the kernel tells, and is back with the clock', async () => {
    const gateway = await openGateway({ told: true });
    await gateway.program(verifiedPolicy());
    gateway.clock.set((START + 72 * HOUR) * 1000);
    gateway.kernel.listener?.onSet();
    await gateway.settle();
    expect(gateway.inForce()).toMatchObject({ kind: 'deny', reason: 'policy-expired' });
    gateway.clock.set(START * 1000);
    gateway.kernel.listener?.onSet();
    await gateway.settle();
    expect(gateway.inForce().kind).toBe('policy');
  });

  it('stays expired where somebody sets the clock back to when it was not, also after a restart', async () => {
    const gateway = await openGateway();
    await gateway.program(verifiedPolicy());
    for (let hours = 0; hours < 73; hours += 1) await gateway.pass(HOUR);
    expect(gateway.inForce()).toMatchObject({ kind: 'deny' });
    gateway.clock.set((START + HOUR) * 1000);
    await gateway.pass(60);
    expect(gateway.inForce()).toMatchObject({ kind: 'deny' });
    await gateway.restart();
    expect(gateway.inForce()).toMatchObject({ kind: 'deny' });
    await gateway.program(verifiedPolicy({ iat: START + 73 * HOUR, exp: START + 145 * HOUR }));
    expect(gateway.inForce()).toMatchObject({ kind: 'policy' });
  });

  it('stays expired where the machine slept over its end, and the clock is set back then', async () => {
    const gateway = await openGateway();
    await gateway.program(verifiedPolicy());
    gateway.clock.sleep(80 * HOUR * 1000);
    gateway.clock.set((START + HOUR) * 1000);
    await gateway.pass(0);
    expect(gateway.inForce()).toMatchObject({ kind: 'deny' });
  });

  it('comes back where the clock was years ahead for a minute, and with the next document where it was for an hour', async () => {
    const gateway = await openGateway();
    await gateway.program(verifiedPolicy());
    gateway.clock.set((START + 20_000 * HOUR) * 1000);
    await gateway.pass(60);
    expect(gateway.inForce()).toMatchObject({ kind: 'deny' });
    gateway.clock.set((START + HOUR) * 1000);
    await gateway.pass(0);
    expect(gateway.inForce()).toMatchObject({ kind: 'policy' });

    gateway.clock.set((START + 20_000 * HOUR) * 1000);
    for (let minutes = 0; minutes < 60; minutes += 1) await gateway.pass(60);
    gateway.clock.set((START + 3 * HOUR) * 1000);
    await gateway.pass(0);
    expect(gateway.inForce()).toMatchObject({ kind: 'deny' });
    await gateway.program(verifiedPolicy({ iat: START + 3 * HOUR, exp: START + 75 * HOUR }));
    expect(gateway.inForce()).toMatchObject({ kind: 'policy' });
  });

  it('stays restricted once the time of a break glass is over, though somebody sets the clock back', async () => {
    const [from, until] = [START, START + HOUR].map((at) => new Date(at * 1000).toISOString());
    const breakGlass = { from: from ?? '', until: until ?? '', reason: 'the server has burnt' };
    const gateway = await openGateway({ managed: { ...present, settings: { ...present.settings, breakGlass } } });
    expect(gateway.inForce()).toMatchObject({ kind: 'open', reason: 'break-glass' });
    await gateway.pass(2 * HOUR);
    await gateway.pass(HOUR);
    expect(gateway.inForce()).toMatchObject({ kind: 'deny' });
    gateway.clock.set((START + 60) * 1000);
    await gateway.restart();
    expect(gateway.inForce()).toMatchObject({ kind: 'deny' });
  });

  it.each([
    ['by a trusted key', key, START + 10 * HOUR],
    ['by a key that is not trusted any more', otherKey, START],
  ])(
    'is never evaluated before the last policy was signed %s, where no marks of time are stored',
    async (_what, signer, now) => {
      const highest = withMark([], verifiedPolicy({ iat: START + 10 * HOUR }, [signer]));
      const gateway = await openGateway({ disk: { state: { ...emptyState, highest }, full: false } });
      expect(gateway.controller.now()).toBe(now);
    },
  );

  it('does not believe a server that somebody volunteered for about the time', async () => {
    const gateway = await openGateway({ managed: absent });
    await gateway.program(verifiedPolicy({ iat: START + 9000 * HOUR, exp: START + 9072 * HOUR }));
    expect(gateway.inForce()).toMatchObject({ kind: 'policy' });
    expect(gateway.controller.now()).toBe(START);
  });

  it('is written down as expired for good at once, five minutes after its end', async () => {
    const gateway = await openGateway();
    const policy = verifiedPolicy();
    await gateway.program(policy);
    await gateway.pass(72 * HOUR);
    for (let seconds = 0; seconds < 5 * 60; seconds += 5) {
      expect(gateway.disk.state.time.spent).toBe(0);
      await gateway.pass(5);
    }
    expect(gateway.disk.state.time.spent).toBe(policy.claims.exp);
  });

  it('keeps its generation over a restart', async () => {
    const gateway = await openGateway();
    await gateway.program(verifiedPolicy());
    const before = gateway.controller.current();
    await gateway.restart();
    expect(gateway.controller.current()).toMatchObject({ generation: before.generation, effective: before.effective });
  });

  it('loses its policy with the key that signed it, and gets it back with the key', async () => {
    const gateway = await openGateway();
    await gateway.program(verifiedPolicy());
    gateway.machine.managed = { ...present, settings: { policyKeys: { keys: [{ ...key, x: 'BBBB' }] } } };
    await gateway.controller.reconsider();
    expect(gateway.inForce()).toMatchObject({ kind: 'deny', reason: 'policy-invalid' });
    gateway.machine.managed = {
      ...present,
      settings: { policyKeys: { keys: [{ ...key, x: 'BBBB', kid: 'k2' }, key] } },
    };
    await gateway.controller.reconsider();
    expect(gateway.inForce()).toMatchObject({ kind: 'policy' });
  });

  it('is what the next key signed anew, though that ends no later, once the key before is withdrawn', async () => {
    const gateway = await openGateway();
    await gateway.program(verifiedPolicy());
    const next: PolicyKey = { ...key, kid: 'k2', x: 'BBBB' };
    gateway.machine.managed = { ...present, settings: { policyKeys: { keys: [next] } } };
    await gateway.program({ ...verifiedPolicy(), verifiedBy: [next] }, next);
    expect(gateway.inForce()).toMatchObject({ kind: 'policy', revision: 1 });
  });

  it('asks for a sign-in where another organization is required now', async () => {
    const gateway = await openGateway();
    await gateway.program(verifiedPolicy());
    const globex = { ...key, kid: 'g', organizations: ['globex'] };
    gateway.machine.managed = { ...present, allowedOrgs: ['globex'], settings: { policyKeys: { keys: [globex] } } };
    await gateway.controller.reconsider();
    expect(gateway.inForce()).toMatchObject({ kind: 'deny', reason: 'sign-in-required', organizations: ['globex'] });
  });

  it('never rests on keys of first use once the machine is managed', async () => {
    const gateway = await openGateway({ managed: absent });
    await gateway.program(verifiedPolicy());
    expect(gateway.inForce()).toMatchObject({ kind: 'policy' });
    gateway.machine.managed = { ...present, settings: {} };
    await gateway.controller.reconsider();
    expect(gateway.inForce()).toMatchObject({ kind: 'deny', reason: 'no-policy-key' });
    await expect(gateway.program(verifiedPolicy({ revision: 2 }))).rejects.toMatchObject({
      problem: { code: 'no-policy-key' },
    });
  });
});

describe('the revisions that were seen', () => {
  it('can be reset for one organization: what is in force stays, and the next policy may be older', async () => {
    const gateway = await openGateway();
    await gateway.program(verifiedPolicy({ revision: 40 }));
    expect(gateway.controller.highest()).toMatchObject([{ org: 'acme', revision: 40 }]);
    await expect(gateway.controller.resetRevision('globex')).rejects.toMatchObject({
      problem: { code: 'revision-unknown' },
    });
    expect(await gateway.controller.resetRevision('acme')).toMatchObject({
      forgotten: [{ iss: 'https://hub.example', revision: 40 }],
    });
    expect(gateway.inForce()).toMatchObject({ kind: 'policy', revision: 40 });
    await gateway.restart();
    expect(gateway.controller.highest()).toEqual([]);
    await gateway.program(verifiedPolicy({ revision: 12 }));
    expect(gateway.jobs.at(-1)).toMatchObject({ kind: 'program', highest: [] });
    expect(gateway.inForce()).toMatchObject({ kind: 'policy', revision: 12 });
  });

  it('take the time with them that a server with a wrong clock has signed', async () => {
    const gateway = await openGateway();
    await gateway.program(verifiedPolicy({ revision: 40, iat: START + 9000 * HOUR, exp: START + 9072 * HOUR }));
    expect(gateway.controller.now()).toBe(START + 9000 * HOUR);
    await gateway.controller.resetRevision('acme');
    expect(gateway.controller.now()).toBe(START);
  });

  it('stay where the disk cannot be written', async () => {
    const gateway = await openGateway();
    await gateway.program(verifiedPolicy({ revision: 40 }));
    gateway.disk.full = true;
    await expect(gateway.controller.resetRevision('acme')).rejects.toMatchObject({ problem: { code: 'cannot-write' } });
    expect(gateway.controller.highest()).toMatchObject([{ revision: 40 }]);
  });
});

describe('a disk that cannot be written', () => {
  it('refuses a policy, and the last one stays', async () => {
    const gateway = await openGateway();
    await gateway.program(verifiedPolicy());
    gateway.disk.full = true;
    await expect(gateway.program(verifiedPolicy({ revision: 2 }))).rejects.toMatchObject({
      problem: { code: 'cannot-write' },
    });
    expect(gateway.inForce()).toMatchObject({ revision: 1 });
    expect(gateway.controller.lastRefusal()?.code).toBe('cannot-write');
  });

  it('does not keep a lock from acting, but from being acknowledged; it is written once there is room', async () => {
    const gateway = await openGateway();
    await gateway.program(verifiedPolicy());
    gateway.disk.full = true;
    await expect(gateway.controller.lock('sign-in-required')).rejects.toMatchObject({
      problem: { code: 'cannot-write' },
    });
    expect(gateway.inForce()).toMatchObject({ kind: 'deny', reason: 'sign-in-required' });
    expect(gateway.controller.problems()).toMatchObject([{ code: 'cannot-write' }]);
    gateway.disk.full = false;
    gateway.clock.advance(10_000);
    await expect.poll(() => gateway.controller.problems()).toEqual([]);
    expect(gateway.disk.state.lock).toMatchObject({ reason: 'sign-in-required' });
  });

  it('does not keep an expiry from acting', async () => {
    const gateway = await openGateway();
    await gateway.program(verifiedPolicy());
    gateway.disk.full = true;
    await gateway.pass(72 * HOUR);
    expect(gateway.inForce()).toMatchObject({ kind: 'deny' });
  });

  it('does not release', async () => {
    const gateway = await openGateway({ managed: absent });
    await gateway.program(verifiedPolicy());
    gateway.disk.full = true;
    await expect(gateway.controller.release()).rejects.toMatchObject({ problem: { code: 'cannot-write' } });
    expect(gateway.inForce()).toMatchObject({ kind: 'policy' });
  });
});

describe('a document that takes long to be verified', () => {
  it('does not keep the policy in force beyond its end', async () => {
    const gateway = await openGateway();
    await gateway.program(verifiedPolicy());
    const verify = gateway.holdVerification();
    const offered = gateway.program(verifiedPolicy({ revision: 2, iat: START, exp: START + 72 * HOUR }));
    gateway.clock.advance(72 * HOUR * 1000);
    await expect.poll(() => gateway.inForce()).toMatchObject({ kind: 'deny' });
    verify();
    await offered;
    expect(gateway.inForce()).toMatchObject({ kind: 'deny' });
  });

  it('does not hold up what the administrator says', async () => {
    const gateway = await openGateway();
    await gateway.program(verifiedPolicy());
    const verify = gateway.holdVerification();
    const offered = gateway.program(verifiedPolicy({ revision: 2 }));
    gateway.machine.managed = { ...present, verdict: 'malformed' };
    await gateway.controller.reconsider();
    expect(gateway.inForce()).toMatchObject({ kind: 'deny', reason: 'managed-config-invalid' });
    verify();
    await offered;
    expect(gateway.inForce()).toMatchObject({ kind: 'deny', reason: 'managed-config-invalid' });
  });

  it('does not hold up a lock, and does not undo it either; what is offered after the lock does', async () => {
    const gateway = await openGateway();
    await gateway.program(verifiedPolicy());
    const verify = gateway.holdVerification();
    const offered = gateway.program(verifiedPolicy({ revision: 2 }));
    await gateway.controller.lock('sign-in-required');
    expect(gateway.inForce()).toMatchObject({ kind: 'deny', reason: 'sign-in-required' });
    verify();
    await offered;
    expect(gateway.inForce()).toMatchObject({ kind: 'deny', reason: 'sign-in-required' });
    await gateway.program(verifiedPolicy({ revision: 3 }));
    expect(gateway.inForce()).toMatchObject({ kind: 'policy', revision: 3 });
  });

  it('is not taken where all was released meanwhile', async () => {
    const gateway = await openGateway({ managed: absent });
    await gateway.program(verifiedPolicy());
    const verify = gateway.holdVerification();
    const offered = gateway.program(verifiedPolicy({ revision: 2 }));
    await gateway.controller.release();
    verify();
    await expect(offered).rejects.toMatchObject({ problem: { code: 'policy-superseded' } });
    expect(gateway.inForce()).toMatchObject({ kind: 'open' });
  });

  it('keeps sixteen waiting and no more', async () => {
    const gateway = await openGateway();
    const verify = gateway.holdVerification();
    const offers = Array.from({ length: 17 }, () => gateway.program(verifiedPolicy()));
    await expect(offers[16]).rejects.toMatchObject({ problem: { code: 'busy' } });
    verify();
    await Promise.all(offers.slice(0, 16));
    await expect(gateway.program(verifiedPolicy())).resolves.toMatchObject({ revision: 1 });
  });
});

describe('what is asked for at the same time', () => {
  it('happens one after the other, and what tightens does not wait for what is being verified', async () => {
    const gateway = await openGateway();
    const programmed = gateway.program(verifiedPolicy());
    const locked = gateway.controller.lock('sign-in-required');
    await Promise.all([programmed, locked]);
    expect(gateway.applied.map(({ rules }) => rules.kind)).not.toContain('policy');
    expect(gateway.inForce()).toMatchObject({ kind: 'deny', reason: 'sign-in-required' });
  });
});

describe('a change', () => {
  it('is announced once, after it is in force', async () => {
    const gateway = await openGateway();
    const before = gateway.controller.current().generation;
    await gateway.program(verifiedPolicy());
    expect(gateway.announced).toEqual([before + 1]);
    await gateway.controller.lock('sign-in-required');
    expect(gateway.announced).toEqual([before + 1, before + 2]);
  });

  it('is announced where it shows without changing what is in force', async () => {
    const gateway = await openGateway();
    const { generation } = gateway.controller.current();
    gateway.machine.managed = { ...present, source: '/etc/registry.d/acme.json' };
    await gateway.controller.reconsider();
    expect(gateway.announced).toEqual([generation]);
    await gateway.program(verifiedPolicy());
    await gateway.program(verifiedPolicy({ exp: START + 99 * HOUR }));
    expect(gateway.announced).toEqual([generation, generation + 1, generation + 1]);
  });

  it('is announced once where an administrator resets revisions', async () => {
    const gateway = await openGateway();
    await gateway.program(verifiedPolicy());
    gateway.announced.length = 0;
    await gateway.controller.resetRevision('acme');
    expect(gateway.announced).toHaveLength(1);
  });

  it('is announced once where a policy is refused', async () => {
    const gateway = await openGateway({ managed: { ...present, settings: {} } });
    await expect(gateway.program(verifiedPolicy())).rejects.toMatchObject({ problem: { code: 'no-policy-key' } });
    await expect(gateway.program(verifiedPolicy())).rejects.toMatchObject({ problem: { code: 'no-policy-key' } });
    expect(gateway.announced).toHaveLength(1);
  });

  it('is announced once where the disk stays full, and once when it has room again', async () => {
    const gateway = await openGateway();
    await gateway.program(verifiedPolicy());
    gateway.disk.full = true;
    await expect(gateway.controller.lock('sign-in-required')).rejects.toThrow();
    gateway.announced.length = 0;
    await gateway.pass(5);
    await gateway.pass(5);
    expect(gateway.announced).toEqual([]);
    gateway.disk.full = false;
    await gateway.pass(5);
    expect(gateway.announced).toHaveLength(1);
  });

  it('is not announced where only the marks of time are written', async () => {
    const gateway = await openGateway();
    await gateway.program(verifiedPolicy());
    gateway.announced.length = 0;
    const { mark } = gateway.disk.state.time;
    await gateway.pass(HOUR);
    expect(gateway.disk.state.time.mark).toBeGreaterThanOrEqual(mark + HOUR);
    expect(gateway.announced).toEqual([]);
  });
});
