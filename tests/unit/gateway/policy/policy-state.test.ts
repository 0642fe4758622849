import { describe, expect, it } from 'vitest';
import {
  advanced,
  evaluate,
  inForceLine,
  inForceOf,
  nextExpiry,
  nextTurn,
} from '../../../../main/gateway/policy/policy-state.ts';
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

const policy = verifiedPolicy();
const membership = verifiedMembership();
const programmed = stateWith({ policy, membership });
const damage = { code: 'state-damaged', message: 'Not readable.' };
const breakGlass = (from: number, until: number) => ({
  ...present,
  settings: {
    ...present.settings,
    breakGlass: {
      from: new Date(from * 1000).toISOString(),
      until: new Date(until * 1000).toISOString(),
      reason: 'server down',
    },
  },
});

describe('evaluate', () => {
  it('is the policy where it and its membership are verified by keys that are trusted', () => {
    expect(evaluate(programmed, present, START)).toEqual({ kind: 'policy', org: 'acme', revision: 1 });
  });

  it.each([
    [
      'a policy whose key was withdrawn',
      stateWith({ policy: verifiedPolicy({}, [otherKey]), membership }),
      'policy-invalid',
    ],
    ['a policy that nobody signed', stateWith({ policy: verifiedPolicy({}, []), membership }), 'policy-invalid'],
    ['a policy on disk that does not verify', stateWith({ ...programmed, unusable: damage }), 'policy-invalid'],
    ['a state that was lost', stateWith(programmed, { damaged: damage }), 'policy-invalid'],
    [
      'a membership whose key was withdrawn',
      stateWith({ policy, membership: { ...membership, verifiedBy: [otherKey] } }),
      'sign-in-required',
    ],
    ['no membership', stateWith({ policy }), 'sign-in-required'],
    ['a lock', stateWith(programmed, { lock: { reason: 'sign-in-required', at: 0 } }), 'sign-in-required'],
  ] as const)('denies everything on a managed machine with %s', (_what, state, reason) => {
    expect(evaluate(state, present, START)).toMatchObject({ kind: 'deny', reason });
  });

  it('asks for a sign-in, and calls nothing invalid, where the policy is of an organization that is not allowed', () => {
    const elsewhere = stateWith({ policy: verifiedPolicy({ org: 'globex' }, [otherKey]), membership });
    expect(evaluate(elsewhere, present, START)).toMatchObject({ kind: 'deny', reason: 'sign-in-required' });
  });

  it('counts keys of first use on an unmanaged machine only', () => {
    const volunteered = stateWith({ policy, membership }, { firstUseKeys: { keys: [key] } });
    expect(evaluate(volunteered, absent, START)).toMatchObject({ kind: 'policy' });
    expect(evaluate(volunteered, { ...present, settings: {} }, START)).toMatchObject({
      kind: 'deny',
      reason: 'no-policy-key',
    });
    expect(evaluate(stateWith({ policy }), absent, START)).toMatchObject({ kind: 'deny', reason: 'policy-invalid' });
  });
});

describe('the generation', () => {
  const time = { mark: START, spent: 0 };
  const effective = evaluate(programmed, present, START);

  it('rises with a change of what is in force, and stays with the same', () => {
    const first = advanced(stateWith({}, { generation: 6 }), programmed, effective, time);
    expect(first).toMatchObject({ changed: true, state: { stored: { generation: 7, time } } });
    const second = advanced(first.state, first.state, effective, { mark: START + 9, spent: 0 });
    expect(second).toMatchObject({ changed: false, state: { stored: { generation: 7, time: { mark: START + 9 } } } });
  });

  it('counts from the state before, whatever the next one says', () => {
    const next = stateWith({ policy, membership }, { generation: 2 });
    expect(advanced(stateWith({}, { generation: 6 }), next, effective, time).state.stored.generation).toBe(7);
  });

  it('tells two contents of one revision apart, and not two signatures of one content', () => {
    const other = verifiedPolicy({ registries: [{ address: 'quay.io' }] });
    const renewed = verifiedPolicy({ exp: START + 99 * HOUR });
    expect(inForceLine(effective, other)).not.toBe(inForceLine(effective, policy));
    expect(inForceLine(effective, renewed)).toBe(inForceLine(effective, policy));
  });
});

describe('the rules in force', () => {
  it.each([
    ['those of the policy', programmed, present, 'policy'],
    ['none where nothing is managed', stateWith(), absent, 'open'],
    ['a denial of everything where something is missing', stateWith(), present, 'deny'],
  ] as const)('are %s', (_what, state, managed, kind) => {
    expect(inForceOf(state, evaluate(state, managed, START)).rules.kind).toBe(kind);
  });

  it('deny everything where the policy that is named is not in hand', () => {
    expect(inForceOf(stateWith(), { kind: 'policy', org: 'acme', revision: 1 }).rules.kind).toBe('deny');
  });
});

describe('nextExpiry', () => {
  it('is the earlier end of policy and membership', () => {
    expect(nextExpiry(programmed, present, 0)).toBe(policy.claims.exp);
    const shorter = { ...programmed, membership: verifiedMembership({ exp: START + HOUR }) };
    expect(nextExpiry(shorter, present, 0)).toBe(START + HOUR);
  });

  it('is null where nothing ends', () => {
    expect(nextExpiry(stateWith(), present, 0)).toBeNull();
  });

  it('is the end of a break-glass time that comes before that of the documents', () => {
    expect(nextExpiry(programmed, breakGlass(START, START + HOUR), 0)).toBe(START + HOUR);
    expect(nextExpiry(programmed, breakGlass(START, START + 90 * HOUR), 0)).toBe(policy.claims.exp);
    expect(nextExpiry(stateWith(), breakGlass(START, START + HOUR), 0)).toBe(START + HOUR);
  });

  it('passes over what was found to have ended for good', () => {
    expect(nextExpiry(programmed, breakGlass(START, START + HOUR), START + HOUR)).toBe(policy.claims.exp);
    const later = START + 90 * HOUR;
    expect(nextExpiry(programmed, breakGlass(START, later), policy.claims.exp)).toBe(later);
  });
});

describe('nextTurn', () => {
  it('is the first that lies ahead: the end of a document, the beginning or the end of a break-glass time', () => {
    const state = { ...programmed, membership: verifiedMembership({ exp: START + 2 * HOUR }) };
    const glass = breakGlass(START + HOUR, START + 3 * HOUR);
    const hours = [0, 1, 2, 3].map((hour) => nextTurn(state, glass, START + hour * HOUR));
    expect(hours).toEqual([START + HOUR, START + 2 * HOUR, START + 3 * HOUR, policy.claims.exp]);
    expect(nextTurn(state, glass, policy.claims.exp)).toBeNull();
    expect(nextTurn(state, glass, START + HOUR - 0.001)).toBe(START + HOUR);
  });

  it('is never where nothing ends', () => {
    expect(nextTurn(stateWith(), present, 0)).toBeNull();
  });

  it('is when what is in force changes, to the second', () => {
    const glass = breakGlass(START + HOUR, START + 2 * HOUR);
    const said = (now: number) => JSON.stringify(evaluate(programmed, glass, now));
    let now = START;
    const turns: number[] = [];
    for (let turn = nextTurn(programmed, glass, now); turn !== null; turn = nextTurn(programmed, glass, now)) {
      expect(said(turn - 1)).toBe(said(now));
      now = turn;
      turns.push(turn);
    }
    expect(new Set([START, ...turns].map(said)).size).toBe(3);
    expect(turns.slice(0, 2)).toEqual([START + HOUR, START + 2 * HOUR]);
  });
});
