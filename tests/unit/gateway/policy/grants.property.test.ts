import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPolicyController, type PolicyController } from '../../../../main/gateway/policy/policy-controller.ts';
import { doPolicyJob } from '../../../../main/gateway/policy/policy-job.ts';
import { createTimeMemory, sharedTime, shareTime } from '../../../../main/gateway/policy/shared-time.ts';
import { emptyState, type StateStore, type StoredState } from '../../../../main/gateway/policy/state-store.ts';
import { silentLogger } from '../../../../main/platform/log/logger.ts';
import { ALLOWED, decide, decideWireName } from '../../../../shared/decide.ts';
import type { PolicyGrant } from '../../../../shared/policy/grants.ts';
import { writeWireName } from '../../../../shared/rule-set/wire-name.ts';
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts';
import { createPolicySigner, type PolicySigner } from '../../../support/policy-signer.ts';
import { present, START } from './samples.ts';

/**
 * Any sequence of what owners, people, the time and a user of the machine can do, whose agent withholds and repeats documents as it likes.
 * What the gateway then allows is measured against an oracle that knows only what was truly signed, what was accepted, and the limits that
 * docs/security.md states: time that passed while the machine was off, two minutes for each restart, one tick of the clock.
 */
type Event =
  | { kind: 'owner grants'; host: number; minutes: number | null; team: number | null }
  | { kind: 'owner removes'; host: number }
  | { kind: 'owner changes teams'; person: number; teams: number[] }
  | { kind: 'hub signs a proof'; person: number; bound: 'here' | 'elsewhere' | 'nowhere' }
  /** Counted from the newest: 0 is what an honest agent brings. */
  | { kind: 'agent brings'; policy: number; proof: number }
  | { kind: 'time passes'; minutes: number }
  | { kind: 'machine sleeps' | 'machine is off'; minutes: number }
  | { kind: 'user sets the clock'; minutes: number }
  | { kind: 'killed and started' };

const HOSTS = ['gcr.io', 'quay.io', 'registry.example'];
const TEAMS = ['platform', 'sre'];
const PEOPLE = ['mia', 'nils'];
const HERE = 'A'.repeat(43);
const MINUTE = 60;
const HOUR = 3600;
/** How much a restart may give back, and what lies between two looks at the time. Seconds. */
const RESTART = 130;
const TICK = 1;

const index = (list: readonly unknown[]) => fc.integer({ min: 0, max: list.length - 1 });
const minutes = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 50 * 60 }));
const newest = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 9 }) },
);
const kind = <K extends string>(name: K) => fc.constant(name);
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ kind: kind('owner grants'), host: index(HOSTS), minutes: fc.option(minutes), team: fc.option(index(TEAMS)) },
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: kind('owner removes'), host: index(HOSTS) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      ...{ kind: kind('owner changes teams'), person: index(PEOPLE), teams: fc.uniqueArray(index(TEAMS)) },
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      ...{ kind: kind('hub signs a proof'), person: index(PEOPLE) },
      bound: fc.constantFrom<('here' | 'elsewhere' | 'nowhere')[]>('here', 'here', 'here', 'elsewhere', 'nowhere'),
    }),
  },
  { weight: 8, arbitrary: fc.record({ kind: kind('agent brings'), policy: newest, proof: newest }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('time passes'), minutes }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('machine sleeps'), minutes }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('machine is off'), minutes }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: kind('user sets the clock'), minutes: fc.integer({ min: -5000, max: 5000 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: kind('killed and started') }) },
);

interface Policy {
  revision: number;
  iat: number;
  grants: PolicyGrant[];
}
interface Proof {
  sub: string;
  teams: string[];
  bound: string;
  iat: number;
  exp: number;
}

