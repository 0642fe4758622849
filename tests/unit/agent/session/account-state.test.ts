import { describe, expect, it } from 'vitest';
import type { Account } from '../../../../main/agent/session/account.ts';
import {
  confirmAccount,
  endsSession,
  keptAccount,
  lastKnown,
  MISTAKE_LIMIT,
  signedIn,
  withoutAccount,
  withoutClaim,
} from '../../../../main/agent/session/account-state.ts';
import type { AccountState } from '../../../../main/agent/session/sign-in-attempt.ts';
import { type ProblemCode, problem } from '../../../../shared/problems/catalogue.ts';

const identity = { issuer: 'https://hub.example', clientId: 'portcullis-desktop', sub: '1' };
const mia: Account = { ...identity, name: 'Mia', org: 'acme', organizations: ['acme', 'globex'] };
const offline = problem('not-asked-yet');
const many = Array.from({ length: 30 }, (_, index) => `org${index}`);

describe('an account that the server has confirmed', () => {
  it('is of the organization that is chosen, with the new name and organizations', () => {
    const person = { name: 'Mia K.', organizations: ['globex', 'acme'] };
    expect(confirmAccount(mia, person, ['acme'], 'globex')).toEqual({
      kind: 'member',
      account: { ...identity, name: 'Mia K.', org: 'acme', organizations: ['globex', 'acme'] },
    });
  });

  it('keeps its organization where none is required, and a new one takes the first', () => {
    const person = { name: null, organizations: ['globex', 'acme'] };
    expect(confirmAccount(mia, person, [], 'acme')).toMatchObject({ account: { org: 'acme' } });
    expect(confirmAccount(mia, person, [], null)).toMatchObject({ account: { org: 'globex' } });
  });

  it('keeps its name where the server gives none', () => {
    const person = { name: null, organizations: ['acme'] };
    expect(confirmAccount(mia, person, [], 'acme')).toMatchObject({ account: { name: 'Mia' } });
    expect(confirmAccount(identity, person, [], null)).toEqual({
      kind: 'member',
      account: { ...identity, org: 'acme', organizations: ['acme'] },
    });
  });

  it('is turned away where it belongs to no allowed organization', () => {
    expect(confirmAccount(mia, { name: null, organizations: ['globex'] }, ['acme'], 'acme')).toEqual({
      kind: 'wrong',
      state: {
        kind: 'wrong-organization',
        user: { sub: '1', name: 'Mia' },
        has: ['globex'],
        problem: problem('wrong-organization', { user: 'Mia', organizations: ['globex'], allowed: ['acme'] }),
      },
    });
  });

  it('is called by its subject where it has no name', () => {
    const confirmation = confirmAccount(identity, { name: null, organizations: [] }, [], null);
    expect(confirmation).toMatchObject({ state: { user: { sub: '1' }, problem: { args: { user: '1' } } } });
  });

  it('shows at most twenty organizations', () => {
    const confirmation = confirmAccount(mia, { name: null, organizations: many }, ['acme'], null);
    expect(confirmation.kind === 'wrong' && confirmation.state.has).toEqual(many.slice(0, 20));
  });
});

describe('a signed-in account', () => {
  it('names its organization, and the others beside it', () => {
    expect(signedIn(mia)).toEqual({
      kind: 'signed-in',
      user: { sub: '1', name: 'Mia' },
      org: 'acme',
      others: ['globex'],
    });
  });

  it('has no others where there are none, and at most twenty', () => {
    expect(signedIn({ ...mia, organizations: ['acme'] })).not.toHaveProperty('others');
    expect(signedIn({ ...mia, organizations: ['acme', ...many] })).toMatchObject({ others: many.slice(0, 20) });
  });
});

describe('an account whose server cannot be asked', () => {
  it('is offline in the last known organization', () => {
    const { account, state } = lastKnown(mia, ['acme'], true, offline, 0);
    expect(account).toEqual(mia);
    expect(state).toEqual({
      kind: 'offline',
      user: { sub: '1', name: 'Mia' },
      org: 'acme',
      others: ['globex'],
      problem: offline,
    });
  });

  it('is without a usable credential where the keyring gave none', () => {
    expect(lastKnown(mia, ['acme'], false, offline, 0).state.kind).toBe('credential-unreadable');
  });

  it('follows what the administrator allows now', () => {
    const { account, state } = lastKnown(mia, ['globex'], true, offline, 0);
    expect(account?.org).toBe('globex');
    expect(state).toMatchObject({ kind: 'offline', org: 'globex', others: ['acme'] });
  });

  it('is kept, though of no use, where none of its organizations is allowed any more', () => {
    const { account, state } = lastKnown(mia, ['initech'], true, offline, 5);
    expect(account).toEqual({ ...mia, wrongSince: 5 });
    expect(state).toMatchObject({ kind: 'wrong-organization', has: ['acme', 'globex'], kept: true });
    expect(state).toMatchObject({ problem: { code: 'wrong-organization' } });
  });

  it('is not kept for ever', () => {
    const known = lastKnown({ ...mia, wrongSince: 5 }, ['initech'], true, offline, 5 + MISTAKE_LIMIT);
    expect(known).toMatchObject({ account: null, state: { kind: 'wrong-organization', has: ['acme', 'globex'] } });
    expect(known.state).not.toHaveProperty('kept');
  });

  it('is as before once one of them is allowed again, however long that took', () => {
    const known = lastKnown({ ...mia, wrongSince: 5 }, ['acme'], true, offline, 5 + MISTAKE_LIMIT);
    expect(known).toMatchObject({ account: mia, state: { kind: 'offline', org: 'acme' } });
    expect(known.account).not.toHaveProperty('wrongSince');
  });

  it('keeps the organization of before where none is required', () => {
    expect(lastKnown({ ...mia, org: 'globex' }, [], true, offline, 0).state).toMatchObject({ org: 'globex' });
  });
});

