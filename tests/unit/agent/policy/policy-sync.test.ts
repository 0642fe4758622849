import { beforeEach, describe, expect, it } from 'vitest';
import type { PolicySource } from '../../../../main/agent/policy/policy-source.ts';
import type { PolicyStore, StoredPolicy } from '../../../../main/agent/policy/policy-store.ts';
import { createPolicySync, type PolicySync, type SyncTarget } from '../../../../main/agent/policy/policy-sync.ts';
import { verifyAndCompile } from '../../../../main/agent/policy/verify-and-compile.ts';
import { silentLogger } from '../../../../main/platform/log/logger.ts';
import type { PolicyClaims } from '../../../../shared/policy/schema.ts';
import { ProblemError } from '../../../../shared/problems/problem.ts';
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts';
import { createPolicySigner, type PolicySigner } from '../../../support/policy-signer.ts';

const MINUTE = 60_000;
const outage = new ProblemError({ code: 'server-unreachable', message: 'The server cannot be reached.' });

/** A server that does as it is told, and a folder that is an object. */
let clock: ManualClock;
let signer: PolicySigner;
let server: {
  document: string;
  etag: string;
  failure: Error | null;
  asked: (string | null)[];
  tell: ((revision: number) => void) | null;
};
let disk: Partial<StoredPolicy>;
/** What a document is written after; `beingWritten` counts those that wait for it. */
let writable: Promise<void>;
let beingWritten: number;
let sync: PolicySync;

beforeEach(async () => {
  clock = manualClock();
  signer = await createPolicySigner(['acme', 'globex']);
  server = { document: await signer.policy(), etag: '"1"', failure: null, asked: [], tell: null };
  disk = {};
  writable = Promise.resolve();
  beingWritten = 0;
  sync = newSync();
});

function newSync(): PolicySync {
  const store: PolicyStore = {
    policyFile: '/policy.jws',
    membershipFile: '/membership.jws',
    async load(target) {
      if (disk.target !== target || disk.policy === undefined) return null;
      return { policy: disk.policy, membership: null, target, etag: null, lastContact: 0, ...disk };
    },
    async savePolicy(document) {
      beingWritten += 1;
      await writable;
      disk.policy = Buffer.from(document);
    },
    async saveMembership(document) {
      disk.membership = Buffer.from(document);
    },
    async saveSidecar(sidecar) {
      Object.assign(disk, sidecar);
    },
    async clear() {
      disk = {};
    },
  };
  return createPolicySync({
    store,
    verify: verifyAndCompile,
    clock,
    random: () => 0.5,
    seed: () => 1,
    refreshMinutes: () => 15,
    log: silentLogger(),
  });
}

function target(change: Partial<SyncTarget> = {}, events = false): SyncTarget {
  const answerUnlessDown = <T>(answer: T): T => {
    if (server.failure !== null) throw server.failure;
    return answer;
  };
  const source: PolicySource = {
    policy: async (etag) => {
      server.asked.push(etag);
      const contact = { serverTime: clock.wall() };
      if (etag === server.etag) return answerUnlessDown({ kind: 'not-modified', contact });
      return answerUnlessDown({ kind: 'document', document: server.document, etag: server.etag, contact });
    },
    membership: async () => answerUnlessDown(await signer.membership()),
    events: events
      ? async ({ onRevision }, signal) => {
          server.tell = onRevision;
          return { ended: new Promise((resolve) => signal.addEventListener('abort', () => resolve())) };
        }
      : null,
  };
  return {
    id: 'acme',
    org: 'acme',
    introduced: null,
    keysId: 'pinned',
    idToken: null,
    keys: async () => ({ keys: [signer.publicKey] }),
    source,
    ...change,
  };
}

async function serve(claims: Partial<PolicyClaims>): Promise<void> {
  server.document = await signer.policy(claims);
  server.etag = `"${server.document.length}-${server.document.slice(-16)}"`;
}

