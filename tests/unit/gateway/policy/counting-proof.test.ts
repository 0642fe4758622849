import { describe, expect, it } from 'vitest';
import { underTerms } from '../../../../main/gateway/policy/counting-proof.ts';
import { openPolicyController } from '../../../../main/gateway/policy/policy-controller.ts';
import type { VerifiedMembership } from '../../../../main/gateway/policy/policy-job.ts';
import { evaluate, type PolicyState, teamProofOf } from '../../../../main/gateway/policy/policy-state.ts';
import {
  keysPublished,
  offerTerms,
  program,
  release,
  resetRevision,
} from '../../../../main/gateway/policy/state-changes.ts';
import { emptyState, type StateStore } from '../../../../main/gateway/policy/state-store.ts';
import { silentLogger } from '../../../../main/platform/log/logger.ts';
import { GONE_KEY_COUNTS, KEYS_KEPT, type ProviderKey } from '../../../../shared/policy/provider-keys.ts';
import { problem } from '../../../../shared/problems/catalogue.ts';
import { failure, success } from '../../../../shared/problems/problem.ts';
import type { ManagedConfig, PortcullisSettings } from '../../../../shared/schemas/managed-config.ts';
import { CLIENT, PROVIDER } from '../../../support/id-token-signer.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { absent, HOUR, key, present, START, stateWith, verifiedMembership, verifiedPolicy } from './samples.ts';

const signer: ProviderKey = { kid: 'p1', kty: 'OKP', crv: 'Ed25519', x: 'AAAA' };
const successor: ProviderKey = { ...signer, kid: 'p2', x: 'BBBB' };
const YEAR = 365 * 24 * HOUR;

function managedWith(change: Partial<PortcullisSettings> = {}): ManagedConfig {
  const settings: PortcullisSettings = {
    ...{ membership: 'id-token', issuer: PROVIDER, clientId: CLIENT, organizationsClaim: '/groups' },
    ...{ policyUrl: 'https://files.example/acme.jws', policyIssuer: 'https://hub.example' },
    policyKeys: { keys: [key] },
    ...change,
  };
  return { ...present, settings };
}
const managed = managedWith();

/** A proof by an ID token, as if it had been verified. */
function proof(change: Record<string, unknown> = {}): VerifiedMembership {
  const payload = {
    iss: PROVIDER,
    sub: 'mia',
    aud: CLIENT,
    iat: START,
    exp: START + HOUR,
    groups: ['acme'],
    ...change,
  };
  const { iss, sub, iat } = payload;
  const claims = { iss, org: 'acme', sub, iat, exp: iat + 72 * HOUR };
  return { claims, token: JSON.stringify(payload), verifiedBy: [], idToken: { payload, key: signer } };
}

/** A gateway that has the provider's key, a policy for a year, and this proof. */
function programmed(membership: VerifiedMembership = proof(), state: PolicyState = stateWith()): PolicyState {
  const known = keysPublished(state, PROVIDER, [signer], START);
  const terms = offerTerms(known.stored, managed, { firstUseKeys: undefined, hasMembership: true }, START);
  if (!terms.ok) throw new Error(terms.problem.code);
  const policy = verifiedPolicy({ exp: START + YEAR });
  const offer = { ...terms.value, policy, membership, lockedSince: false, releasedSince: false, at: START * 1000 };
  const outcome = program(known, offer);
  if (!outcome.ok) throw new Error(outcome.problem.code);
  return outcome.value;
}

/** What is in force: `policy`, or the reason why everything is denied. */
function inForce(state: PolicyState, now = START, configuration = managed): string {
  const effective = evaluate(state, configuration, now);
  return effective.kind === 'deny' ? effective.reason : effective.kind;
}

