import { useState } from 'react';
import { z } from 'zod';
import { problem } from '../../../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../../../shared/problems/problem.ts';
import { Access, Person } from '../../../../shared/schemas/hub/people.ts';
import { parseJson } from '../../../../shared/schemas/parse-json.ts';
import type { Dashboard } from '../../dashboard.ts';
import { useDashboard, useKept, useMe, useOrganization } from '../../hooks.ts';
import { createPeopleStore, type PeopleStore } from '../../stores/people.ts';
import { ApiFailure, type Fault } from '../../transport/api.ts';

export function usePeople(): PeopleStore {
  return useKept('people', ({ api }, { name }) => createPeopleStore(api, name));
}

/** What is typed about a person. */
export const PersonForm = z.object({
  username: z.string(),
  name: z.string(),
  email: z.string(),
  role: Access,
  teams: z.array(z.string()),
});
export type PersonForm = z.infer<typeof PersonForm>;

export const EMPTY_FORM: PersonForm = { username: '', name: '', email: '', role: 'member', teams: [] };

export function formOf({ username, name = '', email = '', role, teams }: Person): PersonForm {
  return { username, name, email, role, teams };
}

export const STEPS = ['edit', 'reset', 'remove'] as const;

/** A dialog that is open, with what was typed into it: also kept while the person signs in again. */
export const OpenDialog = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('invite'), form: PersonForm }),
  z.object({ kind: z.literal('person'), person: Person, form: PersonForm, step: z.enum(STEPS) }),
]);
export type OpenDialog = z.infer<typeof OpenDialog>;

/** Takes back, once, what was typed before a fresh sign-in. */
export function useDraft(): { take: () => OpenDialog | null; keep: (open: OpenDialog) => void } {
  const { drafts } = useDashboard();
  const { name } = useOrganization();
  const { sub } = useMe();
  const key = `portcullis.people ${name} ${sub}`;
  return {
    take: () => {
      const kept = OpenDialog.safeParse(parseJson(drafts.getItem(key) ?? ''));
      drafts.removeItem(key);
      return kept.success ? kept.data : null;
    },
    keep: (open) => drafts.setItem(key, JSON.stringify(open)),
  };
}

export interface Submission {
  readonly busy: boolean;
  readonly problem: Problem | null;
  /** The problem at one field of the body that was sent. */
  readonly faultAt: (pointer: string) => Problem | null;
  readonly run: (work: () => Promise<void>) => Promise<void>;
}

/** A form that is sent: once at a time, with the server's problem at its field. */
export function useSubmission(): Submission {
  const [state, setState] = useState<{ busy: boolean; problem: Problem | null; faults: readonly Fault[] }>({
    busy: false,
    problem: null,
    faults: [],
  });
  return {
    ...state,
    faultAt: (pointer) => state.faults.find((fault) => fault.pointer.startsWith(pointer))?.problem ?? null,
    run: async (work) => {
      setState({ busy: true, problem: null, faults: [] });
      try {
        await work();
        setState({ busy: false, problem: null, faults: [] });
      } catch (error) {
        const faults = error instanceof ApiFailure ? error.faults : [];
        setState({ busy: false, problem: asProblem(error, problem('dashboard-bad-answer')), faults });
      }
    },
  };
}

/** Signs in anew where one's own role has changed, so that the page offers what it allows. */
export function signInWhereOwn(dashboard: Dashboard, me: string, changed: string): void {
  if (me === changed) void dashboard.signIn();
}
