import type { LanguageTexts } from '../en/english.ts';
import { caveatsDe } from './caveats.ts';
import { panelDe } from './panel.ts';
import { reportingDe } from './reporting.ts';
import { requestsDe } from './requests.ts';
import { shellDe } from './shell.ts';
import { stateDe } from './state.ts';

export const german: LanguageTexts = {
  name: 'Deutsch',
  state: stateDe,
  panel: panelDe,
  reporting: reportingDe,
  requests: requestsDe,
  shell: shellDe,
  caveats: caveatsDe,
};
