import { row } from './row.ts';

/** What whoever runs a hub is told, and whoever becomes its first owner. */
export const hubOperatorProblems = {
  'hub-not-running': row({
    example: { folder: '/var/lib/portcullis-hub' },
    en: {
      message: ({ folder }) => `No hub is running on ${folder}.`,
      next: () => 'Start it: systemctl start portcullis-hub',
    },
    de: {
      message: ({ folder }) => `Auf ${folder} läuft kein Hub.`,
      next: () => 'Starten Sie ihn: systemctl start portcullis-hub',
    },
  }),
  'hub-data-missing': row({
    example: { folder: '/var/lib/portcullis-hub' },
    en: {
      message: ({ folder }) => `There is no hub in ${folder}.`,
      next: () => 'Check dataDir in the configuration. On a new server, start the hub once: it creates the folder.',
    },
    de: {
      message: ({ folder }) => `In ${folder} gibt es keinen Hub.`,
      next: () =>
        'Prüfen Sie dataDir in der Konfiguration. Starten Sie den Hub auf einem neuen Server einmal: Er legt den Ordner an.',
    },
  }),
  'hub-database-unwritable': row({
    example: {},
    en: {
      message: () => 'The hub cannot write to its database.',
      next: () => "Make sure that the disk has space and is not read-only. The cause is in the hub's log.",
    },
    de: {
      message: () => 'Der Hub kann nicht in seine Datenbank schreiben.',
      next: () =>
        'Stellen Sie sicher, dass der Datenträger Platz hat und nicht schreibgeschützt ist. Die Ursache steht im Protokoll des Hubs.',
    },
  }),
  'backup-unusable': row({
    example: { file: '/root/hub.backup' },
    en: {
      message: ({ file }) => `${file} is not a backup that this version can restore.`,
      next: () => 'Use a file that "portcullis-hub backup" has written. Nothing was changed.',
    },
    de: {
      message: ({ file }) => `${file} ist keine Sicherung, die diese Version wiederherstellen kann.`,
      next: () => 'Verwenden Sie eine Datei, die "portcullis-hub backup" geschrieben hat. Es wurde nichts geändert.',
    },
  }),
  'backup-exists': row({
    example: { file: '/root/hub.backup' },
    en: {
      message: ({ file }) => `${file} exists already.`,
      next: () => 'Choose another name, or delete it first.',
    },
    de: {
      message: ({ file }) => `${file} gibt es bereits.`,
      next: () => 'Wählen Sie einen anderen Namen, oder löschen Sie die Datei vorher.',
    },
  }),
  'owner-exists': row({
    example: { organization: 'acme' },
    en: {
      message: ({ organization }) => `${organization} has an owner already.`,
      next: () => 'Ask an owner for an account: only the first owner is created here.',
    },
    de: {
      message: ({ organization }) => `${organization} hat bereits einen Eigentümer.`,
      next: () => 'Bitten Sie einen Eigentümer um ein Konto: Hier wird nur der erste angelegt.',
    },
  }),
  'organization-unknown': row({
    example: { organization: 'acme' },
    en: {
      message: ({ organization }) => `This hub has no organization ${organization}.`,
      next: () => 'Add it to seed.organizations in the configuration and restart the hub. Names are case-sensitive.',
    },
    de: {
      message: ({ organization }) => `Dieser Hub kennt keine Organisation ${organization}.`,
      next: () =>
        'Tragen Sie sie in der Konfiguration unter seed.organizations ein, und starten Sie den Hub neu. Groß- und Kleinschreibung zählt.',
    },
  }),
  'organization-needed': row({
    example: { organizations: ['acme', 'globex'] },
    en: {
      message: ({ organizations }) =>
        organizations.length === 0 ? 'This hub has no organization.' : 'This hub has several organizations.',
      next: ({ organizations }) =>
        organizations.length === 0
          ? 'Add one to seed.organizations in the configuration and restart the hub.'
          : `Name one with --org: ${organizations.slice(0, 10).join(', ')}.`,
    },
    de: {
      message: ({ organizations }) =>
        organizations.length === 0 ? 'Dieser Hub hat keine Organisation.' : 'Dieser Hub hat mehrere Organisationen.',
      next: ({ organizations }) =>
        organizations.length === 0
          ? 'Tragen Sie in der Konfiguration unter seed.organizations eine ein, und starten Sie den Hub neu.'
          : `Nennen Sie eine mit --org: ${organizations.slice(0, 10).join(', ')}.`,
    },
  }),
  'first-owner-code-wrong': row({
    example: {},
    en: {
      message: () => 'This code is not valid.',
      next: () => 'A code works once, for 30 minutes. Run "portcullis-hub first-owner" on the server for a new one.',
    },
    de: {
      message: () => 'Dieser Code ist ungültig.',
      next: () =>
        'Ein Code gilt einmal und 30 Minuten lang. Führen Sie auf dem Server "portcullis-hub first-owner" aus, um einen neuen zu erhalten.',
    },
  }),
  'user-name-invalid': row({
    example: {},
    en: {
      message: () => 'This user name is not valid.',
      next: () => 'Use letters from a to z, digits and . _ @ -, at most 63, with a letter or digit first.',
    },
    de: {
      message: () => 'Dieser Benutzername ist ungültig.',
      next: () =>
        'Verwenden Sie Buchstaben von a bis z, Ziffern und . _ @ -, höchstens 63, mit einem Buchstaben oder einer Ziffer am Anfang.',
    },
  }),
  'user-name-taken': row({
    example: { username: 'olivia' },
    en: { message: ({ username }) => `The user name ${username} is taken.`, next: () => 'Choose another one.' },
    de: {
      message: ({ username }) => `Der Benutzername ${username} ist vergeben.`,
      next: () => 'Wählen Sie einen anderen.',
    },
  }),
  'password-too-short': row({
    example: { minimum: 15 },
    en: {
      message: () => 'The password is too short.',
      next: ({ minimum }) => `Use at least ${minimum} characters. A few words make a good password.`,
    },
    de: {
      message: () => 'Das Passwort ist zu kurz.',
      next: ({ minimum }) => `Verwenden Sie mindestens ${minimum} Zeichen. Einige Wörter ergeben ein gutes Passwort.`,
    },
  }),
  'password-too-long': row({
    example: { maximum: 1024 },
    en: { message: () => 'The password is too long.', next: ({ maximum }) => `Use at most ${maximum} characters.` },
    de: {
      message: () => 'Das Passwort ist zu lang.',
      next: ({ maximum }) => `Verwenden Sie höchstens ${maximum} Zeichen.`,
    },
  }),
  'password-guessable': row({
    example: {},
    en: {
      message: () => 'The password is too easy to guess.',
      next: () => 'Do not repeat the user name or a few characters.',
    },
    de: {
      message: () => 'Das Passwort ist zu leicht zu erraten.',
      next: () => 'Wiederholen Sie nicht den Benutzernamen oder wenige Zeichen.',
    },
  }),
  'password-unchanged': row({
    example: {},
    en: { message: () => 'The new password is the same as the old one.', next: () => 'Choose another one.' },
    de: { message: () => 'Das neue Passwort ist dasselbe wie das alte.', next: () => 'Wählen Sie ein anderes.' },
  }),
  'passwords-differ': row({
    example: {},
    en: { message: () => 'The two passwords differ.', next: () => 'Enter the same password twice.' },
    de: {
      message: () => 'Die beiden Passwörter stimmen nicht überein.',
      next: () => 'Geben Sie zweimal dasselbe Passwort ein.',
    },
  }),
};
