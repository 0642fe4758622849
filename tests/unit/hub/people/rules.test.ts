import { describe, expect, it } from 'vitest';
import { type Act, concernsOwners, type Refusal, refusalOf, type Standing } from '../../../../main/hub/people/rules.ts';

const MEMBER: Standing = { role: 'member', state: 'active', isLastOwner: false, isElsewhere: false };
const LAST_OWNER: Standing = { ...MEMBER, role: 'owner', isLastOwner: true };
const ELSEWHERE: Standing = { ...MEMBER, isElsewhere: true };
const INVITED: Standing = { ...MEMBER, state: 'invited' };

const RENAME: Act = { kind: 'change', identity: true };
const toRole = (role: Standing['role']): Act => ({ kind: 'change', role, identity: false });

describe('what an owner may do with a person', () => {
  it.each<[string, Standing, Act, Refusal | undefined]>([
    ['rename a member', MEMBER, RENAME, undefined],
    ['reset a member', MEMBER, { kind: 'reset' }, undefined],
    ['remove a member', MEMBER, { kind: 'remove' }, undefined],
    ['send a new link to who has a password', MEMBER, { kind: 'invite-again' }, 'person-not-invited'],
    ['send a new link to who is invited', INVITED, { kind: 'invite-again' }, undefined],
    ['send one after a reset', { ...MEMBER, state: 'reset' }, { kind: 'invite-again' }, undefined],
    ['demote the last owner', LAST_OWNER, toRole('registry-manager'), 'last-owner'],
    ['leave the last owner an owner', LAST_OWNER, toRole('owner'), undefined],
    ['rename the last owner', LAST_OWNER, RENAME, undefined],
    ['remove the last owner', LAST_OWNER, { kind: 'remove' }, 'last-owner'],
    ['reset the last owner', LAST_OWNER, { kind: 'reset' }, 'last-owner'],
    ['rename who is elsewhere too', ELSEWHERE, RENAME, 'person-of-several-organizations'],
    ['reset them', ELSEWHERE, { kind: 'reset' }, 'person-of-several-organizations'],
    [
      'invite them again',
      { ...ELSEWHERE, state: 'invited' },
      { kind: 'invite-again' },
      'person-of-several-organizations',
    ],
    ['change their role here', ELSEWHERE, toRole('owner'), undefined],
    ['remove them from here', ELSEWHERE, { kind: 'remove' }, undefined],
  ])('%s', (_what, person, act, refusal) => {
    expect(refusalOf(person, act)).toBe(refusal);
  });

  it('takes a fresh sign-in where it concerns owners', () => {
    expect(concernsOwners({ role: 'owner' })).toBe(true);
    expect(concernsOwners({ role: 'owner' }, 'member')).toBe(true);
    expect(concernsOwners({ role: 'member' }, 'owner')).toBe(true);
    expect(concernsOwners({ role: 'member' }, 'auditor')).toBe(false);
    expect(concernsOwners({ role: 'registry-manager' })).toBe(false);
  });
});
