import type { LanguageTexts } from '../en/english.ts';
import { caveatsDe } from './caveats.ts';
import { panelDe } from './panel.ts';
import { shellDe } from './shell.ts';
import { stateDe } from './state.ts';

export const german: LanguageTexts = {
  name: 'Deutsch',
  state: stateDe,
  panel: panelDe,
  shell: shellDe,
  caveats: caveatsDe,
};
