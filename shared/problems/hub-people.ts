import type { Access } from '../schemas/hub/people.ts';
import { row } from './row.ts';

/** What the hub answers about people, their roles and their teams. */
export const hubPeopleProblems = {
  'not-allowed-for-role': row({
    example: { organization: 'acme', role: 'registry-manager' },
    en: {
      message: ({ organization, role }) => `Only ${inWords(ENGLISH, role)} of ${organization} can do this.`,
      next: () => 'Ask an owner of the organization to change your role.',
    },
    de: {
      message: ({ organization, role }) => `Das können nur ${inWords(GERMAN, role)} von ${organization}.`,
      next: () => 'Bitten Sie einen Eigentümer der Organisation, Ihre Rolle zu ändern.',
    },
  }),
};

/** Who has at least this role. */
const ENGLISH: Record<Access, string> = {
  member: 'members',
  auditor: 'auditors, registry managers and owners',
  'registry-manager': 'registry managers and owners',
  owner: 'owners',
};
const GERMAN: Record<Access, string> = {
  member: 'Mitglieder',
  auditor: 'Prüfer, Registry-Verwalter und Eigentümer',
  'registry-manager': 'Registry-Verwalter und Eigentümer',
  owner: 'Eigentümer',
};

/** A role that this version does not know is named as it came. */
function inWords(words: Readonly<Record<string, string>>, role: string): string {
  return words[role] ?? role;
}
