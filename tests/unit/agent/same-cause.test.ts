import { describe, expect, it } from 'vitest';
import type { AgentState } from '../../../main/agent/agent-state.ts';
import { nextStep } from '../../../main/agent/enforcement/next-step.ts';
import { reasonToTell } from '../../../main/agent/enforcement/programmer.ts';
import { explain, ownDecider, readSubject } from '../../../main/agent/explain.ts';
import type { PolicySyncState } from '../../../main/agent/policy/sync-state.ts';
import { reconcile } from '../../../main/agent/reconcile.ts';
import { buildSnapshot } from '../../../main/agent/snapshot-builder.ts';
import { denialSentence, denialText } from '../../../main/gateway/denial-sentence.ts';
import { menuModel } from '../../../main/shell/menu-model.ts';
import { circumstancesOf } from '../../../shared/messages/describe-explanation.ts';
import { describeState } from '../../../shared/messages/describe-state.ts';
import { wordsFor } from '../../../shared/messages/words.ts';
import { type EffectivePolicyInputs, effectivePolicyOf } from '../../../shared/policy/effective-policy.ts';
import { effectiveRules } from '../../../shared/policy/effective-rules.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import type { LockReason } from '../../../shared/reasons.ts';
import type { GatewayStatus } from '../../../shared/schemas/control-schema.ts';
import type { ManagedConfig } from '../../../shared/schemas/managed-config.ts';
import type { Snapshot } from '../../../shared/schemas/snapshot.ts';
import type { DerivedState, LockCause } from '../../../shared/state/derive-state.ts';
import type { SessionState } from '../../../shared/state/inputs.ts';
import { agentState } from '../../support/agent-state.ts';
import { gatewayStatus, programmed } from '../../support/gateway-status.ts';
import { managed as configurations, keptSession, NOW, policy, sessions } from '../../support/snapshots.ts';

/**
 * Whatever is wrong, the engine, `explain`, panel, tray and `status` name one cause. Every combination of what is configured, who is signed in,
 * what was fetched and what the gateway has stored is settled as agent and gateway do, by their own rules, and then compared.
 */
const words = wordsFor('en', 'en');
const now = NOW / 1000;
const sources = { files: { policyFile: '/p', membershipFile: '/m' }, firstUseKeys: null };

/** What the engine has to say in a state in which the screens say that everything is blocked. */
const REASONS: Record<Exclude<LockCause, 'gateway-failed'>, LockReason> = {
  'configuration-malformed': 'managed-config-invalid',
  'configuration-unreadable': 'managed-config-invalid',
  'wrong-organization': 'wrong-organization',
  'no-policy-key': 'no-policy-key',
  'policy-expired': 'policy-expired',
  'policy-rejected': 'policy-invalid',
  'no-policy': 'no-policy',
  'no-membership': 'no-membership',
};

function reasonIn({ id, cause }: DerivedState): LockReason | null {
  if (id === 'locked') return cause === null || cause === 'gateway-failed' ? null : REASONS[cause];
  if (id === 'sign-in-required') return 'sign-in-required';
  return id === 'securing' ? 'policy-pending' : null;
}

// ── what there may be ─────────────────────────────────────────────────────────────────────────────────────────────────

const { present } = configurations;
const managed: Record<string, ManagedConfig> = {
  'a list and keys': agentState.managed,
  'a misspelt list': { ...agentState.managed, allowedOrgs: ['Acme'] },
  'a list without keys': { ...present, settings: {} },
  malformed: configurations.malformed,
  unreadable: configurations.unreadable,
  'no list': configurations.absent,
};

const who: Record<string, SessionState> = {
  ...sessions,
  'a kept sign-in': keptSession,
  'a member of both': { kind: 'signed-in', user: { sub: 'mia' }, org: 'acme', others: ['Acme'] },
};

const nothing: PolicySyncState = { ...agentState.policy, held: null, membership: null };
const heldExpiring = (exp: number): PolicySyncState['held'] =>
  agentState.policy.held && { ...agentState.policy.held, summary: { ...policy, exp } };
