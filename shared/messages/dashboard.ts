import { registryAccessDe } from './de/dashboard/registry-access.ts';
import { rollOutDe } from './de/dashboard/roll-out.ts';
import { dashboardShellDe } from './de/dashboard/shell.ts';
import { type RegistryAccessMessages, registryAccessEn } from './en/dashboard/registry-access.ts';
import { type RollOutMessages, rollOutEn } from './en/dashboard/roll-out.ts';
import { type DashboardShellMessages, dashboardShellEn } from './en/dashboard/shell.ts';
import type { SpokenLanguage } from './languages.ts';

/** What the dashboard says beside the words that it shares with the panel. Apart from those, so that nothing else has to load it. */
export interface DashboardTexts {
  readonly shell: DashboardShellMessages;
  readonly registryAccess: RegistryAccessMessages;
  readonly rollOut: RollOutMessages;
}

export const dashboardTexts: Record<SpokenLanguage, DashboardTexts> = {
  en: { shell: dashboardShellEn, registryAccess: registryAccessEn, rollOut: rollOutEn },
  de: { shell: dashboardShellDe, registryAccess: registryAccessDe, rollOut: rollOutDe },
};
