import type { CaveatCode } from '../../schemas/caveat.ts';
import { type CaveatWords, caveatsEn } from './caveats.ts';
import { type PanelMessages, panelEn } from './panel.ts';
import { type ReportingMessages, reportingEn } from './reporting.ts';
import { type RequestMessages, requestsEn } from './requests.ts';
import { type ShellMessages, shellEn } from './shell.ts';
import { type StateMessages, stateEn } from './state.ts';

/** What a language has to provide, apart from the problems: those are translated row by row in shared/problems/. */
export interface LanguageTexts {
  /** The language's own name, as the settings offer it. */
  readonly name: string;
  readonly state: StateMessages;
  readonly panel: PanelMessages;
  readonly reporting: ReportingMessages;
  readonly requests: RequestMessages;
  readonly shell: ShellMessages;
  readonly caveats: Record<CaveatCode, CaveatWords>;
}

export const english: LanguageTexts = {
  name: 'English',
  state: stateEn,
  panel: panelEn,
  reporting: reportingEn,
  requests: requestsEn,
  shell: shellEn,
  caveats: caveatsEn,
};