const invalid = problem('policy-rollback', { organization: 'acme', revision: 6, highest: 7 });
const policies: Record<string, PolicySyncState> = {
  'nothing yet': nothing,
  'nothing for 30 s': { ...nothing, since: NOW - 30_000 },
  'a policy': agentState.policy,
  'an expired policy': { ...agentState.policy, held: heldExpiring(now) },
  'a rejected policy': { ...nothing, rejection: invalid },
  'a policy and a rejected one': { ...agentState.policy, rejection: invalid },
};

const proof = { iss: policy.iss, org: policy.org, sub: 'mia', iat: policy.iat, exp: policy.exp };
const proofs: Record<string, Partial<PolicySyncState>> = {
  'a proof': { membership: proof },
  'no proof yet': { membership: null },
  'no proof for 30 s': { membership: null, since: NOW - 30_000 },
  'an expired proof': { membership: { ...proof, exp: now } },
};

/** What a gateway keeps on its disk. */
type Stored = Pick<EffectivePolicyInputs, 'lock' | 'policy' | 'membership'>;
const stored = { lock: null, policy, membership: proof } satisfies Stored;
const lockedFor = (reason: LockReason): Stored => ({ ...stored, lock: { reason, at: 0 } });
const gateways: Record<string, Stored> = {
  empty: { lock: null, policy: null, membership: null },
  programmed: stored,
  'with an expired proof': { ...stored, membership: { ...proof, exp: now } },
  'with an expired policy': { ...stored, policy: { ...policy, exp: now } },
  'locked by a sign-out': lockedFor('sign-in-required'),
  'locked for another organization': lockedFor('wrong-organization'),
  'locked without a policy': { ...lockedFor('no-policy'), policy: null, membership: null },
  'locked for a policy on its way': lockedFor('policy-pending'),
};

const refusals: Record<string, Problem | null> = {
  everything: null,
  'no policy': invalid,
  'no expired policy': problem('policy-expired', { expired: '2026-11-21T12:00:00.000Z' }),
  'no expired proof': problem('membership-expired', { expired: '2026-11-21T12:00:00.000Z' }),
};

// ── agent and gateway ─────────────────────────────────────────────────────────────────────────────────────────────────

interface Settled {
  snapshot: Snapshot;
  inForce: GatewayStatus['inForce'];
}

/** What both come to when neither has anything left to say to the other. */
function settle(state: AgentState, before: Stored, refusal: Problem | null): Settled {
  let gateway = before;
  let refused = false;
  for (let turn = 0; turn < 10; turn += 1) {
    const inForce = effectivePolicyOf({ managed: state.managed, ...gateway, policyInvalid: false, now });
    const status: GatewayStatus = {
      ...gatewayStatus,
      managed: state.managed,
      inForce,
      policy: gateway.policy && { ...programmed, exp: gateway.policy.exp },
      membership: gateway.membership,
      lock: gateway.lock,
      lastRefusal: refused ? refusal : null,
    };
    const linked: AgentState = { ...state, link: { kind: 'up', status, connection: 1 } };
    const wanted = reconcile(linked, sources);
    const pending = nextStep(wanted, status);
    const told = refused && refusal !== null && pending?.kind === 'program' ? reasonToTell(refusal, inForce) : null;
    if (told === null && (pending === null || (refused && pending.kind === 'program'))) {
      const programmer = { wanted, pending, refusal: pending === null ? null : refusal };
      return { snapshot: buildSnapshot({ ...linked, programmer }), inForce };
    }
    if (told !== null) gateway = { ...gateway, lock: { reason: told, at: 0 } };
    else if (pending?.kind === 'lock') gateway = { ...gateway, lock: { reason: pending.reason, at: 0 } };
    else if (pending?.kind === 'release') gateway = { lock: null, policy: null, membership: null };
    else if (refusal !== null) refused = true;
    else {
      const { held, membership } = state.policy;
      gateway = { lock: null, policy: held && { ...policy, exp: held.summary.exp }, membership };
    }
  }
  throw new Error('agent and gateway never agree');
}

