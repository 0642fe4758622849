import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentState } from '../../../main/agent/agent-state.ts';
import type { PolicySyncState } from '../../../main/agent/policy/sync-state.ts';
import type { CompiledPolicy } from '../../../main/agent/policy/verify-and-compile.ts';
import {
  type DesiredPolicyInputs,
  desiredPolicyOf,
  disagreesSince,
  expectedRules,
  isMembershipDenied,
  policyAfterSession,
  reconcile,
} from '../../../main/agent/reconcile.ts';
import { buildSnapshot } from '../../../main/agent/snapshot-builder.ts';
import { denialSentence } from '../../../main/gateway/denial-sentence.ts';
import { decide } from '../../../shared/decide.ts';
import { agentState, held } from '../../support/agent-state.ts';
import { gatewayStatus, locked, open } from '../../support/gateway-status.ts';
import { keptSession, managed, NOW, policy, sessions } from '../../support/snapshots.ts';

const sync: PolicySyncState = {
  org: 'acme',
  since: NOW,
  held: { summary: policy } as CompiledPolicy,
  membership: { iss: policy.iss, org: policy.org, sub: 'mia', iat: policy.iat, exp: policy.exp },
  rejection: null,
  sync: { running: false, lastContact: NOW, lastAttempt: NOW, next: NOW, problem: null },
  failures: 0,
  serverAhead: 0,
};
const belonging: DesiredPolicyInputs = {
  managed: managed.present,
  session: sessions['signed-in'],
  policy: sync,
  inForce: gatewayStatus.inForce,
  files: { policyFile: '/p', membershipFile: '/m' },
  firstUseKeys: null,
  lockCause: null,
  now: NOW,
};

describe('what should be in force', () => {
  it('is the policy that is held, with the membership', () => {
    expect(desiredPolicyOf(belonging)).toMatchObject({
      kind: 'policy',
      revision: 7,
      policyFile: '/p',
      membership: { file: '/m' },
    });
  });

  it.each(['offline', 'credential-unreadable'] as const)('is the policy also when the user is %s', (kind) => {
    expect(desiredPolicyOf({ ...belonging, session: sessions[kind] }).kind).toBe('policy');
  });

  it.each(['signed-out', 'signing-in', 'wrong-organization'] as const)(
    'is the lock when the user is %s, and nothing at all without an administrator',
    (kind) => {
      expect(desiredPolicyOf({ ...belonging, session: sessions[kind] })).toEqual({
        kind: 'lock',
        reason: 'sign-in-required',
      });
      expect(desiredPolicyOf({ ...belonging, session: sessions[kind], managed: managed.absent })).toEqual({
        kind: 'release',
      });
    },
  );

  it('stays what it is as long as nobody knows who is signed in', () => {
    expect(desiredPolicyOf({ ...belonging, session: null })).toEqual({ kind: 'nothing' });
  });

  it('is what the screens say where the filter knows no better: that everything is refused', () => {
    const without: DesiredPolicyInputs = { ...belonging, managed: managed.absent, policy: { ...sync, held: null } };
    const refusing = { ...without, inForce: open.inForce, lockCause: 'no-policy' as const };
    expect(desiredPolicyOf(refusing)).toEqual({ kind: 'lock', reason: 'no-policy' });
    expect(desiredPolicyOf({ ...refusing, lockCause: 'policy-rejected' })).toEqual({
      kind: 'lock',
      reason: 'policy-invalid',
    });
    // Not even that somebody has to sign in who has.
    const asking = { kind: 'deny' as const, reason: 'sign-in-required' as const, organizations: ['acme'], detail: '' };
    expect(desiredPolicyOf({ ...refusing, inForce: asking })).toEqual({ kind: 'lock', reason: 'no-policy' });
    expect(desiredPolicyOf({ ...refusing, inForce: { ...asking, reason: 'managed-config-invalid' } })).toEqual({
      kind: 'nothing',
    });
    expect(desiredPolicyOf({ ...refusing, inForce: { ...asking, reason: 'no-policy' } })).toEqual({ kind: 'nothing' });
    expect(desiredPolicyOf({ ...refusing, lockCause: null })).toEqual({ kind: 'nothing' });
  });

  it('is everything denied while a sign-in is kept, and the engine says what is wrong', () => {
    const kept = { ...belonging, session: keptSession };
    const lock = { kind: 'lock', reason: 'wrong-organization' };
    expect(desiredPolicyOf(kept)).toEqual(lock);
    expect(desiredPolicyOf({ ...kept, policy: { ...sync, held: null } })).toEqual(lock);
    expect(desiredPolicyOf({ ...kept, managed: managed.malformed })).toEqual(lock);
    expect(desiredPolicyOf({ ...kept, managed: managed.absent })).toEqual({ kind: 'release' });
  });

  it.each([
    ['policy-expired', 'policy-expired'],
    ['policy-rejected', 'policy-invalid'],
    ['no-policy', 'no-policy'],
  ] as const)(
    'makes the engine say what the panel says where that is %s, and not that a member has to sign in',
    (lockCause, reason) => {
      const asking = {
        kind: 'deny' as const,
        reason: 'sign-in-required' as const,
        organizations: ['acme'],
        detail: '',
      };
      const desired = desiredPolicyOf({ ...belonging, policy: { ...sync, held: null }, inForce: asking, lockCause });
      expect(desired).toEqual({ kind: 'lock', reason });
      const sentence = denialSentence('gcr.io', { reason, organizations: ['acme'], contact: null });
      expect(sentence).toMatch(new RegExp(`\\[P-LOCKED ${reason}\\]$`));
      expect(sentence).not.toContain('sign in');
      // Said once: with this in force nothing is left to say.
      const told = { ...asking, reason };
      expect(desiredPolicyOf({ ...belonging, policy: { ...sync, held: null }, inForce: told, lockCause }).kind).toBe(
        'nothing',
      );
    },
  );

  it('stays what it is until the membership has come too, where an administrator asks for it', () => {
    const without = { ...belonging, policy: { ...sync, membership: null } };
    expect(desiredPolicyOf(without)).toEqual({ kind: 'nothing' });
    expect(desiredPolicyOf({ ...without, managed: managed.absent })).toMatchObject({
      kind: 'policy',
      membership: null,
    });
  });

  it('is not an expired policy', () => {
    expect(desiredPolicyOf({ ...belonging, now: policy.exp * 1000 })).toEqual({ kind: 'nothing' });
  });

  it('is the lock while another organization’s list is in force and this one’s has not come', () => {
    const inForce = { kind: 'policy' as const, org: 'globex', revision: 3 };
    const waiting = { ...belonging, policy: { ...sync, held: null } };
    expect(desiredPolicyOf({ ...waiting, inForce })).toEqual({ kind: 'lock', reason: 'no-policy' });
    expect(desiredPolicyOf(waiting)).toEqual({ kind: 'nothing' });
  });

  it('is a release in one case only: nobody manages the machine, and nobody belongs to an organization', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(managed)),
        fc.constantFrom(null, ...Object.values(sessions)),
        fc.constantFrom(sync, { ...sync, held: null }, { ...sync, membership: null }),
        fc.constantFrom(null, gatewayStatus.inForce, locked.inForce, open.inForce),
        (config, session, policySync, inForce) => {
          const wanted = desiredPolicyOf({ ...belonging, managed: config, session, policy: policySync, inForce });
          const free =
            config.verdict === 'absent' &&
            session !== null &&
            ['signed-out', 'signing-in', 'wrong-organization'].includes(session.kind);
          expect(wanted.kind === 'release').toBe(free);
        },
      ),
    );
  });
});

