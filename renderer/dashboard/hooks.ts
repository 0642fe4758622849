import { createContext, useContext } from 'react';
import { useStore } from 'zustand';
import { type DashboardTexts, dashboardTexts } from '../../shared/messages/dashboard.ts';
import { type Access, mayAs } from '../../shared/schemas/hub/people.ts';
import type { Me } from '../../shared/schemas/hub-schema.ts';
import { useWords } from '../ui/words.ts';
import type { Dashboard } from './dashboard.ts';

export const DashboardContext = createContext<Dashboard | null>(null);

export function useDashboard(): Dashboard {
  const dashboard = useContext(DashboardContext);
  if (dashboard === null) throw new Error('useDashboard needs a DashboardContext around it');
  return dashboard;
}

/** The organization that is shown, and what the person may do in it. */
export interface Organization {
  readonly name: string;
  readonly access: Access;
}

export function organizationsOf(me: Me): Organization[] {
  return me.organizations.map(({ name, role, access }) => ({ name, access: access ?? role }));
}

export const OrganizationContext = createContext<Organization | null>(null);

/** For views, which are shown for an organization. */
export function useOrganization(): Organization {
  const organization = useContext(OrganizationContext);
  if (organization === null) throw new Error('useOrganization is for views');
  return organization;
}

/** Whether the screen offers something. The server decides at each call. */
export function useMay(needed: Access): boolean {
  return mayAs(useOrganization().access, needed);
}

/** Who is signed in. For what is shown once somebody is. */
export function useMe(): Me {
  const session = useStore(useDashboard().session);
  if (session.kind !== 'signed-in') throw new Error('useMe is for what is shown to somebody who is signed in');
  return session.me;
}

/** Whether the sign-in has expired: nothing can be loaded or saved. */
export function useExpired(): boolean {
  return useStore(useDashboard().session, (session) => session.kind === 'signed-in' && session.expired);
}

/** What a view keeps while others are shown (`Dashboard.keep`). */
export function useKept<T>(name: string, make: (dashboard: Dashboard, organization: Organization) => T): T {
  const dashboard = useDashboard();
  const organization = useOrganization();
  return dashboard.keep(organization.name, name, () => make(dashboard, organization));
}

/** The dashboard's own words; those that it shares with the panel are in `useWords`. */
export function useTexts(): DashboardTexts {
  return dashboardTexts[useWords().language];
}
