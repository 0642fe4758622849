import { describe, expect, it } from 'vitest';
import type { PolicyState } from '../../../../main/gateway/policy/policy-state.ts';
import {
  lock,
  offerTerms,
  program,
  release,
  resetRevision,
  type VerifiedOffer,
} from '../../../../main/gateway/policy/state-changes.ts';
import { emptyState } from '../../../../main/gateway/policy/state-store.ts';
import {
  absent,
  HOUR,
  key,
  otherKey,
  present,
  START,
  stateWith,
  verifiedMembership,
  verifiedPolicy,
} from './samples.ts';

const keys = { keys: [key] };
const strangers = { keys: [otherKey] };
const offerOf = (change: Partial<VerifiedOffer> = {}): VerifiedOffer => ({
  ...{ isManaged: true, keys, firstUseKeys: null, organizations: ['acme'], idToken: null },
  ...{
    policy: verifiedPolicy(),
    membership: verifiedMembership(),
    lockedSince: false,
    releasedSince: false,
    at: START * 1000,
  },
  ...change,
});
function programmed(state: PolicyState, change: Partial<VerifiedOffer> = {}): PolicyState {
  const outcome = program(state, offerOf(change));
  if (!outcome.ok) throw new Error(outcome.problem.code);
  return outcome.value;
}
const locked = stateWith({}, { lock: { reason: 'sign-in-required', at: 1 } });
const damage = { code: 'state-damaged', message: 'Not readable.' };

describe('the terms of an offer', () => {
  const terms = (managed = present, firstUseKeys: typeof keys | undefined = undefined, hasMembership = true) =>
    offerTerms({ ...emptyState, firstUseKeys: null }, managed, { firstUseKeys, hasMembership }, START);

  it('are the administrator’s keys and organizations on a managed machine, whatever is offered', () => {
    expect(terms(present, strangers)).toMatchObject({
      ok: true,
      value: { isManaged: true, keys, organizations: ['acme'] },
    });
  });

  it('are the keys of first use on an unmanaged machine, of any organization', () => {
    expect(terms(absent, strangers, false)).toMatchObject({
      ok: true,
      value: { isManaged: false, keys: strangers, firstUseKeys: strangers, organizations: null },
    });
    const known = { ...emptyState, firstUseKeys: strangers };
    const again = offerTerms(known, absent, { firstUseKeys: undefined, hasMembership: false }, START);
    expect(again).toMatchObject({ ok: true, value: { keys: strangers } });
  });

  it.each([
    ['there is no key', terms({ ...present, settings: {} }, strangers), 'no-policy-key'],
    ['nothing is known on an unmanaged machine', terms(absent), 'no-policy-key'],
    [
      'the files cannot be read, although keys are offered',
      terms({ ...absent, verdict: 'unreadable' }, strangers),
      'no-policy-key',
    ],
    ['the proof of membership is missing', terms(present, undefined, false), 'membership-missing'],
  ] as const)('are refused where %s', (_what, outcome, code) => {
    expect(outcome).toMatchObject({ ok: false, problem: { code } });
  });
});

