import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseOrganization, wrongOrganization } from '../../../../main/agent/session/organizations.ts';

describe('the organization whose policy applies', () => {
  const names = fc.uniqueArray(fc.constantFrom('acme', 'Acme', 'globex', 'initech', 'hooli'));

  it('is one that the user has and the administrator allows, and the first such in the list', () => {
    fc.assert(
      fc.property(names, names, fc.option(fc.constantFrom('acme', 'globex')), (has, allowed, before) => {
        const chosen = chooseOrganization(has, allowed, before);
        if (chosen !== null) expect(has).toContain(chosen);
        if (allowed.length === 0) {
          expect(chosen === null).toBe(has.length === 0);
        } else {
          expect(chosen).toBe(allowed.filter((org) => has.includes(org))[0] ?? null);
        }
      }),
    );
  });

  it('stays the same where nobody requires one', () => {
    expect(chooseOrganization(['acme', 'globex'], [], 'globex')).toBe('globex');
    expect(chooseOrganization(['acme', 'globex'], [], 'initech')).toBe('acme');
  });

  it('does not forgive letter case', () => {
    expect(chooseOrganization(['Acme'], ['acme'])).toBeNull();
  });
});

describe('the sentence for the wrong organization', () => {
  it('is one sentence of bearable length, however many organizations there are', () => {
    const many = Array.from({ length: 300 }, (_, index) => `${'o'.repeat(200)}${index}`);
    const problem = wrongOrganization(
      'Mia',
      many,
      many.map((org) => `${org}x`),
    );
    expect(problem.message.length).toBeLessThanOrEqual(500);
    expect(JSON.stringify(problem.args).length).toBeLessThan(4000);
  });

  it('names the first five organizations', () => {
    const { message } = wrongOrganization('Mia', ['a', 'b', 'c', 'd', 'e', 'f'], ['acme', 'globex']);
    expect(message).toBe('Mia belongs to a, b, c, d, e, …, but this machine requires acme or globex.');
  });

  it('says that no organization is left', () => {
    expect(wrongOrganization('Mia', [], ['acme']).message).toBe(
      'Mia does not belong to any organization, but this machine requires acme.',
    );
    expect(wrongOrganization('Mia', [], []).code).toBe('no-organization');
  });

  it('says that only letter case differs', () => {
    expect(wrongOrganization('Mia', ['globex', 'Acme'], ['acme'])).toEqual({
      code: 'organization-case',
      args: { user: 'Mia', organization: 'Acme', required: 'acme' },
      message: 'Mia belongs to Acme, but this machine requires acme: names are case-sensitive.',
      next: 'Ask your administrator to correct the spelling in the file that requires sign-in.',
    });
  });
});
