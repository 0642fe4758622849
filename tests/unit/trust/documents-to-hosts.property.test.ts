import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { filterState } from '../../../main/agent/enforcement/filter-state.ts';
import { PROOF_LIFE_MS, type Proof } from '../../../main/agent/enforcement/proof.ts';
import { decide } from '../../../shared/decide.ts';
import { effectivePolicyOf } from '../../../shared/policy/effective-policy.ts';
import type { MembershipClaims } from '../../../shared/policy/schema.ts';
import { checkSuccession, type PolicyMark } from '../../../shared/policy/succession.ts';
import { type Verified, type VerifiedPolicy, verifyMembership, verifyPolicy } from '../../../shared/policy/verify.ts';
import { compileList } from '../../../shared/rule-set/compile.ts';
import { openRules } from '../../../shared/rule-set/rule-set.ts';
import { deriveState, policyLock } from '../../../shared/state/derive-state.ts';
import { belongs } from '../../../shared/state/session.ts';
import { type History, mayBeAllowed } from '../../support/allowance-oracle.ts';
import { createDocumentPool, type DocumentPool, type SignerName, START } from '../../support/document-pool.ts';
import { gatewayStatus, locked, open } from '../../support/gateway-status.ts';
import { configOf } from '../../support/pinned-config.ts';
import { managed, NOW, policies, problem, sessions } from '../../support/snapshots.ts';

/** The chain of pure functions between a document and a host: verified, followed, standing, decided. No process, no file, no clock. */
let pool: DocumentPool;
beforeAll(async () => {
  pool = await createDocumentPool();
});

const word = fc.record({
  verdict: fc.constantFrom('present', 'present', 'present', 'absent', 'malformed', 'unreadable'),
  allowedOrgs: fc.constantFrom<string[]>(['acme'], ['globex'], ['acme', 'globex'], ['initech'], ['Acme']),
  pinned: fc.constantFrom<SignerName[]>(['old'], ['old'], ['new'], ['old', 'new'], ['narrow'], []),
});

it('no order of documents has a host decided in its favour that none of them allows', async () => {
  let passed = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          policy: fc.nat({ max: pool.policies.length - 1 }),
          membership: fc.oneof(fc.constantFrom(0, 1, 2, 3), fc.nat({ max: pool.memberships.length - 1 })),
          hours: fc.oneof(fc.constantFrom(0, 0, 40), fc.integer({ min: -120, max: 120 })),
          lock: fc.boolean(),
        }),
        { minLength: 1, maxLength: 6 },
      ),
      word,
      async (offers, says) => {
        const config = configOf(says, pool);
        const keys = config.settings.policyKeys ?? { keys: [] };
        const organizations = config.allowedOrgs;
        let mark: PolicyMark | null = null;
        let held: VerifiedPolicy | null = null;
        let proof: Verified<MembershipClaims> | null = null;
        const history: History = {
          word: says,
          offered: { policies: [], memberships: [] },
          accepted: [],
          locked: false,
          now: START,
        };
        for (const { policy, membership, hours, lock } of offers) {
          const now = Math.max(START + hours * 3600, mark?.iat ?? 0);
          const document = pool.policies[policy];
          const vouched = pool.memberships[membership];
          if (document === undefined || vouched === undefined) throw new Error('no such document');
          const judged = await verifyPolicy(document.jws, { keys, organizations, now });
          const belonging = await verifyMembership(vouched.jws, { keys, organizations, now });
          if (judged.ok && belonging.ok) {
            const next: PolicyMark = { ...judged.value.claims, contentDigest: judged.value.contentDigest };
            if (checkSuccession(mark, next).ok) {
              mark = next;
              held = judged.value;
              proof = belonging.value;
              history.offered.policies.push(document.truth);
              history.offered.memberships.push(vouched.truth);
              history.accepted = [document.truth];
            }
          }
          history.locked = lock;
          history.now = now;
          const standing = effectivePolicyOf({
            managed: config,
            lock: lock ? { reason: 'sign-in-required', at: 0 } : null,
            policy: held?.claims ?? null,
            membership: proof?.claims ?? null,
            policyInvalid: false,
            now,
          });
          if (says.verdict === 'absent' || standing.kind === 'deny') continue;
          const rules =
            standing.kind === 'open' || held === null ? openRules() : compileList(held.claims, held.lines, 1);
          for (const host of ['unlisted.example', ...pool.policies.map(({ truth }) => truth.host)]) {
            if (!decide(rules, 'engine', host).allowed) continue;
            passed += 1;
            expect(mayBeAllowed(host, history), host).toBe(true);
          }
        }
      },
    ),
    { numRuns: 3000, interruptAfterTimeLimit: 15_000 },
  );
  expect(passed).toBeGreaterThan(20);
});

