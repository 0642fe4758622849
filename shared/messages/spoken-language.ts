import type { Language } from '../schemas/preferences.ts';

/** The languages that there are words in. */
export type SpokenLanguage = Exclude<Language, 'system'>;

/** @param system BCP 47 tag of the browser or desktop. */
export function spokenLanguage(language: Language, system: string): SpokenLanguage {
  if (language !== 'system') return language;
  return system.toLowerCase().startsWith('de') ? 'de' : 'en';
}