interface Scene extends Settled {
  name: string;
  state: AgentState;
  stored: Stored;
}

function* scenes(): Generator<Scene> {
  for (const [configured, config] of Object.entries(managed))
    for (const [person, session] of Object.entries(who)) {
      for (const [fetched, sync] of Object.entries(policies))
        for (const [proven, change] of Object.entries(proofs))
          for (const [keeps, before] of Object.entries(gateways))
            for (const [accepts, refusal] of Object.entries(refusals)) {
              const state = { ...agentState, managed: config, session, policy: { ...sync, ...change } };
              const name = `${configured}; ${person}; ${fetched}; ${proven}; gateway ${keeps}, accepts ${accepts}`;
              yield { name, state, stored: before, ...settle(state, before, refusal) };
            }
    }
}
const all = [...scenes()];

describe('whatever is wrong', () => {
  it('everything is compared: each cause occurs, and so does each reason', () => {
    const causes = new Set(all.map(({ snapshot }) => snapshot.state.cause));
    expect([...causes].filter((cause) => cause !== null).sort()).toEqual(Object.keys(REASONS).sort());
    const reasons = new Set(all.map(({ inForce }) => ('reason' in inForce ? inForce.reason : null)));
    const expected = [...Object.values(REASONS), 'sign-in-required', 'policy-pending', 'not-managed', null];
    expect(reasons).toEqual(new Set(expected));
  });

  it('the engine names the cause that every screen shows, and none where nothing is blocked', () => {
    const other = all.flatMap(({ name, snapshot: { state }, inForce }) => {
      const shown = reasonIn(state);
      const isBlocked = inForce.kind === 'deny';
      const agree = isBlocked ? inForce.reason === shown : state.traffic !== 'deny';
      return agree ? [] : [`${name}: ${JSON.stringify([state.id, state.cause])} but ${JSON.stringify(inForce)}`];
    });
    expect(other.slice(0, 10)).toEqual([]);
  });

  const samples = new Map(
    all.map((scene) => {
      const { state } = scene.snapshot;
      return [[state.id, state.cause, 'reason' in scene.inForce ? scene.inForce.reason : 'policy'].join(' '), scene];
    }),
  );

  it.each([...samples].filter(([, { inForce }]) => inForce.kind === 'deny'))(
    'all five places say the same of %s',
    async (_what, { snapshot, inForce, state }) => {
      if (inForce.kind !== 'deny') return;
      const { reason, organizations } = inForce;
      const mark = `[${snapshot.state.code} ${reason}]`;
      const context = { reason, organizations, contact: null };
      expect(denialSentence('gcr.io', context).endsWith(mark)).toBe(true);
      expect(denialText(context).endsWith(mark)).toBe(true);

      const subject = readSubject('gcr.io');
      if (!subject.ok) throw new Error('no host');
      const rules = effectiveRules(inForce, state.policy.held?.rules ?? null);
      const circumstances = circumstancesOf(snapshot, words);
      const explained = await explain('gcr.io', subject.value, circumstances, ownDecider(rules, 0), async () => false);
      expect(explained.hosts[0]?.engine).toMatchObject({ allowed: false, reason });
      const org = organizations.length === 0 ? circumstances.org : organizations.join(' or ');
      expect(explained.sentence).toBe(words.state.reason[reason]('gcr.io', org));

      const { headline, sentence } = describeState(snapshot, NOW, words);
      expect(sentence).not.toBe('');
      expect(menuModel({ kind: 'running', snapshot }, NOW, words)[0]).toEqual({ kind: 'text', label: headline });
      // Nobody is sent to sign in who has signed in.
      const asks = [denialSentence('gcr.io', context), explained.sentence, explained.next ?? ''].join(' ');
      const mayHelp = snapshot.state.action === 'sign-in';
      expect(/\bsigns? in\b/i.test(asks)).toBe(mayHelp && snapshot.state.id === 'sign-in-required');
    },
  );
});