let signer: PolicySigner;
let folder: string;
beforeAll(async () => {
  signer = await createPolicySigner();
  folder = await mkdtemp(join(tmpdir(), 'portcullis-grants-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function machine() {
  let clock: ManualClock = manualClock(START * 1000);
  let disk: StoredState = emptyState;
  const store: StateStore = {
    folder,
    policyFile: (digest) => join(folder, `policy-${digest}.jws`),
    load: async () => structuredClone(disk),
    save: async (state) => {
      disk = structuredClone(state);
    },
    sweep: async () => undefined,
  };
  const managed = { ...present, settings: { policyKeys: { keys: [signer.publicKey] } } };
  const memory = createTimeMemory();
  const open = (): Promise<PolicyController> =>
    openPolicyController({
      ...{ store, managed: () => managed, runJob: doPolicyJob, clock, log: silentLogger(), jkt: HERE },
      uid: process.getuid?.(),
      shareTime: (marks) => shareTime(memory, marks, clock, clock.monotonic),
    });
  let controller = await open();

  // The truth.
  let real = START;
  let grants: PolicyGrant[] = [];
  const teamsOf: string[][] = PEOPLE.map(() => []);
  const policies: { jws: string; truth: Policy }[] = [];
  const proofs: { jws: string; truth: Proof }[] = [];
  /** What was accepted, and the newest of each person. */
  let policy: Policy | null = null;
  let proof: Proof | null = null;
  const newestOf = new Map<string, number>();
  /** It is at least this late. */
  let atLeast = 0;

  async function publish(): Promise<void> {
    const revision = policies.length + 1;
    const claims = { revision, iat: real, exp: real + 72 * HOUR, grants, requests: true };
    const hints = HOSTS.map((address) => ({ address, use: 'mirror.example' }));
    policies.push({ jws: await signer.policy({ ...claims, hints }), truth: { revision, iat: real, grants } });
  }
  async function sign(person: number, bound: 'here' | 'elsewhere' | 'nowhere'): Promise<void> {
    const truth: Proof = {
      ...{ sub: PEOPLE[person] ?? '', teams: teamsOf[person] ?? [], bound, iat: real, exp: real + 72 * HOUR },
    };
    const cnf = bound === 'nowhere' ? {} : { cnf: { jkt: bound === 'here' ? HERE : 'B'.repeat(43) } };
    const { sub, teams, iat, exp } = truth;
    proofs.push({ jws: await signer.membership({ sub, teams, iat, exp, ...cnf }), truth });
  }
  async function bring(fromNewest: number, proofFromNewest: number): Promise<void> {
    const offered = policies.at(-1 - (fromNewest % policies.length));
    const brought = proofs.at(-1 - (proofFromNewest % proofs.length));
    if (offered === undefined || brought === undefined) return;
    const accepted = await controller
      .program({ policyFile: '/p', membershipFile: '/m', policy: offered.jws, membership: brought.jws })
      .then(
        () => true,
        () => false,
      );
    if (!accepted) return;
    // A proof older than one in hand of the same person is not taken: that one stays.
    const { sub, iat } = brought.truth;
    const isOlder = iat < (newestOf.get(sub) ?? 0);
    if (!isOlder) proof = brought.truth;
    expect(!isOlder || proof?.sub === sub).toBe(true);
    newestOf.set(sub, Math.max(iat, newestOf.get(sub) ?? 0));
    expect(offered.truth.revision).toBeGreaterThanOrEqual(policy?.revision ?? 0);
    policy = offered.truth;
    atLeast = Math.max(atLeast, offered.truth.iat, iat);
  }
  async function run(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left -= MINUTE) {
      const step = Math.min(left, MINUTE);
      real += step;
      atLeast += step;
      clock.advance(step * 1000);
      await controller.reconsider();
      if (left > 3 * HOUR) left -= 2 * HOUR - MINUTE;
    }
  }
  async function restart(): Promise<void> {
    controller.close();
    controller = await open();
  }
  async function take(next: Event): Promise<void> {
    switch (next.kind) {
      case 'owner grants': {
        const { minutes: life, team } = next;
        if (life === null && team === null) return;
        const until = life === null ? {} : { until: real + life * MINUTE };
        const teams = team === null ? {} : { teams: [TEAMS[team] ?? ''] };
        grants = [...grants, { address: HOSTS[next.host] ?? '', ...until, ...teams }];
        return publish();
      }
      case 'owner removes':
        grants = grants.filter(({ address }) => address !== HOSTS[next.host]);
        return publish();
      case 'owner changes teams':
        teamsOf[next.person] = next.teams.map((team) => TEAMS[team] ?? '');
        return sign(next.person, 'here');
      case 'hub signs a proof':
        return sign(next.person, next.bound);
      case 'agent brings':
        return bring(next.policy, next.proof);
      case 'time passes':
        return run(next.minutes * MINUTE);
      case 'machine sleeps':
        real += next.minutes * MINUTE;
        atLeast += next.minutes * MINUTE;
        clock.sleep(next.minutes * MINUTE * 1000);
        return controller.reconsider();
      case 'machine is off': {
        real += next.minutes * MINUTE;
        atLeast -= RESTART;
        clock = manualClock(clock.wall() + next.minutes * MINUTE * 1000);
        return restart();
      }
      case 'user sets the clock':
        clock.set((real + next.minutes * MINUTE) * 1000);
        return controller.reconsider();
      case 'killed and started':
        atLeast -= RESTART;
        return restart();
    }
  }

  /** Whether a document that the gateway holds allows the host, at the earliest time that it can be. */
  function mayBeAllowed(host: string): boolean {
    const time = Math.max(atLeast, Math.floor(clock.wall() / 1000)) - TICK;
    if (policy === null || proof === null) return false;
    const { teams: mine, bound, exp } = proof;
    return policy.grants.some(
      ({ address, until, teams }) =>
        address === host &&
        (until === undefined || until > time) &&
        (teams === undefined || (bound === 'here' && exp > time && teams.some((team) => mine.includes(team)))),
    );
  }
  return {
    take,
    mayBeAllowed,
    close: () => controller.close(),
    /** By the main thread, as the proxy decides, and by another thread, as DNS does. */
    isAllowed(host: string): { here: boolean; inThread: boolean } {
      const { rules } = controller.current();
      const wire = new Uint8Array(256);
      writeWireName({ kind: 'name', host }, wire);
      const time = sharedTime(memory, clock, clock.monotonic);
      return {
        here: decide(rules, 'engine', host, 443, controller.now()).allowed,
        inThread: (decideWireName(rules, 'engine', wire, 0, time) & ALLOWED) !== 0,
      };
    },
    /** An honest agent has brought a grant for an hour, and one for a team. */
    async begin(): Promise<void> {
      teamsOf[0] = ['platform'];
      await take({ kind: 'owner grants', host: 0, minutes: 60, team: null });
      await take({ kind: 'owner grants', host: 1, minutes: null, team: 0 });
      await sign(0, 'here');
      await bring(0, 0);
    },
    /** The clock is right, and an honest agent brings what is new: what is granted then works. */
    async settle(): Promise<void> {
      clock.set(real * 1000);
      await take({ kind: 'owner grants', host: 0, minutes: 20 * 24 * 60, team: null });
      teamsOf[0] = ['platform'];
      real += MINUTE;
      clock.advance(MINUTE * 1000);
      await take({ kind: 'owner grants', host: 1, minutes: null, team: 0 });
      await sign(0, 'here');
      await bring(0, 0);
    },
  };
}

it('no sequence of grants, ends, teams, restarts and clocks allows a host that no valid document does', async () => {
  let allowed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 30 }), async (events) => {
      const played = await machine();
      const check = (): void => {
        for (const host of HOSTS) {
          const { here, inThread } = played.isAllowed(host);
          if (here || inThread) allowed += 1;
          expect({ host, allowed: (here || inThread) && !played.mayBeAllowed(host) }).toEqual({ host, allowed: false });
        }
      };
      try {
        await played.begin();
        check();
        for (const next of events) {
          await played.take(next);
          check();
        }
        await played.settle();
        check();
        expect(played.isAllowed('gcr.io')).toEqual({ here: true, inThread: true });
        expect(played.isAllowed('quay.io')).toEqual({ here: true, inThread: true });
      } finally {
        played.close();
      }
    }),
    { numRuns: 400 },
  );
  // It would hold for a gateway that allows nothing, too.
  expect(allowed).toBeGreaterThan(4000);
});
