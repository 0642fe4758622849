import { describe, expect, it } from 'vitest';
import {
  type AccountState,
  beginSignIn,
  cancelSignIn,
  completeSignIn,
  failSignIn,
  INITIAL,
  isCurrent,
  leaveAccount,
  type SignInState,
  sessionState,
  timeOutSignIn,
  updateAccount,
} from '../../../../main/agent/session/sign-in-attempt.ts';
import { problem } from '../../../../shared/problems/catalogue.ts';

const failed = problem('sign-in-failed');
const cancelled = problem('sign-in-cancelled');
const offline = problem('not-asked-yet');
const mia = { user: { sub: '1', name: 'Mia' }, org: 'acme' };

const accounts: Record<string, AccountState> = {
  'signed-out': { kind: 'signed-out', problem: null },
  'wrong-organization': { kind: 'wrong-organization', user: { sub: '2' }, has: ['globex'] },
  'signed-in': { kind: 'signed-in', ...mia },
  offline: { kind: 'offline', ...mia, problem: offline },
  'credential-unreadable': { kind: 'credential-unreadable', ...mia, problem: offline },
};
const members = ['signed-in', 'offline', 'credential-unreadable'];

const account = (kind: string): AccountState => {
  const found = accounts[kind];
  if (found === undefined) throw new Error(kind);
  return found;
};
const known = (kind: string): SignInState => ({ ...INITIAL, account: account(kind) });
/** With attempt 1, begun at 1000. */
const signingIn = (kind: string): SignInState => beginSignIn(known(kind), 1000).state;

describe('a sign-in that begins', () => {
  it('is the current attempt, and replaces none', () => {
    const { state, ended } = beginSignIn(known('signed-out'), 1000);
    expect(state).toEqual({ ...known('signed-out'), attempts: 1, attempt: { id: 1, since: 1000, until: 301_000 } });
    expect(ended).toBeNull();
    expect(isCurrent(state, 1)).toBe(true);
  });

  it('replaces the one before it, which cannot change anything any more', () => {
    const { state, ended } = beginSignIn(signingIn('signed-out'), 2000);
    expect(ended).toEqual({ id: 1, end: { kind: 'replaced' } });
    expect(state.attempt).toEqual({ id: 2, since: 2000, until: 302_000 });
    for (const late of [
      failSignIn(state, 1, failed),
      timeOutSignIn(state, 1),
      completeSignIn(state, 1, account('signed-in')),
    ]) {
      expect(late).toEqual({ state, ended: null });
    }
  });

  it('gets an id that no earlier attempt had', () => {
    const { state } = cancelSignIn(signingIn('signed-out'));
    expect(beginSignIn(state, 2000).state.attempt?.id).toBe(2);
  });
});

describe('what everybody sees during a sign-in', () => {
  it('is nothing before the account is known', () => {
    expect(sessionState(beginSignIn(INITIAL, 1000).state)).toBeNull();
  });

  it.each(Object.keys(accounts))('is the account without an attempt: %s', (kind) => {
    expect(sessionState(known(kind))).toEqual(account(kind));
  });

  it.each(members)('is a member who is signing in again: %s', (kind) => {
    expect(sessionState(signingIn(kind))).toEqual({ ...account(kind), signingInSince: 1000, signingInUntil: 301_000 });
  });

  it.each(['signed-out', 'wrong-organization'])('is the sign-in alone where nobody is a member: %s', (kind) => {
    expect(sessionState(signingIn(kind))).toEqual({ kind: 'signing-in', since: 1000, until: 301_000 });
  });
});

describe('a sign-in that is cancelled', () => {
  it.each(Object.keys(accounts))('leaves everything as it was: %s', (kind) => {
    const { state, ended } = cancelSignIn(signingIn(kind));
    expect(state).toEqual({ ...known(kind), attempts: 1 });
    expect(ended).toEqual({ id: 1, end: { kind: 'cancelled' } });
  });

  it('changes nothing where none is in progress', () => {
    const state = known('signed-in');
    expect(cancelSignIn(state)).toEqual({ state, ended: null });
  });
});

