import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OrganizationsForm, readOrganizationsClaim } from '../../../shared/policy/organizations-claim.ts';
import { problem } from '../../../shared/problems/catalogue.ts';

const read = (value: unknown, form: OrganizationsForm) => readOrganizationsClaim({ claim: value }, '/claim', form);
const names = (...organizations: string[]) => ({ kind: 'names', organizations });

describe('the organizations in a claim', () => {
  it.each([
    ['names', 'a list', ['acme', 'globex'], ['acme', 'globex']],
    ['names', 'one string', 'acme', ['acme']],
    ['names', 'a name said twice', ['acme', 'acme'], ['acme']],
    ['names', 'what is no name', ['acme', 'two words', '', 7, null, { name: 'x' }, 'a,b'], ['acme']],
    ['keys', 'Keycloak with ids', { initech: { id: '42' }, acme: { id: '43' } }, ['initech', 'acme']],
    ['keys', 'Keycloak without attributes', { initech: {} }, ['initech']],
    ['keys', 'roles in each', { initech: ['admin'], acme: true, globex: 'member' }, ['initech', 'acme', 'globex']],
    ['keys', 'memberships denied', { initech: {}, acme: false, globex: null, hooli: '', pied: [] }, ['initech']],
    ['name', 'a list of objects', [{ id: '1', name: 'acme' }, { id: '2' }, { name: null }], ['acme']],
    ['name', 'one object', { id: '1', name: 'acme' }, ['acme']],
    ['alias', 'a list of objects', [{ name: 'Acme Inc', alias: 'acme' }], ['acme']],
  ] as const)('as %s: %s', (form, _what, value, expected) => {
    expect(read(value, form)).toEqual(names(...expected));
  });

  it.each(OrganizationsForm.options)('are none where it is false, null or empty, read as %s', (form) => {
    for (const value of [false, null, '', '  ', [], {}]) expect(read(value, form)).toEqual(names());
    expect(readOrganizationsClaim({}, '/claim', form)).toEqual({ kind: 'absent' });
  });

  it.each([
    ['names', { initech: { id: '42' } }, 'object', 'keys'],
    ['names', { initech: {} }, 'object', 'keys'],
    ['names', [{ id: '1', name: 'acme' }], 'objects', 'name'],
    ['names', [{ name: 'Acme Inc', alias: 'acme' }], 'objects', 'alias'],
    ['names', { id: '1', name: 'acme' }, 'object', 'name'],
    ['keys', ['acme'], 'names', 'names'],
    ['keys', 'acme', 'text', 'names'],
    ['name', ['acme'], 'names', 'names'],
    ['alias', [{ name: 'acme' }], 'objects', 'name'],
    ['names', 'acme globex', 'text', null],
    ['names', 'acme,globex', 'text', null],
    ['names', '["acme"]', 'json-text', null],
    ['names', '{"initech":{}}', 'json-text', null],
    ['names', 7, 'number', null],
    ['names', 0, 'number', null],
    ['names', true, 'true', null],
    ['names', ['two words', ''], 'list', null],
    ['names', [null], 'list', null],
    ['names', [false], 'list', null],
    ['names', [['acme']], 'list', null],
    ['keys', { acme: false }, 'object', null],
    ['name', [{ name: '' }, { name: false }], 'objects', null],
  ] as const)('are unreadable as %s in %j: %s, and the setting proposed is %s', (form, value, shape, proposed) => {
    expect(read(value, form)).toEqual({ kind: 'unreadable', shape, proposed });
  });

  it.each([
    ['a nested member', { realm: { roles: ['acme'] } }, '/realm/roles', 'acme'],
    ['a name with a slash', { 'https://initech.example/orgs': ['acme'] }, '/https:~1~1initech.example~1orgs', 'acme'],
    ['a name with a tilde', { '~orgs': 'acme' }, '/~0orgs', 'acme'],
    ['a place in a list', { groups: ['acme', 'globex'] }, '/groups/1', 'globex'],
  ])('are found by a pointer: %s', (_what, claims, pointer, expected) => {
    expect(readOrganizationsClaim(claims, pointer, 'names')).toEqual(names(expected));
  });

  it.each([
    ['nothing', {}, '/groups'],
    ['no claims', null, '/groups'],
    ['what every object inherits', {}, '/constructor/name'],
    ['the prototype', {}, '/__proto__'],
  ])('are absent where there is %s', (_what, claims, pointer) => {
    expect(readOrganizationsClaim(claims, pointer, 'names')).toEqual({ kind: 'absent' });
  });

  it('are read from any claims without an exception, and an inherited member is no name', () => {
    fc.assert(
      fc.property(
        fc.anything(),
        fc.string(),
        fc.constantFrom(...OrganizationsForm.options),
        (claims, pointer, form) => {
          const found = readOrganizationsClaim(claims, `/${pointer}`, form);
          if (found.kind === 'names') expect(found.organizations.every((name) => typeof name === 'string')).toBe(true);
        },
      ),
    );
    expect(read([Object.create({ name: 'acme' })], 'name')).toMatchObject({ kind: 'unreadable' });
  });

  it('can be read once the administrator sets the form that is proposed', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(...OrganizationsForm.options), (value, form) => {
        const found = read(value, form);
        if (found.kind !== 'unreadable' || found.proposed === null) return;
        expect(found.proposed).not.toBe(form);
        expect(read(value, found.proposed)).toMatchObject({ kind: 'names' });
      }),
    );
  });
});

describe('the sentence for a claim that cannot be read', () => {
  it('names the claim, what it looks like and the setting that would read it', () => {
    expect(
      problem('organizations-claim-unreadable', { claim: '/organization', shape: 'object', proposed: 'keys' }),
    ).toMatchObject({
      message: 'The claim /organization of the sign-in server is an object. Your organizations cannot be read from it.',
      next: 'Ask your administrator to set "organizationsForm" to "keys" in portcullis.json.',
    });
    expect(problem('organizations-claim-unreadable', { claim: '/groups', shape: 'text', proposed: '' }).next).toContain(
      '"organizationsClaim"',
    );
  });
});
