import type { ReactNode } from 'react';
import { type Access, mayAs } from '../../shared/schemas/hub/people.ts';
import { Activity } from './views/activity/activity.tsx';
import { Machines } from './views/machines/machines.tsx';
import { People } from './views/people/people.tsx';
import { RegistryAccess } from './views/registry-access/registry-access.tsx';
import { Requests } from './views/requests/requests.tsx';
import { RollOut } from './views/roll-out/roll-out.tsx';

interface ViewRow {
  readonly View: () => ReactNode;
  /** The role that sees it. */
  readonly needs: Access;
}

/** Every view, in the order of the navigation. A new one is a line here, its name in the texts of each language, and its folder. */
export const VIEWS = {
  'registry-access': { View: RegistryAccess, needs: 'auditor' },
  requests: { View: Requests, needs: 'auditor' },
  activity: { View: Activity, needs: 'auditor' },
  people: { View: People, needs: 'auditor' },
  machines: { View: Machines, needs: 'auditor' },
  'roll-out': { View: RollOut, needs: 'auditor' },
} as const satisfies Record<string, ViewRow>;

export type ViewName = keyof typeof VIEWS;

export function viewsFor(access: Access): ViewName[] {
  return (Object.keys(VIEWS) as ViewName[]).filter((name) => mayAs(access, VIEWS[name].needs));
}