describe('an ID token as proof', () => {
  it('holds for its hours, though its issuer is not that of the policy', () => {
    expect(inForce(programmed())).toBe('policy');
    expect(inForce(programmed(), START + 72 * HOUR - 1)).toBe('policy');
    expect(inForce(programmed(), START + 72 * HOUR)).toBe('no-membership');
  });

  it('counts by the settings of now, not by those of when it was taken', () => {
    const state = programmed();
    expect(inForce(state, START + HOUR, managedWith({ membershipHours: 1 }))).toBe('no-membership');
    expect(inForce(state, START, managedWith({ clientId: 'other' }))).toBe('sign-in-required');
    expect(inForce(state, START, managedWith({ issuer: 'https://login.globex.example' }))).toBe('sign-in-required');
    expect(inForce(state, START, managedWith({ organizationsClaim: '/roles' }))).toBe('sign-in-required');
    expect(inForce(state, START, managedWith({ organizationNames: { 'g-1': 'acme' } }))).toBe('sign-in-required');
    expect(underTerms(state, managedWith({ membershipHours: 168 })).membership?.claims.exp).toBe(START + 168 * HOUR);
  });

  it('does not count where a hub proves membership, nor a hub’s proof where an ID token does', () => {
    const { membership: _, ...settings } = managed.settings;
    expect(inForce(programmed(), START, { ...managed, settings })).toBe('sign-in-required');
    const byHub = stateWith({ policy: verifiedPolicy(), membership: verifiedMembership() });
    expect(inForce(byHub, START, present)).toBe('policy');
    expect(inForce(byHub)).toBe('sign-in-required');
  });

  it('of a policy of another issuer than the administrator’s is none', () => {
    expect(inForce(programmed(), START, managedWith({ policyIssuer: PROVIDER }))).toBe('policy-invalid');
  });

  it('ends a day after its key was last published, where the provider says so', () => {
    const rotated = keysPublished(programmed(), PROVIDER, [successor], START + 6 * HOUR);
    expect(inForce(rotated, START + GONE_KEY_COUNTS - 1)).toBe('policy');
    expect(inForce(rotated, START + GONE_KEY_COUNTS)).toBe('sign-in-required');
  });

  it('holds while the provider does not answer, and is replaced by no new one after a week of that', () => {
    const state = programmed();
    expect(inForce(state, START + 71 * HOUR)).toBe('policy');
    const offered = { firstUseKeys: undefined, hasMembership: true };
    const keysAt = (now: number) => {
      const terms = offerTerms(state.stored, managed, offered, now);
      return terms.ok ? terms.value.idToken?.keys.map(({ kid }) => kid) : null;
    };
    expect(keysAt(START + KEYS_KEPT - 1)).toEqual(['p1']);
    expect(keysAt(START + KEYS_KEPT)).toEqual([]);
  });

  it('never brings a team: the provider does not bind it to this gateway', () => {
    const state = programmed(proof({ teams: ['backend'], cnf: { jkt: 'a'.repeat(43) } }));
    expect(teamProofOf(state, managed, 'a'.repeat(43))).toBe(null);
  });

  it('that is older than one taken of the same person is not taken, whatever organization that was for', () => {
    const state = programmed(proof({ iat: START + 60, exp: START + HOUR }));
    // The newer one is at hand, as where somebody has two agents.
    expect(programmed(proof(), state).membership?.claims.iat).toBe(START + 60);
    const gone = { ...state, membership: null, stored: { ...state.stored, idToken: null } };
    expect(() => programmed(proof(), gone)).toThrow('membership-superseded');
    expect(() => programmed(proof({ iat: START + 60, exp: START + HOUR }), gone)).not.toThrow();
    expect(() => programmed(proof({ sub: 'ben' }), gone)).not.toThrow();
    const reset = resetRevision(gone, 'acme');
    expect(() => programmed(proof(), reset.ok ? reset.value.state : gone)).not.toThrow();
  });

  it('is stored apart from a hub’s proof, and removed with the restrictions', () => {
    const { stored } = programmed();
    expect(stored).toMatchObject({ membership: null, idToken: { key: signer, claims: { sub: 'mia' } } });
    const released = release(programmed(), absent);
    expect(released.ok && released.value.stored.idToken).toBe(null);
  });
});

describe('an offer whose key is not known yet', () => {
  it('is verified once more where the keys have come meanwhile, and only then', async () => {
    const offered: (number | undefined)[] = [];
    const store: StateStore = {
      folder: '/state',
      policyFile: (digest) => `/state/${digest}`,
      load: async () => emptyState,
      save: async () => undefined,
      sweep: async () => undefined,
    };
    let publishes = true;
    const controller = await openPolicyController({
      ...{ store, managed: () => managed, clock: manualClock(START * 1000), log: silentLogger(), uid: 0 },
      async runJob(job) {
        if (job.kind === 'load') return success({ policy: null, membership: null });
        offered.push(job.idToken?.keys.length);
        if (publishes) await controller.publishKeys(PROVIDER, [signer]);
        const isFirst = offered.length === 1 || !publishes;
        if (isFirst) return failure(problem('id-token-key-unknown'));
        return success({ policy: verifiedPolicy({ exp: START + YEAR }), membership: proof() });
      },
    });
    const offer = { policyFile: '/p', membershipFile: '/m' };
    await controller.program(offer);
    expect(offered).toEqual([0, 1]);
    expect(controller.current().effective).toMatchObject({ kind: 'policy' });
    publishes = false;
    await expect(controller.program(offer)).rejects.toThrow();
    expect(offered).toEqual([0, 1, 1]);
    controller.close();
  });
});