describe('the rules that the gateway should enforce', () => {
  const expected = (change: Partial<AgentState>) => expectedRules({ ...agentState, ...change });
  const away: AgentState['link'] = { kind: 'down', problem: { code: 'gateway-away', message: 'Away.' } };
  const glass = (from: number, until: number) => ({
    ...agentState.managed.settings,
    breakGlass: {
      from: new Date(from).toISOString(),
      until: new Date(until).toISOString(),
      reason: 'the server is gone',
    },
  });

  it('are those of the policy that is held, for a member', () => {
    const rules = expected({ link: away });
    expect(rules).toBe(held.rules);
    expect(decide(rules, 'engine', 'docker.io').allowed).toBe(true);
  });

  it.each(['signed-out', 'signing-in', 'wrong-organization'] as const)(
    'deny everything to a user who is %s',
    (kind) => {
      expect(expected({ link: away, session: sessions[kind] })).toMatchObject({
        kind: 'deny',
        reason: 'sign-in-required',
        organizations: ['acme'],
      });
      expect(expected({ link: away, session: sessions[kind], managed: managed.absent })).toMatchObject({
        kind: 'open',
        reason: 'not-managed',
      });
    },
  );

  it('allow everything while an administrator has broken the glass, and not a moment longer', () => {
    const during = { ...agentState.managed, settings: glass(NOW - 1_000, NOW + 1_000) };
    for (const session of [null, ...Object.values(sessions)]) {
      expect(expected({ link: away, session, managed: during })).toEqual({ kind: 'open', reason: 'break-glass' });
    }
    const after = { ...agentState.managed, settings: glass(NOW - 2_000, NOW) };
    expect(expected({ link: away, managed: after })).toBe(held.rules);
    const unreadable = { ...managed.unreadable, settings: during.settings };
    expect(expected({ link: away, managed: unreadable })).toMatchObject({ reason: 'managed-config-invalid' });
  });

  it('deny everything without a key, a membership, or a policy that has not expired', () => {
    const noKeys = { ...agentState.managed, settings: {} };
    expect(expected({ managed: noKeys })).toMatchObject({ kind: 'deny', reason: 'no-policy-key' });
    const noMembership = { ...agentState.policy, membership: null };
    expect(expected({ policy: noMembership })).toMatchObject({ kind: 'deny', reason: 'policy-pending' });
    const now = { wall: policy.exp * 1000, monotonic: 0 };
    const membership = agentState.policy.membership && { ...agentState.policy.membership, exp: policy.exp + 1 };
    expect(expected({ policy: { ...agentState.policy, membership }, now })).toMatchObject({ reason: 'policy-expired' });
  });

  it('name the same cause as every screen once policy and membership have expired together', () => {
    const now = { wall: policy.exp * 1000, monotonic: 0 };
    const membership = agentState.policy.membership && { ...agentState.policy.membership, exp: policy.exp };
    for (const session of [sessions['signed-in'], sessions.offline, sessions['credential-unreadable']]) {
      const expired = { session, policy: { ...agentState.policy, membership }, now };
      expect(expected(expired)).toMatchObject({ kind: 'deny', reason: 'policy-expired' });
      expect(buildSnapshot({ ...agentState, ...expired }).state).toMatchObject({
        id: 'locked',
        cause: 'policy-expired',
      });
    }
  });

  it('deny everything to a volunteer whose policy does not come, as the agent has the gateway do', () => {
    const volunteer = { managed: managed.absent, link: away };
    const missing = { ...agentState.policy, held: null, membership: null, since: NOW };
    expect(expected({ ...volunteer, policy: missing })).toMatchObject({ kind: 'open' });
    expect(expected({ ...volunteer, policy: { ...missing, since: NOW - 30_000 } })).toMatchObject({
      kind: 'deny',
      reason: 'no-policy',
    });
  });

  it('do not depend on a clock that was set back', () => {
    const back = { wall: (policy.iat - 10_000) * 1000, monotonic: 0 };
    const short = { ...held, summary: { ...policy, exp: policy.iat } };
    expect(expected({ now: back, policy: { ...agentState.policy, held: short } })).toMatchObject({
      kind: 'deny',
      reason: 'policy-expired',
    });
  });
});