describe('an account whose organization the list names no more', () => {
  it('is kept from then on for its limit', () => {
    const kept = keptAccount(mia, ['acme'], 1000);
    expect(kept).toEqual({ ...mia, organizations: ['acme'], wrongSince: 1000 });
    const later = kept && keptAccount(kept, ['acme'], 999 + MISTAKE_LIMIT);
    expect(later).toEqual(kept);
    expect(later && keptAccount(later, ['acme'], 1000 + MISTAKE_LIMIT)).toBeNull();
  });

  it('is not kept once its membership has ended, whatever else it belongs to', () => {
    expect(keptAccount(mia, ['globex'], 1000)).toBeNull();
    expect(keptAccount(mia, [], 1000)).toBeNull();
  });

  it('is given no more time by a clock that was ahead', () => {
    expect(keptAccount({ ...mia, wrongSince: 9_000_000 }, ['acme'], 1000)?.wrongSince).toBe(1000);
  });
});

describe('settings that change while nobody is signed in', () => {
  const turnedAway: AccountState = { kind: 'wrong-organization', user: { sub: '1', name: 'Mia' }, has: ['acme'] };

  it('clear the way for whoever is allowed now', () => {
    expect(withoutAccount(turnedAway, ['acme'])).toEqual({ kind: 'signed-out', problem: null });
  });

  it('say anew what is required', () => {
    expect(withoutAccount(turnedAway, ['initech'])).toEqual({
      ...turnedAway,
      problem: problem('wrong-organization', { user: 'Mia', organizations: ['acme'], allowed: ['initech'] }),
    });
  });

  it.each<AccountState | null>([null, { kind: 'signed-out', problem: offline }])('change nothing else: %j', (state) => {
    expect(withoutAccount(state, ['acme'])).toBe(state);
  });
});

it.each<[ProblemCode, boolean]>([
  ['session-ended', true],
  ['other-sign-in-server', false],
  ['server-unauthorized', false],
  ['sign-in-refused', false],
  ['credential-missing', false],
  ['other-user', false],
  ['no-sign-in-server', false],
])('a session survives every problem but one: %s', (code, ends) => {
  expect(endsSession({ code, message: 'x.' })).toBe(ends);
});

describe('a claim that the provider leaves out', () => {
  const named: Account = { ...mia, claim: { pointer: '/groups' } };

  it('is counted from the first time, and ends the membership after its limit', () => {
    const first = withoutClaim(named, '/groups', 1000);
    expect(first).toEqual({ account: { ...mia, claim: { pointer: '/groups', absentSince: 1000 } }, isOver: false });
    expect(withoutClaim(first.account, '/groups', 999 + MISTAKE_LIMIT).isOver).toBe(false);
    expect(withoutClaim(first.account, '/groups', 1000 + MISTAKE_LIMIT).isOver).toBe(true);
  });

  it('is not given more time by a clock that was ahead', () => {
    const ahead: Account = { ...mia, claim: { pointer: '/groups', absentSince: 9_000_000 } };
    expect(withoutClaim(ahead, '/groups', 1000).account.claim?.absentSince).toBe(1000);
  });

  it('says nothing where it never named this account: a slip in the setting signs nobody out', () => {
    for (const account of [mia, named]) {
      expect(withoutClaim(account, '/gruops', MISTAKE_LIMIT * 9)).toEqual({ account, isOver: false });
    }
  });

  it('is forgotten once it is there again', () => {
    const absent: Account = { ...mia, claim: { pointer: '/groups', absentSince: 1000 } };
    const person = { name: null, organizations: ['acme'], claim: '/groups' };
    expect(confirmAccount(absent, person, [], 'acme')).toMatchObject({ account: { claim: { pointer: '/groups' } } });
    const confirmed = confirmAccount(absent, person, [], 'acme');
    expect(confirmed.kind === 'member' && confirmed.account.claim).toEqual({ pointer: '/groups' });
  });
});
