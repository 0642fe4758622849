import { expect, it } from 'vitest';
import { displayedPerson, usernamesFor } from '../../../../main/hub/external-identity/person-in-claims.ts';
import { Username } from '../../../../shared/schemas/hub/people.ts';

const ISSUER = 'https://login.example';

it('calls a person as the provider does, if that can be a user name', () => {
  expect(usernamesFor({ issuer: ISSUER, sub: '1' }, { preferred_username: 'Mia.Muster@Acme.example' })[0]).toBe(
    'mia.muster@acme.example',
  );
  expect(usernamesFor({ issuer: ISSUER, sub: '1' }, { email: 'mia@acme.example' })[0]).toBe('mia@acme.example');
  expect(usernamesFor({ issuer: ISSUER, sub: '00u1a' }, {})[0]).toBe('00u1a');
});

it.each(['hub', 'Provider', '***', '', 42, null, 'ü', 'x'.repeat(500), '../../etc', 'a b\nc'])(
  'makes valid names only of %j, the later of which belong to issuer and subject alone',
  (preferred_username) => {
    const mine = usernamesFor({ issuer: ISSUER, sub: 'one' }, { preferred_username });
    const other = usernamesFor({ issuer: ISSUER, sub: 'two' }, { preferred_username });
    const elsewhere = usernamesFor({ issuer: 'https://other.example', sub: 'one' }, { preferred_username });
    for (const name of mine) expect(Username.safeParse(name).success).toBe(true);
    expect(mine).not.toContain('hub');
    expect(mine).not.toContain('provider');
    expect(new Set([mine.at(-1), other.at(-1), elsewhere.at(-1)]).size).toBe(3);
  },
);

it('shows an address only if nobody says that it is not verified', () => {
  expect(displayedPerson({ name: 'Mia', email: 'mia@acme.example' })).toEqual({
    name: 'Mia',
    email: 'mia@acme.example',
  });
  expect(displayedPerson({ email: 'mia@acme.example', email_verified: false })).toEqual({ name: null, email: null });
  expect(displayedPerson({ name: 'a\nb', email: 'no address' })).toEqual({ name: null, email: null });
});