describe('a change', () => {
  it('of the state is a change of what is wanted', () => {
    const sources = { files: { policyFile: '/p', membershipFile: '/m' }, firstUseKeys: null };
    expect(reconcile(agentState, sources)).toMatchObject({ kind: 'policy', digest: policy.digest });
    expect(reconcile({ ...agentState, session: sessions['signed-out'] }, sources)).toMatchObject({ kind: 'lock' });
    // A refused policy counts as none, and a volunteer's gateway must not stay open.
    const refused: AgentState = {
      ...agentState,
      managed: managed.absent,
      link: { kind: 'up', status: open, connection: 1 },
      policy: { ...agentState.policy, held: null, rejection: { code: 'policy-claims', message: 'No.' } },
    };
    expect(reconcile(refused, sources)).toEqual({ kind: 'lock', reason: 'policy-invalid' });
  });

  it.each([
    [null, 'signed-in', 'keep'],
    ['signed-in', 'signed-in', 'keep'],
    ['signed-in', 'offline', 'keep'],
    ['offline', 'signed-in', 'sync'],
    ['credential-unreadable', 'signed-in', 'sync'],
    ['signing-in', 'signed-in', 'keep'],
    ['signed-in', 'signed-out', 'forget'],
    [null, 'signed-out', 'forget'],
    ['signed-in', 'wrong-organization', 'forget'],
    ['signed-out', 'signed-out', 'keep'],
    ['signed-in', null, 'keep'],
    ['wrong-organization', 'wrong-organization', 'keep'],
    ['signed-in', 'kept', 'keep'],
    ['kept', 'signed-in', 'keep'],
    ['kept', 'offline', 'keep'],
    ['kept', 'signing-in', 'keep'],
    ['kept', 'wrong-organization', 'forget'],
    ['kept', 'signed-out', 'forget'],
    ['signed-in', 'kept elsewhere', 'keep'],
    ['kept elsewhere', 'signed-in', 'keep'],
    ['kept elsewhere', 'signed-out', 'forget'],
  ] as const)('of the session from %s to %s has it %s the policy', (before, now, consequence) => {
    const known = {
      ...sessions,
      kept: keptSession,
      'kept elsewhere': { kind: 'signed-out', problem: null, kept: true },
    } as const;
    const sessionOf = (kind: keyof typeof known | null) => kind && known[kind];
    expect(policyAfterSession(sessionOf(before), sessionOf(now))).toBe(consequence);
  });

  it('of the membership is what the server denies, not what it fails at', () => {
    const failing = (code: string) =>
      isMembershipDenied({ ...sync, sync: { ...sync.sync, problem: { code, message: 'x' } } });
    expect(['not-a-member', 'not-authorized', 'server-failed'].map(failing)).toEqual([true, true, false]);
    expect(isMembershipDenied(sync)).toBe(false);
  });
});

it('a difference between what agent and gateway read is timed from when it was first seen', () => {
  const ours = managed.present;
  const status = { ...gatewayStatus, managed: managed.absent };
  expect(disagreesSince(null, ours, status, 5)).toBe(5);
  expect(disagreesSince(5, ours, status, 9)).toBe(5);
  expect(disagreesSince(5, ours, null, 9)).toBeNull();
  expect(disagreesSince(5, ours, { ...status, managed: { ...ours, source: '/elsewhere' } }, 9)).toBeNull();
  expect(disagreesSince(null, ours, { ...status, managed: { ...ours, allowedOrgs: ['globex'] } }, 9)).toBe(9);
});
