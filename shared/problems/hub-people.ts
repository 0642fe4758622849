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
  'fresh-sign-in-required': row({
    example: { minutes: 15 },
    en: {
      message: ({ minutes }) => `This needs a password entered in the last ${minutes} minutes.`,
      next: () => 'Sign in again, then repeat the change.',
    },
    de: {
      message: ({ minutes }) => `Dafür muss das Passwort in den letzten ${minutes} Minuten eingegeben worden sein.`,
      next: () => 'Melden Sie sich erneut an, und wiederholen Sie den Vorgang.',
    },
  }),
  'too-many-changes': row({
    example: { seconds: 5 },
    en: {
      message: () => 'You are making too many changes at once.',
      next: ({ seconds }) => `Try again in ${seconds === 1 ? '1 second' : `${seconds} seconds`}.`,
    },
    de: {
      message: () => 'Sie nehmen zu viele Änderungen auf einmal vor.',
      next: ({ seconds }) => `Versuchen Sie es in ${seconds === 1 ? '1 Sekunde' : `${seconds} Sekunden`} noch einmal.`,
    },
  }),

  // People.
  'person-invalid': row({
    example: {},
    en: {
      message: () => 'These details are not valid, and nothing was saved.',
      next: () => 'Fix the errors listed and save again.',
    },
    de: {
      message: () => 'Diese Angaben sind ungültig; es wurde nichts gespeichert.',
      next: () => 'Beheben Sie die aufgeführten Fehler, und speichern Sie noch einmal.',
    },
  }),
  'email-invalid': row({
    example: {},
    en: { message: () => 'This email address is not valid.' },
    de: { message: () => 'Diese E-Mail-Adresse ist ungültig.' },
  }),
  'person-name-invalid': row({
    example: {},
    en: { message: () => 'A name is one line of at most 255 characters.' },
    de: { message: () => 'Ein Name ist eine Zeile mit höchstens 255 Zeichen.' },
  }),
  'person-exists': row({
    example: { username: 'mia', organization: 'acme' },
    en: {
      message: ({ username, organization }) => `${username} already belongs to ${organization}.`,
      next: () => 'Choose another user name, or change the role of this person.',
    },
    de: {
      message: ({ username, organization }) => `${username} gehört bereits zu ${organization}.`,
      next: () => 'Wählen Sie einen anderen Benutzernamen, oder ändern Sie die Rolle dieser Person.',
    },
  }),
  'person-unknown': row({
    example: { organization: 'acme' },
    en: {
      message: ({ organization }) => `This person does not belong to ${organization}.`,
      next: () => 'Look at the list again; somebody may have removed them.',
    },
    de: {
      message: ({ organization }) => `Diese Person gehört nicht zu ${organization}.`,
      next: () => 'Sehen Sie sich die Liste noch einmal an; vielleicht wurde die Person entfernt.',
    },
  }),
  'last-owner': row({
    example: { username: 'olivia', organization: 'acme' },
    en: {
      message: ({ username, organization }) => `${username} is the only owner of ${organization} who can sign in.`,
      next: () => 'Make somebody else an owner first. An invited owner counts after setting a password.',
    },
    de: {
      message: ({ username, organization }) =>
        `${username} ist die einzige Person mit der Rolle Eigentümer von ${organization}, die sich anmelden kann.`,
      next: () =>
        'Geben Sie zuerst jemand anderem diese Rolle. Wer eingeladen ist, zählt erst, wenn das Passwort gesetzt ist.',
    },
  }),
  'person-of-several-organizations': row({
    example: { username: 'mia' },
    en: {
      message: ({ username }) => `${username} also belongs to an organization that you do not own.`,
      next: () => 'Name and password can be changed by somebody who owns each of these organizations.',
    },
    de: {
      message: ({ username }) => `${username} gehört auch zu einer Organisation, deren Eigentümer Sie nicht sind.`,
      next: () => 'Name und Passwort kann ändern, wer Eigentümer aller dieser Organisationen ist.',
    },
  }),
  'person-not-invited': row({
    example: { username: 'mia' },
    en: {
      message: ({ username }) => `${username} has set a password already.`,
      next: () => 'If it was forgotten, reset it.',
    },
    de: {
      message: ({ username }) => `${username} hat bereits ein Passwort gesetzt.`,
      next: () => 'Wurde es vergessen, setzen Sie es zurück.',
    },
  }),

  // Teams.
  'team-invalid': row({
    example: {},
    en: {
      message: () => 'This is not a valid team name.',
      next: () => 'Use letters, digits, dots, dashes and underscores: at most 63, the first a letter or digit.',
    },
    de: {
      message: () => 'Dieser Teamname ist ungültig.',
      next: () =>
        'Verwenden Sie Buchstaben, Ziffern, Punkte, Binde- und Unterstriche: höchstens 63 Zeichen, zuerst ein Buchstabe oder eine Ziffer.',
    },
  }),
  'team-exists': row({
    example: { team: 'platform', organization: 'acme' },
    en: { message: ({ team, organization }) => `${organization} already has a team ${team}.` },
    de: { message: ({ team, organization }) => `${organization} hat bereits ein Team ${team}.` },
  }),
  'team-unknown': row({
    example: { teams: ['platform'], organization: 'acme' },
    en: {
      message: ({ teams, organization }) => `${organization} has no team ${teams.join(', ')}.`,
      next: () => 'Create the team first. Names are case-sensitive.',
    },
    de: {
      message: ({ teams, organization }) => `${organization} hat kein Team ${teams.join(', ')}.`,
      next: () => 'Legen Sie das Team zuerst an. Groß- und Kleinschreibung wird unterschieden.',
    },
  }),
  'too-many-teams': row({
    example: { limit: 1000 },
    en: { message: ({ limit }) => `An organization can have ${limit} teams.` },
    de: { message: ({ limit }) => `Eine Organisation kann ${limit} Teams haben.` },
  }),

  // The page on which a person sets a password.
  'password-link-invalid': row({
    example: {},
    en: {
      message: () => 'This link is no longer valid.',
      next: () => 'It works once, for seven days. Ask whoever sent it for a new one.',
    },
    de: {
      message: () => 'Dieser Link ist nicht mehr gültig.',
      next: () => 'Er gilt einmal und sieben Tage lang. Bitten Sie um einen neuen.',
    },
  }),
  'too-many-links': row({
    example: { minutes: 9 },
    en: {
      message: () => 'Too many links that are not valid.',
      next: ({ minutes }) => `Try again in ${minutes === 1 ? '1 minute' : `${minutes} minutes`}.`,
    },
    de: {
      message: () => 'Zu viele ungültige Links.',
      next: ({ minutes }) => `Versuchen Sie es in ${minutes === 1 ? '1 Minute' : `${minutes} Minuten`} noch einmal.`,
    },
  }),
  'sent-from-elsewhere': row({
    example: {},
    en: {
      message: () => 'This form was sent from another website.',
      next: () => 'Open the link itself, and fill in the form there.',
    },
    de: {
      message: () => 'Dieses Formular wurde von einer anderen Website gesendet.',
      next: () => 'Öffnen Sie den Link selbst, und füllen Sie das Formular dort aus.',
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
