import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openPolicyController, type PolicyController } from '../../../../main/gateway/policy/policy-controller.ts';
import { doPolicyJob } from '../../../../main/gateway/policy/policy-job.ts';
import { emptyState, type StateStore, type StoredState } from '../../../../main/gateway/policy/state-store.ts';
import { silentLogger } from '../../../../main/platform/log/logger.ts';
import { decide } from '../../../../shared/decide.ts';
import { ProblemError } from '../../../../shared/problems/problem.ts';
import { type AdministratorsWord, type History, mayBeAllowed } from '../../../support/allowance-oracle.ts';
import {
  createDocumentPool,
  type DocumentPool,
  type PolicyTruth,
  type SignerName,
  START,
} from '../../../support/document-pool.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { configOf } from '../../../support/pinned-config.ts';

/**
 * Any sequence of what an administrator, a user, the time and an agent that lies can do to the gateway. What it then lets
 * through is measured against an oracle that knows only what was truly signed and written (tests/support/allowance-oracle.ts).
 */
type Event =
  | { kind: 'administrator'; word: AdministratorsWord }
  | { kind: 'program'; policy: number; membership: number | null; keys: SignerName | null }
  /** The user of a machine that nobody manages signs in to a server of their own, which says that it is acme's. */
  | { kind: 'volunteer' }
  | { kind: 'lock' }
  | { kind: 'release' }
  | { kind: 'time passes'; hours: number }
  | { kind: 'the clock is set'; hours: number }
  | { kind: 'killed and started'; torn: boolean }
  | { kind: 'disk'; full: boolean };

const HOUR = 3600;
/** What acme's own server has never signed before; a stranger may have. */
const NEXT_REVISION = 8;
/** After everything that happens here, in seconds. */
const LATER = 5000 * HOUR;
const PROBE = `n${'0'.repeat(32)}.probe.portcullis.internal`;
const signer = fc.constantFrom<SignerName>('old', 'new', 'narrow', 'stranger');

const word: fc.Arbitrary<AdministratorsWord> = fc.record({
  verdict: fc.oneof(
    { weight: 5, arbitrary: fc.constant('present' as const) },
    { weight: 3, arbitrary: fc.constantFrom('absent' as const, 'malformed' as const, 'unreadable' as const) },
  ),
  allowedOrgs: fc.constantFrom(['acme'], ['globex'], ['acme', 'globex'], ['globex', 'acme'], ['initech'], ['Acme']),
  pinned: fc.constantFrom<SignerName[]>(['old'], ['old'], ['new'], ['old', 'new'], ['narrow'], ['old', 'narrow'], []),
});

function eventsOf(pool: DocumentPool): fc.Arbitrary<Event> {
  const any = <T>(list: T[]) => fc.integer({ min: 0, max: list.length - 1 });
  return fc.oneof(
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('administrator' as const), word }) },
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant('program' as const),
        policy: any(pool.policies),
        // Mostly the proof that fits, or hardly anything would ever be taken.
        membership: fc.oneof(fc.constantFrom(0, 1, 2), fc.option(any(pool.memberships))),
        keys: fc.option(signer, { freq: 3 }),
      }),
    },
    { weight: 2, arbitrary: fc.constant({ kind: 'volunteer' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'lock' as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'release' as const }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('time passes' as const), hours: fc.integer({ min: 0, max: 60 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('the clock is set' as const),
        hours: fc.integer({ min: -90, max: 90 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('killed and started' as const), torn: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('disk' as const), full: fc.boolean() }) },
  );
}

let pool: DocumentPool;
let folder: string;
beforeAll(async () => {
  pool = await createDocumentPool();
  folder = await mkdtemp(join(tmpdir(), 'portcullis-controller-'));
  const files = [...pool.policies.map(fileOf('policy')), ...pool.memberships.map(fileOf('membership'))];
  await Promise.all(files.map(([path, text]) => writeFile(path, text)));
});
// Something that was under way may still write.
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }));

const pathOf = (kind: 'policy' | 'membership', index: number): string => join(folder, `${kind}-${index}`);
const fileOf =
  (kind: 'policy' | 'membership') =>
  ({ jws }: { jws: string }, index: number): [string, string] => [pathOf(kind, index), jws];

