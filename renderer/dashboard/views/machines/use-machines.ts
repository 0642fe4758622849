import type { MachineState } from '../../../../shared/schemas/hub/machines.ts';
import { useDashboard, useKept, useMe, useOrganization } from '../../hooks.ts';
import { createMachinesStore, type MachinesStore } from '../../stores/machines.ts';

export function useMachines(): MachinesStore {
  return useKept('machines', ({ api }, { name }) => createMachinesStore(api, name));
}

export const TONE: Readonly<Record<MachineState, 'green' | 'amber' | 'red' | 'grey'>> = {
  enforcing: 'green',
  outdated: 'amber',
  'not-enforcing': 'red',
  silent: 'amber',
  unverified: 'grey',
};

/** Thumbprints that were pasted before a fresh sign-in; taken back once. */
export function useEnrolDraft(): { take: () => string | null; keep: (thumbprints: string) => void } {
  const { drafts } = useDashboard();
  const { name } = useOrganization();
  const { sub } = useMe();
  const key = `portcullis.machines ${name} ${sub}`;
  return {
    take: () => {
      const kept = drafts.getItem(key);
      drafts.removeItem(key);
      return kept;
    },
    keep: (thumbprints) => drafts.setItem(key, thumbprints),
  };
}