describe('program', () => {
  it('takes policy and membership, and writes down by which keys', () => {
    const policy = verifiedPolicy();
    const { stored, ...state } = programmed(stateWith());
    expect(state).toMatchObject({ policy: { digest: policy.digest }, membership: { token: 'token' }, unusable: null });
    expect(stored.policy).toEqual({ digest: policy.digest, iat: START, verifiedBy: [key] });
    expect(stored.membership).toEqual({ token: 'token', iat: START, verifiedBy: [key], since: START * 1000 });
    expect(stored.highest).toMatchObject([{ org: 'acme', revision: 1, verifiedBy: [key] }]);
  });

  it('takes a lock away that came before the offer, and leaves one that came after it', () => {
    expect(programmed(locked).stored.lock).toBeNull();
    expect(programmed(locked, { lockedSince: true }).stored.lock).toEqual(locked.stored.lock);
  });

  it('is refused where the restrictions were released after the offer', () => {
    const outcome = program(stateWith(), offerOf({ releasedSince: true }));
    expect(outcome).toMatchObject({ ok: false, problem: { code: 'policy-superseded' } });
  });

  it('mends a state that was lost or whose policy did not verify', () => {
    const lost = stateWith({ unusable: damage }, { damaged: damage });
    expect(programmed(lost)).toMatchObject({ unusable: null, stored: { damaged: null } });
  });

  it('drops a membership that came without a new one only on a managed machine', () => {
    const state = stateWith({ membership: verifiedMembership() });
    expect(programmed(state, { membership: null }).membership).toBeNull();
    expect(programmed(state, { membership: null }).stored.membership).toBeNull();
    expect(programmed(state, { membership: null, isManaged: false }).membership).toBe(state.membership);
  });

  it('keeps keys of first use only where nobody manages the machine', () => {
    expect(programmed(stateWith(), { firstUseKeys: strangers }).stored.firstUseKeys).toBeNull();
    const volunteered = programmed(stateWith(), { isManaged: false, firstUseKeys: strangers });
    expect(volunteered.stored.firstUseKeys).toEqual(strangers);
  });

  describe('with content that is known', () => {
    const long = verifiedPolicy({ exp: START + 99 * HOUR });
    const short = verifiedPolicy({ exp: START + 9 * HOUR });

    it('keeps the signature that ends later', () => {
      expect(programmed(stateWith({ policy: long }), { policy: short }).policy).toBe(long);
    });

    it('takes the signature that ends later, with the rules that are compiled already', () => {
      const { policy } = programmed(stateWith({ policy: short }), { policy: long });
      expect(policy?.digest).toBe(long.digest);
      expect(policy?.rules).toBe(short.rules);
    });

    it('takes the shorter signature where the key of the longer one is not trusted any more', () => {
      const withdrawn = { ...long, verifiedBy: [otherKey] };
      expect(programmed(stateWith({ policy: withdrawn }), { policy: short }).policy?.digest).toBe(short.digest);
    });

    it.each([
      ['another issuer', { ...short, claims: { ...short.claims, iss: 'https://other.example' } }],
      ['other content', verifiedPolicy({ registries: [{ address: 'quay.io' }], exp: START + 9 * HOUR })],
    ])('takes %s as it comes', (_what, policy) => {
      expect(programmed(stateWith({ policy: long }), { policy }).policy).toBe(policy);
    });
  });
});

describe('lock', () => {
  it('leaves the documents where they are', () => {
    const state = programmed(stateWith());
    const after = lock(state, 'sign-in-required', 7);
    expect(after).toEqual({ ...state, stored: { ...state.stored, lock: { reason: 'sign-in-required', at: 7 } } });
  });
});

describe('release', () => {
  it.each(['present', 'malformed', 'unreadable'] as const)('is refused where the configuration is %s', (verdict) => {
    expect(release(locked, { ...present, verdict })).toMatchObject({
      ok: false,
      problem: { code: 'release-refused', cause: `/etc/registry.json is ${verdict}` },
    });
  });

  it('leaves nothing on an unmanaged machine but the revisions and proofs that were seen', () => {
    const before = lock(programmed(stateWith(), { isManaged: false, firstUseKeys: strangers }), 'sign-in-required', 1);
    const outcome = release({ ...before, unusable: damage }, absent);
    const { highest, proofs } = before.stored;
    const stored = { ...emptyState, highest, proofs };
    expect(outcome).toEqual({ ok: true, value: { stored, policy: null, membership: null, unusable: null } });
  });
});

describe('resetRevision', () => {
  const state = programmed(programmed(stateWith()), { policy: verifiedPolicy({ org: 'globex' }) });

  it('forgets the marks of one organization, and nothing else', () => {
    const outcome = resetRevision(state, 'acme');
    expect(outcome).toMatchObject({ ok: true, value: { forgotten: [{ org: 'acme' }] } });
    if (!outcome.ok) return;
    expect(outcome.value.state).toEqual({
      ...state,
      stored: { ...state.stored, highest: state.stored.highest.filter(({ org }) => org === 'globex'), proofs: [] },
    });
  });

  it('does not make a policy usable that is not', () => {
    const outcome = resetRevision({ ...state, unusable: damage }, 'acme');
    expect(outcome).toMatchObject({ ok: true, value: { state: { unusable: damage } } });
  });

  it('is refused where nothing was seen', () => {
    expect(resetRevision(state, 'Acme')).toMatchObject({
      ok: false,
      problem: { code: 'revision-unknown', args: { org: 'Acme' } },
    });
  });
});