/** Until nothing is under way. */
async function idle(): Promise<void> {
  for (let turn = 0; turn < 200 || sync.state().sync.running; turn += 1) await new Promise(setImmediate);
}

describe('a sync', () => {
  it('begins as soon as somebody belongs to an organization', async () => {
    sync.setTarget(target());
    await idle();
    const { held, membership, sync: shown, failures } = sync.state();
    expect(held?.summary).toMatchObject({ org: 'acme', revision: 1 });
    expect(membership?.sub).toBe('mia');
    expect(shown).toMatchObject({ lastContact: clock.wall(), next: clock.wall() + 8.25 * MINUTE, problem: null });
    expect(failures).toBe(0);
  });

  it('asks for changes only, and an unchanged policy is a contact too', async () => {
    sync.setTarget(target());
    await idle();
    clock.advance(15 * MINUTE);
    await idle();
    expect(server.asked).toEqual([null, '"1"']);
    expect(sync.state().sync.lastContact).toBe(clock.wall());
  });

  it('follows a newer revision, and is told of it by the server’s events', async () => {
    sync.setTarget(target({}, true));
    await idle();
    await serve({ revision: 2 });
    server.tell?.(2);
    await idle();
    expect(sync.state().held?.summary.revision).toBe(2);
    const before = server.asked.length;
    server.tell?.(2);
    await idle();
    expect(server.asked).toHaveLength(before);
  });

  it('that fails leaves what was there, and is tried again sooner and then ever later', async () => {
    sync.setTarget(target());
    await idle();
    server.failure = outage;
    expect(await sync.syncNow()).toEqual({ outcome: 'failed', problem: outage.problem });
    expect(sync.state()).toMatchObject({ failures: 1, rejection: null, held: { summary: { revision: 1 } } });
    const waits = [sync.state().sync.next ?? 0].map((next) => next - clock.wall());
    for (let attempt = 0; attempt < 8; attempt += 1) {
      clock.advance((sync.state().sync.next ?? 0) - clock.wall());
      await idle();
      waits.push((sync.state().sync.next ?? 0) - clock.wall());
    }
    expect(waits[0]).toBeLessThanOrEqual(30_000);
    expect(waits.at(-1)).toBeLessThanOrEqual(15 * MINUTE);
    expect(waits).toEqual(waits.toSorted((a, b) => a - b));
    server.failure = null;
    await sync.syncNow();
    expect(sync.state()).toMatchObject({ failures: 0, sync: { problem: null } });
  });

  it('asked for while one is under way is followed by another: the first may have asked too early', async () => {
    sync.setTarget(target());
    const [one, two, three] = [sync.syncNow(), sync.syncNow(), sync.syncNow()];
    await Promise.all([one, two, three]);
    await idle();
    expect(server.asked).toHaveLength(2);
  });

  it('that ends after its user has signed out leaves nothing of theirs', async () => {
    const { promise, resolve: write } = Promise.withResolvers<void>();
    writable = promise;
    sync.setTarget(target());
    await expect.poll(() => beingWritten).toBe(1);
    sync.setTarget(null);
    write();
    await idle();
    expect(sync.state()).toMatchObject({
      held: null,
      membership: null,
      sync: { running: false, lastAttempt: null, lastContact: null },
    });
  });

  it('takes a renewal of the same revision, and not an earlier signature of it', async () => {
    const now = Math.floor(clock.wall() / 1000);
    await serve({ revision: 1, exp: now + 1_000 });
    sync.setTarget(target());
    await idle();
    await serve({ revision: 1, exp: now + 2_000 });
    expect((await sync.syncNow()).outcome).toBe('updated');
    await serve({ revision: 1, exp: now + 500 });
    expect((await sync.syncNow()).outcome).toBe('unchanged');
    expect(sync.state().held?.summary.exp).toBe(now + 2_000);
  });

  it.each([
    ['policy-rollback', { revision: 1 }],
    ['policy-equivocation', { revision: 5, registries: [{ address: 'gcr.io' }] }],
    ['policy-organization', { revision: 6, org: 'globex' }],
    ['policy-expired', { revision: 6, iat: 1, exp: 2 }],
  ] as const)('refuses what earns the name %s, and keeps the last good one', async (code, claims) => {
    await serve({ revision: 5 });
    sync.setTarget(target());
    await idle();
    const kept = disk.policy?.toString();
    await serve(claims as Partial<PolicyClaims>);
    expect((await sync.syncNow()).problem?.code).toBe(code);
    expect(sync.state()).toMatchObject({ rejection: { code }, held: { summary: { revision: 5 } } });
    expect(disk.policy?.toString()).toBe(kept);
    await serve({ revision: 7 });
    await sync.syncNow();
    expect(sync.state()).toMatchObject({ rejection: null, held: { summary: { revision: 7 } } });
  });

  it('does not judge by a clock that was set back before the policy’s own date', async () => {
    sync.setTarget(target());
    await idle();
    const { iat = 0 } = sync.state().held?.summary ?? {};
    await serve({ revision: 2, iat: iat - 20, exp: iat - 10 });
    clock.set((iat - 15) * 1000);
    expect((await sync.syncNow()).problem?.code).toBe('policy-expired');
  });

  it('says that a key is missing, as a refusal and not as an outage', async () => {
    const missing = new ProblemError({ code: 'no-policy-key', message: 'There is no policy key for acme.' });
    sync.setTarget(target({ keys: () => Promise.reject(missing) }));
    await idle();
    expect(sync.state()).toMatchObject({ rejection: { code: 'no-policy-key' }, held: null });
  });
});

