import { en, type Messages } from '../../shared/messages/en.ts';
import { type TimeFormat, timeFormat } from '../../shared/messages/format.ts';
import { type PanelMessages, panelEn } from '../../shared/messages/panel/en.ts';
import { type ShellMessages, shellEn } from '../../shared/messages/shell/en.ts';

/** Every word that tray, windows and notifications show comes from here. */
export interface Words {
  readonly state: Messages;
  readonly panel: PanelMessages;
  readonly shell: ShellMessages;
  readonly time: TimeFormat;
}

/** @param language BCP 47 tag; its region decides how dates are written. */
export function wordsFor(language: string): Words {
  const time = timeFormat(language.startsWith(en.locale) ? language : en.locale);
  return { state: en, panel: panelEn, shell: shellEn, time };
}
