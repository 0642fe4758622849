import { expect, it } from 'vitest';
import { languageFor } from '../../../../shared/messages/accept-language.ts';

it.each([
  [undefined, 'en'],
  ['', 'en'],
  ['de', 'de'],
  ['de-AT', 'de'],
  ['DE-at, en;q=0.8', 'de'],
  ['en-GB,en;q=0.9,de;q=0.8', 'en'],
  ['en;q=0.3, de;q=0.7', 'de'],
  ['fr-FR, de;q=0.5', 'de'],
  ['fr, it', 'en'],
  ['de;q=0, en', 'en'],
  ['de;q=none', 'en'],
  ['*', 'en'],
  [`${'x,'.repeat(2000)}de`, 'en'],
])('answers %j in %s', (header, language) => {
  expect(languageFor(header)).toBe(language);
});
