import { row } from './row.ts';

const LATER = {
  en: ({ seconds }: { seconds: number }) => `Try again in ${englishDuration(seconds)}.`,
  de: ({ seconds }: { seconds: number }) => `Versuchen Sie es in ${germanDuration(seconds)} noch einmal.`,
};

export const hubProblems = {
  // Starting the hub.
  'port-in-use': row({
    example: { host: '127.0.0.1', port: 8080 },
    en: {
      message: ({ host, port }) => `Port ${port} on ${host} is in use by another program.`,
      next: () => 'Stop that program, or set another listen.port and give clients the new address.',
    },
    de: {
      message: ({ host, port }) => `Port ${port} auf ${host} wird von einem anderen Programm verwendet.`,
      next: () =>
        'Beenden Sie dieses Programm, oder stellen Sie listen.port um und teilen Sie den Clients die neue Adresse mit.',
    },
  }),
  'cannot-listen': row({
    example: { host: '192.0.2.1', port: 443 },
    en: {
      message: ({ host, port }) => `The hub cannot listen on ${host}, port ${port}.`,
      next: () => 'Set listen.host to an address of this machine, and listen.port to a port the hub may use.',
    },
    de: {
      message: ({ host, port }) => `Der Hub kann auf ${host}, Port ${port}, keine Verbindungen annehmen.`,
      next: () =>
        'Setzen Sie listen.host auf eine Adresse dieses Rechners und listen.port auf einen Port, den der Hub verwenden darf.',
    },
  }),
  'hub-data-in-use': row({
    example: { folder: '/var/lib/portcullis-hub' },
    en: {
      message: ({ folder }) => `Another hub is running on ${folder}.`,
      next: () => 'Stop it, or choose another dataDir.',
    },
    de: {
      message: ({ folder }) => `Ein anderer Hub verwendet bereits ${folder}.`,
      next: () => 'Beenden Sie ihn, oder wählen Sie ein anderes dataDir.',
    },
  }),
  'hub-data-unusable': row({
    example: { file: '/var/lib/portcullis-hub/hub.sqlite' },
    en: {
      message: ({ file }) => `The hub's database ${file} cannot be opened.`,
      next: () => 'Restore it from a backup, or move it away to start over and give clients the new keys.',
    },
    de: {
      message: ({ file }) => `Die Datenbank des Hubs ${file} lässt sich nicht öffnen.`,
      next: () =>
        'Stellen Sie sie aus einer Sicherung wieder her, oder verschieben Sie sie, um neu zu beginnen, und geben Sie den Clients die neuen Schlüssel.',
    },
  }),
  'passwords-exposed': row({
    example: { file: '/etc/portcullis/passwords.json' },
    en: {
      message: ({ file }) => `Other users of this machine can read ${file}.`,
      next: ({ file }) => `Run "chmod 600 ${file}", and change the passwords if somebody may have seen them.`,
    },
    de: {
      message: ({ file }) => `Andere Benutzer dieses Rechners können ${file} lesen.`,
      next: ({ file }) =>
        `Führen Sie "chmod 600 ${file}" aus, und ändern Sie die Passwörter, falls jemand sie gesehen haben könnte.`,
    },
  }),
  'passwords-unusable': row({
    example: { file: '/etc/portcullis/passwords.json' },
    en: {
      message: ({ file }) => `The passwords file ${file} cannot be read.`,
      next: () => 'Fix the file, or delete it to generate new passwords.',
    },
    de: {
      message: ({ file }) => `Die Passwortdatei ${file} kann nicht gelesen werden.`,
      next: () => 'Korrigieren Sie die Datei, oder löschen Sie sie, damit neue Passwörter erzeugt werden.',
    },
  }),

  // The sign-in pages.
  'credentials-wrong': row({
    example: {},
    en: { message: () => 'Incorrect user name or password.' },
    de: { message: () => 'Benutzername oder Passwort ist falsch.' },
  }),
  'too-many-attempts': row({
    example: { seconds: 40 },
    en: { message: () => 'Too many attempts for this user name.', next: LATER.en },
    de: { message: () => 'Zu viele Anmeldeversuche für diesen Benutzernamen.', next: LATER.de },
  }),
  'sign-ins-busy': row({
    example: { seconds: 5 },
    en: { message: () => 'Too many sign-ins at once.', next: LATER.en },
    de: { message: () => 'Zu viele Anmeldungen gleichzeitig.', next: LATER.de },
  }),
  'too-many-codes': row({
    example: { seconds: 540 },
    en: { message: () => 'Too many codes that are not valid.', next: LATER.en },
    de: { message: () => 'Zu viele ungültige Codes.', next: LATER.de },
  }),
  'sign-in-page-expired': row({
    example: {},
    en: {
      message: () => 'This sign-in has expired.',
      next: () => 'Close this page and start again in Portcullis.',
    },
    de: {
      message: () => 'Diese Anmeldung ist abgelaufen.',
      next: () => 'Schließen Sie diese Seite, und beginnen Sie in Portcullis noch einmal.',
    },
  }),
  'sign-in-page-failed': row({
    example: {},
    en: {
      message: () => 'Sign-in did not work.',
      next: () => 'Close this page and start again in Portcullis.',
    },
    de: {
      message: () => 'Die Anmeldung hat nicht funktioniert.',
      next: () => 'Schließen Sie diese Seite, und beginnen Sie in Portcullis noch einmal.',
    },
  }),
  'device-code-missing': row({
    example: {},
    en: { message: () => 'Enter the code shown on the other device.' },
    de: { message: () => 'Geben Sie den Code ein, den das andere Gerät anzeigt.' },
  }),
  'device-code-unknown': row({
    example: {},
    en: {
      message: () => 'This code is not valid.',
      next: () => 'Check the code on the other device and try again.',
    },
    de: {
      message: () => 'Dieser Code ist ungültig.',
      next: () => 'Vergleichen Sie ihn mit dem Code auf dem anderen Gerät, und versuchen Sie es noch einmal.',
    },
  }),
  'device-code-expired': row({
    example: {},
    en: {
      message: () => 'This code has expired.',
      next: () => 'Start again on the other device.',
    },
    de: {
      message: () => 'Dieser Code ist abgelaufen.',
      next: () => 'Beginnen Sie auf dem anderen Gerät noch einmal.',
    },
  }),
  'device-code-used': row({
    example: {},
    en: {
      message: () => 'This code has already been used.',
      next: () => 'Start again on the other device.',
    },
    de: {
      message: () => 'Dieser Code wurde bereits verwendet.',
      next: () => 'Beginnen Sie auf dem anderen Gerät noch einmal.',
    },
  }),
  'device-sign-in-failed': row({
    example: {},
    en: {
      message: () => 'The other device could not be signed in.',
      next: () => 'Start again on the other device.',
    },
    de: {
      message: () => 'Das andere Gerät konnte nicht angemeldet werden.',
      next: () => 'Beginnen Sie auf dem anderen Gerät noch einmal.',
    },
  }),

  // Answers of the API.
  internal: row({
    example: {},
    en: {
      message: () => 'The server hit an internal error.',
      next: () => "Try again. If it happens again, look at the server's log.",
    },
    de: {
      message: () => 'Im Server ist ein interner Fehler aufgetreten.',
      next: () => 'Versuchen Sie es noch einmal. Tritt er wieder auf, sehen Sie im Protokoll des Servers nach.',
    },
  }),
  'not-found': row({
    example: {},
    en: { message: () => 'There is nothing at this address.' },
    de: { message: () => 'Unter dieser Adresse gibt es nichts.' },
  }),
  'method-not-allowed': row({
    example: { methods: ['GET', 'PUT'] },
    en: { message: ({ methods }) => `This address only accepts ${methods.join(', ')}.` },
    de: { message: ({ methods }) => `Diese Adresse unterstützt nur ${methods.join(', ')}.` },
  }),
  'wrong-host': row({
    example: { address: 'https://hub.acme.example' },
    en: {
      message: ({ address }) => `This server only answers requests for ${address}.`,
      next: () => 'Use that address.',
    },
    de: {
      message: ({ address }) => `Dieser Server beantwortet nur Anfragen an ${address}.`,
      next: () => 'Verwenden Sie diese Adresse.',
    },
  }),
  'body-too-large': row({
    example: { limit: 201_326_592 },
    en: { message: ({ limit }) => `The request is larger than ${limit} bytes.` },
    de: { message: ({ limit }) => `Die Anfrage ist größer als ${limit} Byte.` },
  }),
  'uploads-busy': row({
    example: { seconds: 10 },
    en: { message: () => 'Another large list is being saved on this server.', next: LATER.en },
    de: { message: () => 'Auf diesem Server wird gerade eine andere große Liste gespeichert.', next: LATER.de },
  }),
  'unsupported-media-type': row({
    example: { type: 'application/json' },
    en: { message: ({ type }) => `The content type of the request must be ${type}.` },
    de: { message: ({ type }) => `Der Inhaltstyp der Anfrage muss ${type} sein.` },
  }),
  'query-invalid': row({
    example: {},
    en: {
      message: () => 'The cursor or the limit is not valid.',
      next: () => 'Use a limit from 1 to 200, and as the cursor the "next" value of another page.',
    },
    de: {
      message: () => '"cursor" oder "limit" ist ungültig.',
      next: () => 'Verwenden Sie als "limit" 1 bis 200 und als "cursor" den Wert "next" einer anderen Seite.',
    },
  }),
  'token-missing': row({
    example: {},
    en: {
      message: () => 'This request needs an access token.',
      next: () => 'Send one in the Authorization header.',
    },
    de: {
      message: () => 'Für diese Anfrage ist ein Zugriffstoken erforderlich.',
      next: () => 'Senden Sie eines im Header Authorization.',
    },
  }),
  'token-invalid': row({
    example: {},
    en: {
      message: () => 'The access token has expired or was revoked.',
      next: () => 'Sign in again.',
    },
    de: {
      message: () => 'Das Zugriffstoken ist abgelaufen oder wurde widerrufen.',
      next: () => 'Melden Sie sich erneut an.',
    },
  }),
  'not-a-member': row({
    example: { organization: 'acme' },
    en: {
      message: ({ organization }) => `You are not a member of ${organization}.`,
      next: () => 'Ask an owner of the organization to add you, or sign in with another account.',
    },
    de: {
      message: ({ organization }) => `Sie sind kein Mitglied von ${organization}.`,
      next: () =>
        'Bitten Sie einen Eigentümer der Organisation, Sie hinzuzufügen, oder melden Sie sich mit einem anderen Konto an.',
    },
  }),
  'not-an-owner': row({
    example: { organization: 'acme' },
    en: {
      message: ({ organization }) => `Only owners of ${organization} can do this.`,
      next: () => 'Sign in as an owner.',
    },
    de: {
      message: ({ organization }) => `Das können nur Eigentümer von ${organization}.`,
      next: () => 'Melden Sie sich als Eigentümer an.',
    },
  }),
  'too-many-streams': row({
    example: { limit: 32 },
    en: {
      message: ({ limit }) => `This user already has ${limit} event streams open.`,
      next: () => 'Close one, or try again in a minute.',
    },
    de: {
      message: ({ limit }) => `Dieser Benutzer hat bereits ${limit} Ereignisströme geöffnet.`,
      next: () => 'Schließen Sie einen, oder versuchen Sie es in einer Minute noch einmal.',
    },
  }),
  'if-match-required': row({
    example: {},
    en: {
      message: () => 'Saving settings requires an If-Match header.',
      next: () => "Get the settings first and send their ETag, so that you do not overwrite somebody else's changes.",
    },
    de: {
      message: () => 'Zum Speichern der Einstellungen ist der Header If-Match erforderlich.',
      next: () =>
        'Rufen Sie zuerst die Einstellungen ab und senden Sie deren ETag mit, damit Sie keine fremden Änderungen überschreiben.',
    },
  }),
  'revision-conflict': row({
    example: { organization: 'acme', revision: 8 },
    en: {
      message: ({ organization, revision }) =>
        `The settings of ${organization} have changed; they are now at revision ${revision}.`,
      next: () => 'Get the settings again and repeat your change.',
    },
    de: {
      message: ({ organization, revision }) =>
        `Die Einstellungen von ${organization} wurden geändert; aktuell ist Revision ${revision}.`,
      next: () => 'Rufen Sie die Einstellungen noch einmal ab, und wiederholen Sie Ihre Änderung.',
    },
  }),
  'key-invalid': row({
    example: {},
    en: {
      message: () => 'The request does not name a key.',
      next: () => 'Send {"kid":"…"}.',
    },
    de: {
      message: () => 'In der Anfrage fehlt der Schlüssel.',
      next: () => 'Senden Sie {"kid":"…"}.',
    },
  }),
  'key-not-announced': row({
    example: { organization: 'acme' },
    en: {
      message: ({ organization }) => `${organization} has not announced this key.`,
      next: () => 'Announce the key first, so that it can be pinned on every machine before it signs.',
    },
    de: {
      message: ({ organization }) => `${organization} hat diesen Schlüssel nicht angekündigt.`,
      next: () =>
        'Kündigen Sie den Schlüssel zuerst an, damit er auf jedem Rechner eingetragen ist, bevor mit ihm signiert wird.',
    },
  }),
  'settings-invalid': row({
    example: {},
    en: {
      message: () => 'The settings are not valid, and nothing was saved.',
      next: () => 'Fix the errors listed and save again.',
    },
    de: {
      message: () => 'Die Einstellungen sind ungültig; es wurde nichts gespeichert.',
      next: () => 'Beheben Sie die aufgeführten Fehler, und speichern Sie noch einmal.',
    },
  }),

  // Errors in the settings sent, each at its place.
  'settings-not-json': row({
    example: {},
    en: { message: () => 'The settings are not valid JSON.' },
    de: { message: () => 'Die Einstellungen sind kein gültiges JSON.' },
  }),
  'setting-invalid': row({
    example: {},
    en: { message: () => 'This value is not valid.' },
    de: { message: () => 'Dieser Wert ist ungültig.' },
  }),
  'registry-listed-twice': row({
    example: { address: 'ghcr.io' },
    en: {
      message: ({ address }) => `${address} is listed twice.`,
      next: () => 'Remove one of the two.',
    },
    de: {
      message: ({ address }) => `${address} ist zweimal aufgeführt.`,
      next: () => 'Entfernen Sie einen der beiden Einträge.',
    },
  }),
  'settings-too-large': row({
    example: { bytes: 300_000_000, limit: 268_435_456 },
    en: {
      message: ({ bytes, limit }) =>
        `The signed policy would have ${bytes} bytes, but clients accept no more than ${limit}.`,
      next: () => 'Remove registries from the list.',
    },
    de: {
      message: ({ bytes, limit }) =>
        `Die signierte Richtlinie hätte ${bytes} Byte, Clients akzeptieren jedoch höchstens ${limit}.`,
      next: () => 'Entfernen Sie Registries aus der Liste.',
    },
  }),
};

function englishDuration(seconds: number): string {
  if (seconds < 60) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? '1 minute' : `${minutes} minutes`;
}

function germanDuration(seconds: number): string {
  if (seconds < 60) return seconds === 1 ? '1 Sekunde' : `${seconds} Sekunden`;
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? '1 Minute' : `${minutes} Minuten`;
}
