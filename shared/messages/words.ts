import type { Language } from '../schemas/preferences.ts';
import type { LanguageTexts } from './en/english.ts';
import { type TimeFormat, timeFormat } from './format.ts';
import { languages, type SpokenLanguage, spokenLanguages } from './languages.ts';

/** Every word a person sees, in one language: whoever shows text takes it from here. */
export interface Words extends LanguageTexts {
  readonly language: SpokenLanguage;
  readonly time: TimeFormat;
}

/**
 * @param language The user's preference.
 * @param system BCP 47 tag of the browser or desktop; its region decides how dates are written.
 */
export function wordsFor(language: Language, system: string): Words {
  const spoken = language === 'system' ? languageOf(system) : language;
  const time = timeFormat(primarySubtag(system) === spoken ? system : spoken);
  return { ...languages[spoken], language: spoken, time };
}

/** English where there is no translation into the system's language. */
function languageOf(system: string): SpokenLanguage {
  return spokenLanguages.find((language) => language === primarySubtag(system)) ?? 'en';
}

function primarySubtag(tag: string): string {
  return tag.toLowerCase().split('-', 1)[0] ?? '';
}
