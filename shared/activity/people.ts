import { dashboardShellDe } from '../messages/de/dashboard/shell.ts';
import { row } from './row.ts';

const roles: Readonly<Record<string, string>> = dashboardShellDe.role;
const rolle = (role: string): string => roles[role] ?? role;
const inTeams = (teams: readonly string[]): string => (teams.length === 0 ? '' : `, in ${teams.join(', ')}`);
const imTeam = (teams: readonly string[]): string =>
  teams.length === 0 ? '' : `, ${teams.length === 1 ? 'im Team' : 'in den Teams'} ${teams.join(', ')}`;
const persons = (people: number): string => (people === 1 ? '1 person' : `${people} people`);
const personen = (people: number): string => (people === 1 ? '1 Person' : `${people} Personen`);

const WITH_ROLE = { username: 'nina', role: 'registry-manager', teams: ['platform'] as readonly string[] };
const PERSON = { username: 'nina' };
const OF_TEAM = { username: 'nina', team: 'platform' };

/** Of people, teams and sign-ins. */
export const peopleDetails = {
  'person-invited': row({
    example: WITH_ROLE,
    en: ({ username, role, teams }) => `invited ${username} as ${role}${inTeams(teams)}`,
    de: ({ username, role, teams }) => `${username} als ${rolle(role)} eingeladen${imTeam(teams)}`,
  }),
  'person-added': row({
    example: WITH_ROLE,
    en: ({ username, role, teams }) => `added ${username} as ${role}${inTeams(teams)}`,
    de: ({ username, role, teams }) => `${username} als ${rolle(role)} hinzugefügt${imTeam(teams)}`,
  }),
  'link-made': row({
    example: PERSON,
    en: ({ username }) => `made a new link for ${username}`,
    de: ({ username }) => `neuen Link für ${username} erstellt`,
  }),
  'role-changed': row({
    example: { username: 'nina', before: 'member', after: 'owner' },
    en: ({ username, before, after }) => `changed the role of ${username} from ${before} to ${after}`,
    de: ({ username, before, after }) => `Rolle von ${username} von ${rolle(before)} zu ${rolle(after)} geändert`,
  }),
  'team-joined': row({
    example: OF_TEAM,
    en: ({ username, team }) => `added ${username} to team ${team}`,
    de: ({ username, team }) => `${username} zum Team ${team} hinzugefügt`,
  }),
  'team-left': row({
    example: OF_TEAM,
    en: ({ username, team }) => `removed ${username} from team ${team}`,
    de: ({ username, team }) => `${username} aus dem Team ${team} entfernt`,
  }),
  'identity-changed': row({
    example: PERSON,
    en: ({ username }) => `changed name or email of ${username}`,
    de: ({ username }) => `Name oder E-Mail-Adresse von ${username} geändert`,
  }),
  'person-removed': row({
    example: PERSON,
    en: ({ username }) => `removed ${username}`,
    de: ({ username }) => `${username} entfernt`,
  }),
  'password-reset': row({
    example: PERSON,
    en: ({ username }) => `reset the password of ${username}`,
    de: ({ username }) => `Passwort von ${username} zurückgesetzt`,
  }),
  'password-set': row({
    example: PERSON,
    en: ({ username }) => `${username} set a password`,
    de: ({ username }) => `${username} hat ein Passwort festgelegt`,
  }),
  'password-changed': row({
    example: PERSON,
    en: ({ username }) => `${username} changed their password`,
    de: ({ username }) => `${username} hat das eigene Passwort geändert`,
  }),
  'team-created': row({
    example: { team: 'platform' },
    en: ({ team }) => `created team ${team}`,
    de: ({ team }) => `Team ${team} angelegt`,
  }),
  'team-renamed': row({
    example: { team: 'platform', name: 'infrastructure' },
    en: ({ team, name }) => `renamed team ${team} to ${name}`,
    de: ({ team, name }) => `Team ${team} in ${name} umbenannt`,
  }),
  'team-deleted': row({
    example: { team: 'platform', people: 12 },
    en: ({ team, people }) => `deleted team ${team} with ${persons(people)}`,
    de: ({ team, people }) => `Team ${team} mit ${personen(people)} gelöscht`,
  }),
  'signed-in-to-portcullis': row({
    example: {},
    en: () => 'signed in with Portcullis',
    de: () => 'bei Portcullis angemeldet',
  }),
  'signed-in-to-dashboard': row({
    example: {},
    en: () => 'signed in to the dashboard',
    de: () => 'beim Dashboard angemeldet',
  }),
};
