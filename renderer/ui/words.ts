import { createContext, useContext } from 'react';
import { caveatsDe } from '../../shared/messages/caveats/de.ts';
import { type CaveatWords, caveatsEn } from '../../shared/messages/caveats/en.ts';
import { de } from '../../shared/messages/de.ts';
import { en, type Messages } from '../../shared/messages/en.ts';
import { type TimeFormat, timeFormat } from '../../shared/messages/format.ts';
import { panelDe } from '../../shared/messages/panel/de.ts';
import { type PanelMessages, panelEn } from '../../shared/messages/panel/en.ts';
import { type SpokenLanguage, spokenLanguage } from '../../shared/messages/spoken-language.ts';
import type { CaveatCode } from '../../shared/schemas/caveat.ts';
import type { Language } from '../../shared/schemas/preferences.ts';

/** Every word on screen comes from here, so that another language is another value. */
export interface Words {
  readonly state: Messages;
  readonly panel: PanelMessages;
  readonly caveats: Record<CaveatCode, CaveatWords>;
  readonly time: TimeFormat;
}

const LANGUAGES = {
  en: { state: en, panel: panelEn, caveats: caveatsEn },
  de: { state: de, panel: panelDe, caveats: caveatsDe },
} as const satisfies Record<SpokenLanguage, Omit<Words, 'time'>>;

/** @param system BCP 47 tag of the browser or desktop; its region decides how dates are written. */
export function wordsFor(language: Language, system: string): Words {
  const spoken = spokenLanguage(language, system);
  return { ...LANGUAGES[spoken], time: timeFormat(system.startsWith(spoken) ? system : spoken) };
}

export const WordsContext = createContext<Words>(wordsFor('en', 'en'));
export const useWords = (): Words => useContext(WordsContext);
