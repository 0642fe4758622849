import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { membershipsFrom } from '../../../../main/hub/external-identity/access.ts';
import { IdentityConfig } from '../../../../main/hub/external-identity/identity-config.ts';
import { mayAs } from '../../../../shared/schemas/hub/people.ts';

const base = { issuer: 'https://login.example', clientId: 'hub', clientSecretFile: '/secret', rolesClaim: '/groups' };
const mapping = IdentityConfig.parse({
  ...base,
  roles: [
    { value: 'staff', organization: 'acme', role: 'member' },
    { value: 'owners', organization: 'acme', role: 'owner' },
    { value: 'auditors', organization: 'acme', role: 'auditor' },
    { value: 'staff', organization: 'globex', role: 'member' },
    { value: 'ghosts', organization: 'ghost', role: 'owner' },
  ],
  teams: [
    { value: 'platform', organization: 'acme', team: 'platform' },
    { value: 'platform', organization: 'globex', team: 'infra' },
    { value: 'staff', organization: 'acme', team: 'everyone' },
  ],
});
const HAS = ['acme', 'globex'];
const given = (claims: Record<string, unknown>, of = mapping) => Object.fromEntries(membershipsFrom(claims, of, HAS));

describe('what a person may do', () => {
  it('is what the mapping gives for the values of the claim', () => {
    expect(given({ groups: ['staff', 'platform', 'whatever'] })).toEqual({
      acme: { role: 'member', teams: ['everyone', 'platform'] },
      globex: { role: 'member', teams: ['infra'] },
    });
  });

  it('is the widest of several roles, in whatever order', () => {
    for (const groups of [
      ['staff', 'owners', 'auditors'],
      ['owners', 'auditors', 'staff'],
    ]) {
      expect(given({ groups }).acme?.role).toBe('owner');
    }
  });

  it('is nothing in an organization that the hub does not have', () => {
    expect(given({ groups: ['ghosts'] })).toEqual({});
  });

  it('is nothing for a team without a role', () => {
    expect(given({ groups: ['platform'] })).toEqual({});
  });

  it.each([
    undefined,
    null,
    false,
    true,
    0,
    '',
    [],
    {},
    [['staff']],
    [{ name: 'staff' }],
    { staff: true },
    'STAFF',
    ' staff',
  ])('is nothing where the claim is %j', (groups) => expect(given({ groups })).toEqual({}));

  it('is read in the form that is named, and in no other', () => {
    const keys = { ...mapping, rolesForm: 'keys' } as const;
    expect(given({ groups: { owners: {}, staff: null } }, keys)).toEqual({ acme: { role: 'owner', teams: [] } });
    expect(given({ groups: ['owners'] }, keys)).toEqual({});
    const name = { ...mapping, rolesForm: 'name', teamsForm: 'name' } as const;
    expect(given({ groups: [{ name: 'owners', alias: 'staff' }] }, name)).toEqual({
      acme: { role: 'owner', teams: [] },
    });
  });

  it('is never wider than the values that are listed, whatever is sent', () => {
    const value = fc.constantFrom(
      'staff',
      'owners',
      'auditors',
      'ghosts',
      'platform',
      'acme',
      'owner',
      '__proto__',
      '',
    );
    fc.assert(
      fc.property(fc.oneof(value, fc.array(fc.oneof(value, fc.jsonValue())), fc.jsonValue()), (groups) => {
        const listed = (Array.isArray(groups) ? groups : [groups]) as unknown[];
        for (const [org, { role, teams }] of membershipsFrom({ groups }, mapping, HAS)) {
          expect(HAS).toContain(org);
          const allowed = mapping.roles.filter((one) => one.organization === org && listed.includes(one.value));
          expect(allowed.some((one) => mayAs(one.role, role))).toBe(true);
          for (const team of teams) {
            expect(
              mapping.teams.some((one) => one.organization === org && one.team === team && listed.includes(one.value)),
            ).toBe(true);
          }
        }
      }),
    );
  });
});

describe('the configuration', () => {
  it.each([
    ['http elsewhere than on loopback', { issuer: 'http://login.example' }],
    ['no role', { roles: [] }],
    ['an unknown member', { secret: 'x' }],
    ['no claim', { rolesClaim: undefined }],
  ])('is refused with %s', (_what, wrong) => {
    const roles = [{ value: 'a', organization: 'acme', role: 'member' }];
    expect(IdentityConfig.safeParse({ ...base, roles }).success).toBe(true);
    expect(IdentityConfig.safeParse({ ...base, roles, ...wrong }).success).toBe(false);
  });
});
