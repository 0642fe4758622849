import { de } from '../../shared/messages/de.ts';
import { en, type Messages } from '../../shared/messages/en.ts';
import { type TimeFormat, timeFormat } from '../../shared/messages/format.ts';
import { panelDe } from '../../shared/messages/panel/de.ts';
import { type PanelMessages, panelEn } from '../../shared/messages/panel/en.ts';
import { shellDe } from '../../shared/messages/shell/de.ts';
import { type ShellMessages, shellEn } from '../../shared/messages/shell/en.ts';
import { type SpokenLanguage, spokenLanguage } from '../../shared/messages/spoken-language.ts';
import type { Language } from '../../shared/schemas/preferences.ts';

/** Every word that tray, windows and notifications show comes from here. */
export interface Words {
  readonly state: Messages;
  readonly panel: PanelMessages;
  readonly shell: ShellMessages;
  readonly time: TimeFormat;
}

const LANGUAGES: Record<SpokenLanguage, Omit<Words, 'time'>> = {
  en: { state: en, panel: panelEn, shell: shellEn },
  de: { state: de, panel: panelDe, shell: shellDe },
};

/** @param system BCP 47 tag of the desktop; its region decides how dates are written. */
export function wordsFor(language: Language, system: string): Words {
  const spoken = spokenLanguage(language, system);
  return { ...LANGUAGES[spoken], time: timeFormat(system.startsWith(spoken) ? system : spoken) };
}
