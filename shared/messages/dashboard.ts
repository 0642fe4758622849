import { registryAccessDe } from './de/dashboard/registry-access.ts';
import { dashboardShellDe } from './de/dashboard/shell.ts';
import { type RegistryAccessMessages, registryAccessEn } from './en/dashboard/registry-access.ts';
import { type DashboardShellMessages, dashboardShellEn } from './en/dashboard/shell.ts';
import type { SpokenLanguage } from './languages.ts';

/** What the dashboard says beside the words that it shares with the panel. Apart from those, so that nothing else has to load it. */
export interface DashboardTexts {
  readonly shell: DashboardShellMessages;
  readonly registryAccess: RegistryAccessMessages;
}

export const dashboardTexts: Record<SpokenLanguage, DashboardTexts> = {
  en: { shell: dashboardShellEn, registryAccess: registryAccessEn },
  de: { shell: dashboardShellDe, registryAccess: registryAccessDe },
};
