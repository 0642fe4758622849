import { activityDe } from './de/dashboard/activity.ts';
import { machinesDe } from './de/dashboard/machines.ts';
import { peopleDe } from './de/dashboard/people.ts';
import { registryAccessDe } from './de/dashboard/registry-access.ts';
import { requestsDe } from './de/dashboard/requests.ts';
import { rollOutDe } from './de/dashboard/roll-out.ts';
import { dashboardShellDe } from './de/dashboard/shell.ts';
import { type ActivityMessages, activityEn } from './en/dashboard/activity.ts';
import { type MachinesMessages, machinesEn } from './en/dashboard/machines.ts';
import { type PeopleMessages, peopleEn } from './en/dashboard/people.ts';
import { type RegistryAccessMessages, registryAccessEn } from './en/dashboard/registry-access.ts';
import { type RequestsMessages, requestsEn } from './en/dashboard/requests.ts';
import { type RollOutMessages, rollOutEn } from './en/dashboard/roll-out.ts';
import { type DashboardShellMessages, dashboardShellEn } from './en/dashboard/shell.ts';
import type { SpokenLanguage } from './languages.ts';

/** What the dashboard says beside the words that it shares with the panel. Apart from those, so that nothing else has to load it. */
export interface DashboardTexts {
  readonly shell: DashboardShellMessages;
  readonly registryAccess: RegistryAccessMessages;
  readonly activity: ActivityMessages;
  readonly people: PeopleMessages;
  readonly machines: MachinesMessages;
  readonly requests: RequestsMessages;
  readonly rollOut: RollOutMessages;
}

export const dashboardTexts: Record<SpokenLanguage, DashboardTexts> = {
  en: {
    shell: dashboardShellEn,
    registryAccess: registryAccessEn,
    activity: activityEn,
    people: peopleEn,
    machines: machinesEn,
    requests: requestsEn,
    rollOut: rollOutEn,
  },
  de: {
    shell: dashboardShellDe,
    registryAccess: registryAccessDe,
    activity: activityDe,
    people: peopleDe,
    machines: machinesDe,
    requests: requestsDe,
    rollOut: rollOutDe,
  },
};