const wall = fc.constantFrom(
  ...Array.from({ length: 8 }, () => ({ kind: 'proven' as const })),
  { kind: 'not-in-use' as const, why: { code: 'some-problem', message: 'It is not.' } },
  { kind: 'bypassed' as const, problem },
  { kind: 'inconclusive' as const, problem },
);
const proof: fc.Arbitrary<Proof> = fc.record({
  // Mostly young, or hardly anything would ever be green.
  at: fc.oneof(fc.integer({ min: NOW - 60_000, max: NOW }), fc.integer({ min: NOW - 2 * PROOF_LIFE_MS, max: NOW })),
  monotonic: fc.oneof(fc.integer({ min: 990_000, max: 1_000_000 }), fc.nat({ max: 1_000_000 })),
  connection: fc.constantFrom(1, 1, 2),
  generation: fc.constantFrom(8, 9, 9),
  engine: fc.constantFrom(
    { kind: 'running' as const, version: null, dns: { inUse: true as const }, proxy: { inUse: true as const } },
    { kind: 'stopped' as const, problem: null },
  ),
  walls: fc.record({ dns: wall, proxy: wall }),
});

it('nothing is green without a young probe of the generation in force, over the connection that is open', () => {
  let green = 0;
  const inputs = fc.record({
    link: fc.constantFrom(
      ...[gatewayStatus, gatewayStatus, gatewayStatus, gatewayStatus, locked, open].map((status) => ({
        kind: 'up' as const,
        status,
        connection: 1,
      })),
      { kind: 'down' as const, problem },
      { kind: 'connecting' as const },
    ),
    last: fc.option(proof, { freq: 1 }),
    lastProven: fc.option(proof, { freq: 8 }),
    isProbing: fc.boolean(),
    session: fc.constantFrom(...Object.values(sessions), ...Array.from({ length: 6 }, () => sessions['signed-in'])),
    policy: fc.constantFrom(...Object.values(policies)),
    membershipProven: fc.constantFrom(true, true, true, true, false),
    managed: fc.constantFrom(...Object.values(managed), managed.present, managed.present, managed.present),
    monotonic: fc.integer({ min: 1_000_000, max: 1_000_000 + PROOF_LIFE_MS }),
  });
  fc.assert(
    fc.property(
      inputs,
      ({ link, last, lastProven, isProbing, session, policy, membershipProven, managed: config, monotonic }) => {
        const filter = filterState({
          link,
          programmer: { wanted: { kind: 'nothing' }, pending: null, refusal: null },
          policyHeld: policy.kind !== 'none',
          denyExpected:
            config.verdict === 'malformed' ||
            config.verdict === 'unreadable' ||
            (belongs(session) && policyLock({ policy, membershipProven, now: NOW }) !== null),
          last,
          lastProven,
          isProbing,
          now: { wall: NOW, monotonic },
        });
        const {
          id,
          look,
          protected: shielded,
        } = deriveState({
          managed: config,
          session,
          policy,
          membershipProven,
          filter,
          health: [],
          now: NOW,
        });
        if (look !== 'green' && shielded !== 'yes') return;
        green += 1;
        expect(link.kind === 'up' && lastProven !== null).toBe(true);
        if (link.kind !== 'up' || lastProven === null) return;
        expect([lastProven.connection, lastProven.generation]).toEqual([link.connection, link.status.generation]);
        expect(NOW - lastProven.at).toBeLessThanOrEqual(PROOF_LIFE_MS);
        expect(monotonic - lastProven.monotonic).toBeLessThanOrEqual(PROOF_LIFE_MS);
        const kinds = [lastProven.walls.dns.kind, lastProven.walls.proxy.kind];
        expect(kinds).toContain('proven');
        expect(kinds.filter((kind) => kind !== 'proven' && kind !== 'not-in-use')).toEqual([]);
        if (look === 'green') expect(link.status.inForce.kind).toBe('policy');
        if (id === 'locked') expect(link.status.inForce.kind).toBe('deny');
      },
    ),
    { numRuns: 20_000 },
  );
  expect(green).toBeGreaterThan(50);
});
