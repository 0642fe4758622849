import { row } from './row.ts';

/** What the user's organizations are to the administrator's list. */
export const organizationProblems = {
  'no-organization': row({
    example: { user: 'Mia' },
    en: {
      message: ({ user }) => `${user} does not belong to any organization.`,
      next: () => 'Ask the owner of your organization to add you, then sign in again.',
    },
    de: {
      message: ({ user }) => `${user} gehört zu keiner Organisation.`,
      next: () => 'Bitten Sie den Eigentümer Ihrer Organisation, Sie hinzuzufügen, und melden Sie sich dann erneut an.',
    },
  }),
  'organization-case': row({
    example: { user: 'Mia', organization: 'Acme', required: 'acme' },
    en: {
      message: ({ user, organization, required }) =>
        `${user} belongs to ${organization}, but this machine requires ${required}: names are case-sensitive.`,
      next: () => 'Ask your administrator to correct the spelling in the file that requires sign-in.',
    },
    de: {
      message: ({ user, organization, required }) =>
        `${user} gehört zu ${organization}, dieser Rechner verlangt aber ${required}: Groß- und Kleinschreibung zählt.`,
      next: () =>
        'Bitten Sie Ihren Administrator, die Schreibweise in der Datei zu berichtigen, die die Anmeldung verlangt.',
    },
  }),
  'wrong-organization': row({
    example: { user: 'Mia', organizations: ['globex'], allowed: ['acme', 'initech'] },
    en: {
      message: ({ user, organizations, allowed }) =>
        organizations.length === 0
          ? `${user} does not belong to any organization, but this machine requires ${list(allowed, 'or')}.`
          : `${user} belongs to ${list(organizations, 'and')}, but this machine requires ${list(allowed, 'or')}.`,
      next: () => 'Sign in with another account, or ask your administrator.',
    },
    de: {
      message: ({ user, organizations, allowed }) =>
        organizations.length === 0
          ? `${user} gehört zu keiner Organisation, dieser Rechner verlangt aber ${list(allowed, 'oder')}.`
          : `${user} gehört zu ${list(organizations, 'und')}, dieser Rechner verlangt aber ${list(allowed, 'oder')}.`,
      next: () => 'Melden Sie sich mit einem anderen Konto an, oder fragen Sie Ihren Administrator.',
    },
  }),
};

/** `a, b and c`; names that were left out stand as a last `…`. */
function list(names: readonly string[], last: string): string {
  if (names.length < 2 || names.at(-1) === '…') return names.join(', ');
  return `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1)}`;
}
