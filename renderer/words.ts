import { createContext, useContext } from 'react';
import { en, type Messages } from '../shared/messages/en.ts';
import { type TimeFormat, timeFormat } from '../shared/messages/format.ts';
import { type PanelMessages, panelEn } from '../shared/messages/panel/en.ts';

/** Every word on screen comes from here, so that another language is another value. */
export interface Words {
  readonly state: Messages;
  readonly panel: PanelMessages;
  readonly time: TimeFormat;
}

/** @param language a BCP 47 tag; its region decides how dates are written. */
export function wordsFor(language: string): Words {
  return { state: en, panel: panelEn, time: timeFormat(language.startsWith(en.locale) ? language : en.locale) };
}

export const WordsContext = createContext<Words>(wordsFor('en'));
export const useWords = (): Words => useContext(WordsContext);