describe('a sign-in that fails', () => {
  it.each(['signed-out', 'wrong-organization'])('says why to whoever is no member: %s', (kind) => {
    const { state, ended } = failSignIn(signingIn(kind), 1, failed);
    expect(sessionState(state)).toEqual({ kind: 'signed-out', problem: failed });
    expect(ended).toEqual({ id: 1, end: { kind: 'failed', problem: failed } });
  });

  it('does not touch a member who is signed in', () => {
    expect(sessionState(failSignIn(signingIn('signed-in'), 1, failed).state)).toEqual(account('signed-in'));
  });

  it.each(['offline', 'credential-unreadable'])('keeps a member, and says why it did not help: %s', (kind) => {
    const { state } = failSignIn(signingIn(kind), 1, failed);
    expect(sessionState(state)).toEqual({ ...account(kind), problem: failed });
  });

  it.each(['offline', 'credential-unreadable'])(
    'because the user cancelled it in the browser explains nothing: %s',
    (kind) => {
      expect(sessionState(failSignIn(signingIn(kind), 1, cancelled).state)).toEqual(account(kind));
    },
  );

  it('before the account is known leaves it unknown', () => {
    expect(failSignIn(beginSignIn(INITIAL, 1000).state, 1, failed).state.account).toBeNull();
  });

  it('ends once', () => {
    const { state } = failSignIn(signingIn('signed-out'), 1, failed);
    expect(failSignIn(state, 1, offline)).toEqual({ state, ended: null });
  });

  it('by taking too long says so', () => {
    const { state, ended } = timeOutSignIn(signingIn('signed-out'), 1);
    expect(sessionState(state)).toMatchObject({ kind: 'signed-out', problem: { code: 'sign-in-timed-out' } });
    expect(ended).toMatchObject({ id: 1, end: { kind: 'failed', problem: { code: 'sign-in-timed-out' } } });
  });
});

describe('a sign-in that completes', () => {
  it.each(Object.keys(accounts))('replaces whatever was there: %s', (kind) => {
    const lena: AccountState = { kind: 'signed-in', user: { sub: '3' }, org: 'globex' };
    const { state, ended } = completeSignIn(signingIn(kind), 1, lena);
    expect(sessionState(state)).toEqual(lena);
    expect(ended).toEqual({ id: 1, end: { kind: 'completed' } });
  });

  it('replaces a member even by somebody who is turned away', () => {
    const { state } = completeSignIn(signingIn('signed-in'), 1, account('wrong-organization'));
    expect(sessionState(state)).toEqual(account('wrong-organization'));
  });
});

describe('the provider', () => {
  it('does not ask again who signs in, as a rule', () => {
    expect(INITIAL.forceLogin).toBe(false);
    expect(completeSignIn(signingIn('signed-out'), 1, account('signed-in')).state.forceLogin).toBe(false);
  });

  it('asks after a sign-out and after a wrong organization, until somebody is signed in', () => {
    const left = leaveAccount(known('signed-in'), account('signed-out')).state;
    expect(left).toMatchObject({ account: account('signed-out'), forceLogin: true });
    const again = beginSignIn(left, 1000).state;
    expect(again.forceLogin).toBe(true);
    const wrong = completeSignIn(again, 1, account('wrong-organization')).state;
    expect(wrong.forceLogin).toBe(true);
    const right = completeSignIn(beginSignIn(wrong, 2000).state, 2, account('signed-in')).state;
    expect(right.forceLogin).toBe(false);
  });

  it('asks still after a sign-in that failed', () => {
    const left = leaveAccount(known('signed-in'), account('signed-out')).state;
    expect(failSignIn(beginSignIn(left, 1000).state, 1, failed).state.forceLogin).toBe(true);
  });
});

describe('a change of the account', () => {
  it('does not end a sign-in in progress', () => {
    for (const change of [updateAccount, leaveAccount]) {
      const { state, ended } = change(signingIn('signed-in'), account('signed-out'));
      expect(state.attempt).toEqual({ id: 1, since: 1000, until: 301_000 });
      expect(state.account).toEqual(account('signed-out'));
      expect(ended).toBeNull();
    }
  });

  it('does not make the provider ask who signs in', () => {
    expect(updateAccount(known('signed-in'), account('offline')).state.forceLogin).toBe(false);
  });
});
