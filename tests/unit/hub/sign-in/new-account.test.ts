import { expect, it } from 'vitest';
import { faultInNewAccount, normalizedUserName } from '../../../../main/hub/sign-in/new-account.ts';

const good = { username: 'olivia', password: 'correct horse battery', repeated: 'correct horse battery' };
const codeOf = (change: Partial<typeof good>) => faultInNewAccount({ ...good, ...change })?.code ?? null;
const both = (password: string) => ({ password, repeated: password });

it('takes a user name as the sign-in page compares it', () => {
  expect(normalizedUserName(' Olivia@Acme.example ')).toBe('olivia@acme.example');
});

it.each<[string, Partial<typeof good>, string | null]>([
  ['words', {}, null],
  ['fifteen characters', both('abcdefghijklmno'), null],
  ['characters outside the basic plane, counted once', both('🐎🔋📎✅🐴🐎🔋📎✅🐴🐎🔋📎✅'), 'password-too-short'],
  ['no user name', { username: '' }, 'user-name-invalid'],
  ['a user name with a space', { username: 'oli via' }, 'user-name-invalid'],
  ['a user name that is too long', { username: 'o'.repeat(64) }, 'user-name-invalid'],
  ['fourteen characters', both('abcdefghijklmn'), 'password-too-short'],
  ['more than is hashed', both('abcd'.repeat(257)), 'password-too-long'],
  ['one character', both('aaaaaaaaaaaaaaaaaaaa'), 'password-guessable'],
  ['three characters', both('abcabcabcabcabcabc'), 'password-guessable'],
  ['the user name', both('OliviaOliviaOlivia'), 'password-guessable'],
  ['the user name and a year', both('olivia-olivia-2026'), 'password-guessable'],
  ['the user name among words', both('olivia has a horse'), null],
  ['two passwords', { repeated: 'correct horse batterie' }, 'passwords-differ'],
])('judges %s', (_, change, code) => {
  expect(codeOf(change)).toBe(code);
});
