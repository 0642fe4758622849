import { describe, expect, it } from 'vitest';
import { languages, spokenLanguages } from '../../../../shared/messages/languages.ts';
import { wordsFor } from '../../../../shared/messages/words.ts';
import { Language } from '../../../../shared/schemas/preferences.ts';

type Printed = { path: string; text: string; used: string[] };

/** Parameters that can be told apart in whatever they are printed into. */
const PARAMETERS = ['ALPHA', 'BETA', 'GAMMA', 'DELTA'];

/** Every message of a catalogue, printed, with the parameters that came out. */
function printAll(messages: object, path = ''): Printed[] {
  return Object.entries(messages).flatMap(([name, message]): Printed[] => {
    const here = `${path}.${name}`;
    if (typeof message === 'object' && message !== null) return printAll(message, here);
    if (typeof message !== 'string' && typeof message !== 'function') return [];
    const text = typeof message === 'function' ? String(message(...PARAMETERS)) : message;
    return [{ path: here, text, used: PARAMETERS.filter((parameter) => text.includes(parameter)) }];
  });
}

const { en: english, ...others } = languages;
const catalogues = ['state', 'panel', 'reporting', 'requests', 'shell', 'caveats'] as const;
const translations = Object.values(others).flatMap((language) =>
  catalogues.map((catalogue) => ({ catalogue, name: language.name, language })),
);

it('compares every catalogue that a language has', () => {
  expect(new Set(Object.keys(english))).toEqual(new Set(['name', ...catalogues]));
});

describe.each(translations)('$catalogue in $name', ({ catalogue, language }) => {
  const translated = printAll(language[catalogue]);
  const pairs = printAll(english[catalogue]).map((message) => ({
    message,
    other: translated.find(({ path }) => path === message.path),
  }));

  it('has as many texts as in English, each with the same parameters', () => {
    for (const { message, other } of pairs) expect(other).toMatchObject({ path: message.path, used: message.used });
    expect(translated).toHaveLength(pairs.length);
  });

  it('has no empty text, and its sentences end as in English', () => {
    for (const { message, other } of pairs) {
      const ending = /[.?:]$/.exec(message.text)?.[0] ?? '';
      expect(other?.text.length, message.path).toBeGreaterThan(0);
      if (ending === '?' || ending === '.') expect(other?.text.at(-1), message.path).toBe(ending);
    }
  });
});

describe('the language a person sees', () => {
  it('is what they chose, whatever the system speaks', () => {
    for (const language of spokenLanguages) expect(wordsFor(language, 'fr-FR')).toMatchObject({ language });
  });

  it('is the language of the system otherwise, or English where there is no translation', () => {
    for (const language of spokenLanguages) expect(wordsFor('system', `${language}-CH`)).toMatchObject({ language });
    expect(wordsFor('system', 'fr-FR').language).toBe('en');
    expect(wordsFor('system', 'den').language).toBe('en');
  });

  it('writes dates as the region of the system does', () => {
    const at = Date.UTC(2026, 10, 28);
    expect(wordsFor('system', 'en-GB').time.exact(at)).not.toBe(wordsFor('system', 'en-US').time.exact(at));
    expect(wordsFor('de', 'en-GB').time.exact(at)).toBe(wordsFor('system', 'de').time.exact(at));
  });

  it('can be chosen in the settings, whichever it is', () => {
    expect(Language.options).toEqual(['system', ...spokenLanguages]);
  });
});
