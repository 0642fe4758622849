import { german } from './de/german.ts';
import { english, type LanguageTexts } from './en/english.ts';

/**
 * Every language there is, by its BCP 47 primary subtag, in the order the settings offer them. A new language is a folder
 * of texts and a line here; the compiler then asks for its sentences in each row of shared/problems/.
 */
export const languages = {
  en: english,
  de: german,
} as const satisfies Record<string, LanguageTexts>;

export type SpokenLanguage = keyof typeof languages;
export const spokenLanguages = Object.keys(languages) as SpokenLanguage[];
