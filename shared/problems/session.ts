import { organizationProblems } from './organizations.ts';
import { organizationsClaimProblems } from './organizations-claim.ts';
import { row } from './row.ts';

export const sessionProblems = {
  ...organizationProblems,
  ...organizationsClaimProblems,
  'account-unreadable': row({
    example: {},
    en: {
      message: () => 'The record of who is signed in cannot be read.',
      next: () => 'Sign in again.',
    },
    de: {
      message: () => 'Es lässt sich nicht lesen, wer angemeldet ist.',
      next: () => 'Melden Sie sich erneut an.',
    },
  }),
  'cannot-remove': row({
    example: { file: '/home/mia/.local/state/portcullis/account.json' },
    en: {
      message: ({ file }) => `${file} could not be deleted.`,
      next: () => 'Delete it manually; otherwise you will appear signed in after the next start.',
    },
    de: {
      message: ({ file }) => `${file} konnte nicht gelöscht werden.`,
      next: () => 'Löschen Sie die Datei von Hand; sonst gelten Sie nach dem nächsten Start wieder als angemeldet.',
    },
  }),
  'credential-corrupted': row({
    example: {},
    en: {
      message: () => 'The saved sign-in cannot be used.',
      next: () => 'Sign in again. Until then the last policy stays in force.',
    },
    de: {
      message: () => 'Die gespeicherte Anmeldung ist unbrauchbar.',
      next: () => 'Melden Sie sich erneut an. Bis dahin bleibt die letzte Richtlinie in Kraft.',
    },
  }),
  'credential-missing': row({
    example: {},
    en: {
      message: () => 'The saved sign-in is not in the keyring, or the keyring is locked.',
      next: () => 'Unlock the keyring or sign in again. Until then the last policy stays in force.',
    },
    de: {
      message: () => 'Die gespeicherte Anmeldung fehlt im Schlüsselbund, oder er ist gesperrt.',
      next: () =>
        'Entsperren Sie den Schlüsselbund, oder melden Sie sich erneut an. Bis dahin bleibt die letzte Richtlinie in Kraft.',
    },
  }),
  'device-sign-in-unsupported': row({
    example: { server: 'login.acme.example' },
    en: {
      message: ({ server }) => `The sign-in server ${server} does not offer sign-in with a device code.`,
      next: () =>
        'Sign in with a browser on this machine, or ask your administrator to enable the device flow (RFC 8628).',
    },
    de: {
      message: ({ server }) => `Der Anmeldeserver ${server} bietet keine Anmeldung mit Gerätecode an.`,
      next: () =>
        'Melden Sie sich mit einem Browser auf diesem Rechner an, oder bitten Sie Ihren Administrator, den Gerätecode-Ablauf (RFC 8628) einzuschalten.',
    },
  }),
  'hub-membership-unknown': row({
    example: { server: 'hub.acme.example' },
    en: {
      message: ({ server }) => `The server ${server} did not say which organizations you belong to.`,
      next: () => 'Ask your administrator to check the hub address.',
    },
    de: {
      message: ({ server }) => `Der Server ${server} hat nicht mitgeteilt, zu welchen Organisationen Sie gehören.`,
      next: () => 'Bitten Sie Ihren Administrator, die Adresse des Hubs zu prüfen.',
    },
  }),
  'keyring-hangs': row({
    example: {},
    en: {
      message: () => 'The keyring did not respond, so Portcullis quit without it.',
      next: () => 'The policy stays in force. Unlock or restart the keyring; you may have to sign in again.',
    },
    de: {
      message: () => 'Der Schlüsselbund hat nicht geantwortet; Portcullis wurde ohne ihn beendet.',
      next: () =>
        'Die Richtlinie bleibt in Kraft. Entsperren Sie den Schlüsselbund, oder starten Sie ihn neu; eventuell müssen Sie sich erneut anmelden.',
    },
  }),
  'keyring-locked': row({
    example: {},
    en: {
      message: () => 'The keyring on this machine is locked.',
      next: () => 'Unlock the keyring. Until then you have to sign in again after each restart.',
    },
    de: {
      message: () => 'Der Schlüsselbund dieses Rechners ist gesperrt.',
      next: () => 'Entsperren Sie den Schlüsselbund. Bis dahin müssen Sie sich nach jedem Neustart erneut anmelden.',
    },
  }),
  'no-id-token': row({
    example: {},
    en: {
      message: () => 'The sign-in server did not say who you are.',
      next: () => 'Ask your administrator to allow the scope openid for this client.',
    },
    de: {
      message: () => 'Der Anmeldeserver hat nicht mitgeteilt, wer Sie sind.',
      next: () => 'Bitten Sie Ihren Administrator, für diesen Client den Scope openid zuzulassen.',
    },
  }),
  'no-keyring': row({
    example: {},
    en: {
      message: () => 'This machine has no usable keyring.',
      next: () =>
        'Set up a keyring (on Linux: GNOME Keyring or KWallet). On a server, which has none, ask your administrator to set "signInStorage" to "file". Until then you have to sign in again after each restart.',
    },
    de: {
      message: () => 'Auf diesem Rechner gibt es keinen verwendbaren Schlüsselbund.',
      next: () =>
        'Richten Sie einen Schlüsselbund ein (unter Linux GNOME Keyring oder KWallet). Auf einem Server, der keinen hat, bitten Sie Ihren Administrator, "signInStorage" auf "file" zu setzen. Bis dahin müssen Sie sich nach jedem Neustart erneut anmelden.',
    },
  }),
  'sign-in-in-file': row({
    example: {},
    en: {
      message: () => 'Your sign-in is kept in a file, as your administrator decided.',
      next: () => 'Nothing to do. Signing out deletes it.',
    },
    de: {
      message: () => 'Ihre Anmeldung wird in einer Datei aufbewahrt, wie Ihr Administrator es festgelegt hat.',
      next: () => 'Sie müssen nichts tun. Beim Abmelden wird die Datei gelöscht.',
    },
  }),
  'issuer-differs': row({
    example: { expected: 'https://login.example/realms/acme', found: 'https://login.example/realms/acme/' },
    en: {
      message: ({ expected, found }) => `The sign-in server calls itself ${found}, but ${expected} is configured.`,
      next: ({ found }) => `Ask your administrator to set "issuer" to exactly ${found}, or to check the server.`,
    },
    de: {
      message: ({ expected, found }) => `Der Anmeldeserver nennt sich ${found}, konfiguriert ist aber ${expected}.`,
      next: ({ found }) =>
        `Bitten Sie Ihren Administrator, „issuer“ genau auf ${found} zu setzen oder den Server zu prüfen.`,
    },
  }),
  'no-loopback-port': row({
    example: {},
    en: {
      message: () => 'Portcullis could not open a port for the reply from your browser.',
      next: () => 'Sign in with a device code: portcullis sign-in --device.',
    },
    de: {
      message: () => 'Portcullis konnte keinen Port für die Antwort Ihres Browsers öffnen.',
      next: () => 'Melden Sie sich mit einem Gerätecode an: portcullis sign-in --device.',
    },
  }),
  'redirect-ports-taken': row({
    example: { ports: ['48400', '48401'] },
    en: {
      message: ({ ports }) => `Every port reserved for the reply from your browser is in use: ${ports.join(', ')}.`,
      next: () =>
        'Close the program that uses one of them, or ask your administrator to add a port to "redirectPorts" and at the sign-in server.',
    },
    de: {
      message: ({ ports }) =>
        `Alle für die Antwort Ihres Browsers reservierten Ports sind belegt: ${ports.join(', ')}.`,
      next: () =>
        'Beenden Sie das Programm, das einen davon verwendet, oder bitten Sie Ihren Administrator, in „redirectPorts“ und beim Anmeldeserver einen weiteren Port einzutragen.',
    },
  }),
  'no-refresh-token': row({
    example: {},
    en: {
      message: () => 'The sign-in server did not allow a lasting session.',
      next: () =>
        'Ask your administrator to allow the scope offline_access and the grant refresh_token for this client.',
    },
    de: {
      message: () => 'Der Anmeldeserver hat keine dauerhafte Sitzung zugelassen.',
      next: () =>
        'Bitten Sie Ihren Administrator, für diesen Client den Scope offline_access und den Grant refresh_token zuzulassen.',
    },
  }),
  'no-sign-in-server': row({
    example: {},
    en: {
      message: () => 'No sign-in server is configured.',
      next: () => "Enter the address of your organization's server, or ask your administrator.",
    },
    de: {
      message: () => 'Es ist kein Anmeldeserver konfiguriert.',
      next: () => 'Geben Sie die Adresse des Servers Ihrer Organisation ein, oder fragen Sie Ihren Administrator.',
    },
  }),
  'not-asked-yet': row({
    example: {},
    en: {
      message: () => 'The sign-in server has not answered yet.',
      next: () => 'Wait a moment. Portcullis keeps trying.',
    },
    de: {
      message: () => 'Der Anmeldeserver hat noch nicht geantwortet.',
      next: () => 'Warten Sie einen Moment. Portcullis versucht es weiter.',
    },
  }),
  'other-user': row({
    example: {},
    en: {
      message: () => 'The sign-in server returned the session of another user.',
      next: () => 'Sign out and sign in again. If it happens again, tell your administrator.',
    },
    de: {
      message: () => 'Der Anmeldeserver hat die Sitzung eines anderen Benutzers zurückgegeben.',
      next: () => 'Melden Sie sich ab und wieder an. Tritt das erneut auf, informieren Sie Ihren Administrator.',
    },
  }),
  'server-answer-invalid': row({
    example: { server: 'login.acme.example' },
    en: {
      message: ({ server }) => `The server ${server} returned an answer that Portcullis does not understand.`,
      next: () => 'Ask your administrator to check the address of the sign-in server.',
    },
    de: {
      message: ({ server }) => `Der Server ${server} hat eine Antwort gegeben, die Portcullis nicht versteht.`,
      next: () => 'Bitten Sie Ihren Administrator, die Adresse des Anmeldeservers zu prüfen.',
    },
  }),
  'server-unauthorized': row({
    example: { server: 'login.acme.example' },
    en: {
      message: ({ server }) => `The server ${server} did not accept your sign-in.`,
      next: () => 'Portcullis keeps trying. If it does not recover, sign in again.',
    },
    de: {
      message: ({ server }) => `Der Server ${server} hat Ihre Anmeldung nicht akzeptiert.`,
      next: () => 'Portcullis versucht es weiter. Gelingt es nicht, melden Sie sich erneut an.',
    },
  }),
  'session-ended': row({
    example: { server: 'login.acme.example' },
    en: {
      message: ({ server }) => `The sign-in server ${server} ended your session.`,
      next: () => 'Sign in again.',
    },
    de: {
      message: ({ server }) => `Der Anmeldeserver ${server} hat Ihre Sitzung beendet.`,
      next: () => 'Melden Sie sich erneut an.',
    },
  }),
  'sign-in-not-renewed': row({
    example: { server: 'login.acme.example' },
    en: {
      message: ({ server }) => `The sign-in server ${server} did not renew your sign-in.`,
      next: () => 'Sign in again. Until then Portcullis keeps trying.',
    },
    de: {
      message: ({ server }) => `Der Anmeldeserver ${server} hat Ihre Anmeldung nicht verlängert.`,
      next: () => 'Melden Sie sich erneut an. Bis dahin versucht Portcullis es weiter.',
    },
  }),
  'session-failed': row({
    example: {},
    en: {
      message: () => 'Your session could not be renewed.',
      next: () => 'Portcullis keeps trying. If it does not recover, sign in again.',
    },
    de: {
      message: () => 'Ihre Sitzung konnte nicht verlängert werden.',
      next: () => 'Portcullis versucht es weiter. Gelingt es nicht, melden Sie sich erneut an.',
    },
  }),
  'no-sign-in': row({
    example: {},
    en: { message: () => 'No sign-in is in progress.', next: () => 'Sign in.' },
    de: { message: () => 'Zurzeit läuft keine Anmeldung.', next: () => 'Melden Sie sich an.' },
  }),
  'sign-in-cancelled': row({
    example: {},
    en: {
      message: () => 'Sign-in was cancelled.',
      next: () => 'Sign in again when you are ready.',
    },
    de: {
      message: () => 'Die Anmeldung wurde abgebrochen.',
      next: () => 'Melden Sie sich an, sobald Sie bereit sind.',
    },
  }),
  'sign-in-clock': row({
    example: { server: 'login.acme.example' },
    en: {
      message: ({ server }) => `The clocks of this machine and of ${server} differ too much to sign in.`,
      next: () => 'Let this machine set its date and time automatically, then sign in again.',
    },
    de: {
      message: ({ server }) =>
        `Die Uhren dieses Rechners und von ${server} weichen zu stark voneinander ab, um sich anzumelden.`,
      next: () =>
        'Lassen Sie Datum und Uhrzeit dieses Rechners automatisch stellen, und melden Sie sich dann erneut an.',
    },
  }),
  'sign-in-failed': row({
    example: {},
    en: {
      message: () => 'You could not be signed in.',
      next: () => 'Try again. If it happens again, send your administrator or support a report (portcullis report).',
    },
    de: {
      message: () => 'Die Anmeldung ist fehlgeschlagen.',
      next: () =>
        'Versuchen Sie es noch einmal. Tritt der Fehler wieder auf, senden Sie Ihrem Administrator oder dem Support einen Bericht (portcullis report).',
    },
  }),
  'sign-in-not-kept': row({
    example: {},
    en: {
      message: () => 'Your sign-in could not be saved on this machine.',
      next: () => 'Check that the disk is not full, then sign in again.',
    },
    de: {
      message: () => 'Ihre Anmeldung konnte auf diesem Rechner nicht gespeichert werden.',
      next: () => 'Prüfen Sie, ob die Festplatte voll ist, und melden Sie sich dann erneut an.',
    },
  }),
  'sign-in-refused': row({
    example: { server: 'login.acme.example' },
    en: {
      message: ({ server }) => `The sign-in server ${server} rejected the request.`,
      next: () =>
        'Try again. If it happens again, ask your administrator to check how this client is registered there.',
    },
    de: {
      message: ({ server }) => `Der Anmeldeserver ${server} hat die Anfrage abgelehnt.`,
      next: () =>
        'Versuchen Sie es noch einmal. Tritt der Fehler wieder auf, bitten Sie Ihren Administrator zu prüfen, wie dieser Client dort registriert ist.',
    },
  }),
  'other-sign-in-server': row({
    example: { server: 'https://hub.acme.exmaple' },
    en: {
      message: ({ server }) => `This machine is now set to sign in at ${server}.`,
      next: () => 'Sign in again. If this is a mistake, your session continues once your administrator corrects it.',
    },
    de: {
      message: ({ server }) => `Dieser Rechner ist jetzt auf die Anmeldung bei ${server} eingestellt.`,
      next: () =>
        'Melden Sie sich erneut an. Ist das ein Versehen, geht Ihre Sitzung weiter, sobald Ihr Administrator es berichtigt.',
    },
  }),
  'sign-in-server-changed': row({
    example: {},
    en: {
      message: () => 'The sign-in server has changed.',
      next: () => 'Sign in again.',
    },
    de: {
      message: () => 'Der Anmeldeserver wurde geändert.',
      next: () => 'Melden Sie sich erneut an.',
    },
  }),
  'sign-in-timed-out': row({
    example: {},
    en: {
      message: () => 'Sign-in timed out.',
      next: () => 'Sign in again and finish in your browser within five minutes.',
    },
    de: {
      message: () => 'Die Zeit für die Anmeldung ist abgelaufen.',
      next: () =>
        'Melden Sie sich erneut an, und schließen Sie die Anmeldung im Browser innerhalb von fünf Minuten ab.',
    },
  }),
  'signed-out': row({
    example: {},
    en: { message: () => 'You are not signed in.', next: () => 'Sign in.' },
    de: { message: () => 'Sie sind nicht angemeldet.', next: () => 'Melden Sie sich an.' },
  }),
  'not-revoked': row({
    example: {},
    en: {
      message: () => 'The session could not be ended at the sign-in server.',
      next: () => 'You are signed out on this machine. The session ends at the server when it expires.',
    },
    de: {
      message: () => 'Die Sitzung konnte beim Anmeldeserver nicht beendet werden.',
      next: () => 'Auf diesem Rechner sind Sie abgemeldet. Beim Server endet die Sitzung, wenn sie abläuft.',
    },
  }),
};
