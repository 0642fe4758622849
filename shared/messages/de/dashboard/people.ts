import type { PeopleMessages } from '../../en/dashboard/people.ts';

/** The dashboard's People view in German. */
export const peopleDe: PeopleMessages = {
  title: 'Personen',
  intro: (organization) => `Wer zu ${organization} gehört und welche Rechte damit verbunden sind.`,
  readOnly: 'Nur Eigentümer können Personen und Teams ändern.',
  search: 'Personen suchen',
  searchHint: 'Name, Benutzername oder E-Mail',
  allRoles: 'Alle Rollen',
  allTeams: 'Alle Teams',
  filterRole: 'Rolle',
  filterTeam: 'Team',
  invite: 'Einladen',
  columns: { person: 'Person', role: 'Rolle', teams: 'Teams', lastSignIn: 'Letzte Anmeldung' },
  noTeams: 'Keine',
  never: 'Nie',
  you: 'Sie',
  state: { active: 'Aktiv', invited: 'Eingeladen', reset: 'Muss ein neues Passwort setzen' },
  linkUntil: (date) => `Link gilt bis ${date}`,
  linkExpired: (date) => `Link ist am ${date} abgelaufen`,
  edit: (name) => `${name} bearbeiten`,
  more: 'Mehr anzeigen',
  nobody: 'Keine Treffer.',
  clear: 'Filter zurücksetzen',
  alone:
    'Laden Sie noch jemanden mit der Rolle Eigentümer ein, damit nicht nur Sie diese Organisation verwalten können.',
  form: {
    username: 'Benutzername',
    usernameHint: 'Für die Anmeldung: Buchstaben, Ziffern und . _ @ -',
    name: 'Name (optional)',
    email: 'E-Mail (optional)',
    role: 'Rolle',
    teams: 'Teams',
    teamsEmpty: 'Es gibt noch keine Teams.',
    save: 'Speichern',
    close: 'Fertig',
  },
  may: {
    member: 'Verwendet die zugelassenen Registries.',
    auditor: 'Sieht außerdem Einstellungen, Aktivität und Personen.',
    'registry-manager': 'Ändert außerdem die zugelassenen Registries.',
    owner: 'Verwaltet außerdem Personen, Teams und Signaturschlüssel.',
  },
  inviteTitle: (organization) => `Zu ${organization} einladen`,
  inviteSubmit: 'Einladung erstellen',
  added: (username, organization) =>
    `${username} hat bereits ein Konto und gehört jetzt zu ${organization}. Das vorhandene Passwort gilt weiter.`,
  link: {
    invited: (username) => `${username} ist eingeladen`,
    reset: (username) => `Link für ${username}`,
    what: 'Senden Sie diesen Link auf einem sicheren Weg an die Person. Sie setzt dort ihr Passwort.',
    once: (date) => `Er wird nur jetzt angezeigt und gilt einmal, bis ${date}.`,
    label: 'Link zum Setzen eines Passworts',
    copy: 'Link kopieren',
  },
  lastOwner:
    'Die einzige Person mit der Rolle Eigentümer, die sich anmelden kann. Geben Sie zuerst jemand anderem diese Rolle, um Rolle oder Passwort zu ändern oder das Konto zu entfernen.',
  fromProvider: (host) =>
    `Personen, Rollen und Teams kommen von ${host} und werden dort geändert. Änderungen gelten hier innerhalb von 15 Minuten.`,
  elsewhere:
    'Gehört auch zu einer Organisation, deren Eigentümer Sie nicht sind. Name, E-Mail und Passwort lassen sich deshalb hier nicht ändern.',
  actions: 'Konto',
  newLink: 'Neuer Link',
  resetPassword: 'Passwort zurücksetzen',
  remove: 'Entfernen',
  resetTitle: (name) => `Passwort von ${name} zurücksetzen?`,
  resetText:
    'Das Passwort gilt ab sofort nicht mehr, und alle Anmeldungen enden auf allen Rechnern. Sie erhalten einen Link für ein neues Passwort.',
  resetSubmit: 'Passwort zurücksetzen',
  removeTitle: (name, organization) => `${name} aus ${organization} entfernen?`,
  removeText: (role, teams) =>
    `Der Zugriff endet sofort, mit der Rolle ${role}${teams.length === 0 ? '' : ` und den Teams ${teams.join(', ')}`}.`,
  removeMachines: 'Auf den verwalteten Rechnern dieser Person sind spätestens nach 72 Stunden alle Pulls blockiert.',
  removeAccount:
    'Ist dies die einzige Organisation der Person, wird das Konto gelöscht, und die Aktivität zeigt statt des Benutzernamens eine Kennung.',
  removeSubmit: 'Entfernen',
  said: {
    saved: (username) => `${username} gespeichert.`,
    removed: (username) => `${username} entfernt.`,
    deletedAs: (username, id) => `${username} entfernt. In der Aktivität heißt das Konto jetzt ${id}.`,
    team: (team) => `Team ${team} gespeichert.`,
    teamDeleted: (team) => `Team ${team} gelöscht.`,
  },
  teams: {
    title: 'Teams',
    empty: 'Noch keine Teams. Teams fassen Personen zusammen, zum Beispiel nach Abteilung.',
    count: (people) => (people === 1 ? '1 Person' : `${people} Personen`),
    add: 'Team hinzufügen',
    name: 'Name des Teams',
    renameShort: 'Umbenennen',
    deleteShort: 'Löschen',
    rename: (team) => `${team} umbenennen`,
    renameTitle: (team) => `Team ${team} umbenennen`,
    delete: (team) => `${team} löschen`,
    deleteTitle: (team) => `Team ${team} löschen?`,
    deleteText: (people) =>
      people === 0
        ? 'Das Team ist leer.'
        : `${people === 1 ? '1 Person ist' : `${people} Personen sind`} in diesem Team und bleiben in der Organisation.`,
    deleteSubmit: 'Löschen',
  },
  fresh: 'Dafür muss das Passwort in den letzten 15 Minuten eingegeben worden sein. Ihre Eingaben bleiben erhalten.',
};