describe('what is kept on disk', () => {
  beforeEach(async () => {
    sync.setTarget(target());
    await idle();
    await sync.stop();
    sync = newSync();
  });

  it('is in force again after a restart without the server', async () => {
    server.failure = outage;
    sync.setTarget(target());
    await idle();
    expect(sync.state()).toMatchObject({ held: { summary: { revision: 1 } }, membership: { sub: 'mia' }, failures: 1 });
  });

  it('spares the next document its way', async () => {
    sync.setTarget(target());
    await idle();
    expect(server.asked.at(-1)).toBe('"1"');
  });

  it('is not believed when it was changed', async () => {
    server.failure = outage;
    disk.policy = Buffer.from(`${disk.policy?.toString().slice(0, -8)}AAAAAAAA`);
    sync.setTarget(target());
    await idle();
    expect(sync.state()).toMatchObject({ held: null, rejection: { code: 'policy-signature' } });
  });

  it('is not believed when its key is not trusted any more', async () => {
    server.failure = outage;
    const other = await createPolicySigner(['acme'], 'other');
    sync.setTarget(target({ keys: async () => ({ keys: [other.publicKey] }) }));
    await idle();
    expect(sync.state()).toMatchObject({ held: null, rejection: { code: 'policy-key-unknown' } });
  });

  it('is another user’s if another user signs in', async () => {
    server.failure = outage;
    sync.setTarget(target({ id: 'acme, somebody else' }));
    await idle();
    expect(sync.state().held).toBeNull();
  });

  it('is still told of after it has expired, as expired', async () => {
    server.failure = outage;
    clock.advance(30 * 24 * 60 * MINUTE);
    sync.setTarget(target());
    await idle();
    expect(sync.state().held?.summary.revision).toBe(1);
    expect(sync.state().membership).toBeNull();
  });

  it('goes with the sign-out, also if a sync is under way', async () => {
    sync.setTarget(target());
    void sync.syncNow();
    sync.setTarget(null);
    sync.forget();
    await sync.stop();
    expect(disk).toEqual({});
    expect(sync.state()).toMatchObject({ org: null, held: null, membership: null });
  });
});