/** The controller over a disk that is an object; only the documents lie in a real folder, for the real judge to read. */
async function machine() {
  const clock = manualClock(START * 1000);
  let disk: StoredState = emptyState;
  let full = false;
  const store: StateStore = {
    folder,
    policyFile: (digest) => join(folder, `policy-${digest}.jws`),
    load: async () => structuredClone(disk),
    save: async (state) => {
      if (full) throw new ProblemError({ code: 'cannot-write', message: 'The disk is full.' });
      disk = structuredClone(state);
    },
    // Documents are shared by all runs.
    sweep: async () => undefined,
  };
  const history: History = {
    word: { verdict: 'present', allowedOrgs: ['acme'], pinned: ['old'] },
    offered: { policies: [], memberships: [] },
    accepted: [],
    locked: false,
    now: START,
  };
  const open = (): Promise<PolicyController> =>
    openPolicyController({
      store,
      managed: () => configOf(history.word, pool),
      runJob: doPolicyJob,
      clock,
      log: silentLogger(),
      uid: process.getuid?.(),
    });
  let controller = await open();
  /** It is at least this late, seconds since 1970, whatever the wall clock says. */
  let atLeast = 0;
  /** The latest signature of a pinned key. */
  let witnessed = 0;
  let passed = 0;
  const strangers = pool.policies.findIndex(({ truth }) => truth.signer === 'stranger');

  async function program(policy: number, membership: number | null, keys: SignerName | null): Promise<void> {
    const offered = pool.policies[policy];
    const proof = membership === null ? undefined : pool.memberships[membership];
    if (offered === undefined) throw new Error('no such document');
    history.offered.policies.push(offered.truth);
    if (proof !== undefined) history.offered.memberships.push(proof.truth);
    const outcome = controller.program({
      policyFile: pathOf('policy', policy),
      membershipFile: membership === null ? null : pathOf('membership', membership),
      ...(keys === null ? {} : { firstUseKeys: { keys: [pool.keys[keys]] } }),
    });
    await outcome.then(
      () => {
        history.accepted.push(offered.truth);
        history.locked = false;
        if (history.word.pinned.length === 0) return;
        witnessed = Math.max(witnessed, offered.truth.iat);
        atLeast = Math.max(atLeast, witnessed);
      },
      () => undefined,
    );
  }

  return {
    history,
    current: () => controller.current(),
    close: () => controller.close(),
    /** The disk has room, the clock is right, acme and its key are in the files again, and its server has a newer policy. */
    async recover(): Promise<PolicyTruth> {
      full = false;
      clock.set((START + LATER) * 1000);
      history.word = { verdict: 'present', allowedOrgs: ['acme'], pinned: ['old'] };
      await controller.reconsider();
      const truth = { iat: START + LATER, exp: START + LATER + 72 * HOUR };
      const [policy, proof] = [await pool.sign({ ...truth, revision: NEXT_REVISION }), await pool.vouch(truth)];
      const files = { policyFile: join(folder, 'policy-next'), membershipFile: join(folder, 'membership-next') };
      await writeFile(files.policyFile, policy.jws);
      await writeFile(files.membershipFile, proof.jws);
      await controller.program(files);
      return policy.truth;
    },
    async happen(event: Event): Promise<void> {
      switch (event.kind) {
        case 'administrator':
          history.word = event.word;
          break;
        case 'program':
          await program(event.policy, event.membership, event.keys);
          break;
        case 'volunteer':
          history.word = { ...history.word, verdict: 'absent', pinned: [] };
          await program(strangers, null, 'stranger');
          break;
        case 'lock': {
          const acknowledged = await controller.lock('sign-in-required').then(
            () => true,
            () => false,
          );
          if (acknowledged) history.locked = true;
          break;
        }
        case 'release': {
          const { verdict } = history.word;
          const released = await controller.release().then(
            () => true,
            () => false,
          );
          if (released) {
            expect(verdict).toBe('absent');
            history.locked = false;
          }
          break;
        }
        case 'time passes':
          clock.advance(event.hours * HOUR * 1000);
          break;
        case 'the clock is set':
          clock.set(clock.wall() + event.hours * HOUR * 1000);
          break;
        case 'killed and started':
          controller.close();
          // Of what was seen before nothing is left to measure a rollback or the time against.
          if (event.torn) [history.accepted, witnessed] = [[], 0];
          if (event.torn) disk = { ...emptyState, damaged: { code: 'state-damaged', message: 'Not readable.' } };
          controller = await open();
          // What has passed since the last writing may be lost, but not what was signed.
          atLeast = witnessed;
          break;
        case 'disk':
          full = event.full;
          break;
      }
      await controller.reconsider();
      atLeast += (clock.monotonic() - passed) / 1000;
      passed = clock.monotonic();
      history.now = Math.max(Math.floor(clock.wall() / 1000), atLeast);
    },
  };
}

function check(
  { word, ...rest }: History,
  { rules, effective, generation }: ReturnType<PolicyController['current']>,
): void {
  if (word.verdict === 'absent') return;
  expect(effective.kind).not.toBe('open');
  for (const host of ['unlisted.example', PROBE, ...pool.policies.map(({ truth }) => truth.host)]) {
    if (!decide(rules, 'engine', host).allowed) continue;
    expect(host).not.toBe(PROBE);
    expect(mayBeAllowed(host, { word, ...rest }), `${host} passes at generation ${generation}`).toBe(true);
  }
}

it('never lets the engine of a managed machine through to what no valid policy allows, whatever happens', async () => {
  let passed = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(eventsOf(pool), { minLength: 1, maxLength: 14 }), async (events) => {
      const here = await machine();
      try {
        for (const event of events) {
          await here.happen(event);
          check(here.history, here.current());
          if (here.current().effective.kind === 'policy' && here.history.word.verdict === 'present') passed += 1;
        }
      } finally {
        here.close();
      }
    }),
    { numRuns: 400, interruptAfterTimeLimit: 20_000 },
  );
  // Or nothing would have been tested.
  expect(passed).toBeGreaterThan(50);
});

it('takes the next policy of the right organization once all is in order again, whatever happened', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(eventsOf(pool), { maxLength: 14 }), async (events) => {
      const here = await machine();
      try {
        for (const event of events) await here.happen(event);
        const { host } = await here.recover();
        const { rules } = here.current();
        expect(decide(rules, 'engine', host).allowed).toBe(true);
        expect(decide(rules, 'engine', 'unlisted.example').allowed).toBe(false);
      } finally {
        here.close();
      }
    }),
    { numRuns: 200, interruptAfterTimeLimit: 20_000 },
  );
});
