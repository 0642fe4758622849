import { row } from './row.ts';

/** What goes wrong with the identity of a gateway, and with the receipts that it signs. */
export const receiptProblems = {
  'identity-damaged': row({
    example: { file: '/var/lib/portcullis/identity.json' },
    en: {
      message: ({ file }) => `${file} cannot be used, so this gateway cannot prove what it enforces.`,
      next: ({ file }) => `As root, delete ${file} and restart the gateway. Then enrol this machine again.`,
    },
    de: {
      message: ({ file }) =>
        `${file} ist nicht verwendbar; dieses Gateway kann nicht nachweisen, welche Richtlinie es durchsetzt.`,
      next: ({ file }) =>
        `Löschen Sie ${file} als root und starten Sie das Gateway neu. Registrieren Sie den Rechner dann erneut.`,
    },
  }),
  'identity-copied': row({
    example: {},
    en: {
      message: () => 'The state of this gateway was copied from another machine, so it was given a new identity.',
      next: () => 'Enrol this machine with its new thumbprint: portcullis gateway identity',
    },
    de: {
      message: () =>
        'Der Zustand dieses Gateways wurde von einem anderen Rechner kopiert; es hat daher eine neue Identität erhalten.',
      next: () => 'Registrieren Sie den Rechner mit dem neuen Fingerabdruck: portcullis gateway identity',
    },
  }),
  'receipt-invalid': row({
    example: {},
    en: {
      message: () => 'The receipt was not signed by a gateway of this version, or was changed on its way.',
      next: () => 'Update the gateway on that machine.',
    },
    de: {
      message: () => 'Der Nachweis stammt nicht von einem Gateway dieser Version oder wurde unterwegs verändert.',
      next: () => 'Aktualisieren Sie das Gateway auf diesem Rechner.',
    },
  }),
  'receipt-other-hub': row({
    example: {},
    en: {
      message: () => 'The receipt is for another server.',
      next: () => 'Check "hub" in the managed configuration of that machine.',
    },
    de: {
      message: () => 'Der Nachweis gilt für einen anderen Server.',
      next: () => 'Prüfen Sie „hub“ in der verwalteten Konfiguration des Rechners.',
    },
  }),
  'receipt-other-organization': row({
    example: { organization: 'globex' },
    en: {
      message: ({ organization }) => `The receipt is for ${organization}.`,
      next: () => 'Switch to that organization in the panel, or sign in as one of its members.',
    },
    de: {
      message: ({ organization }) => `Der Nachweis gilt für ${organization}.`,
      next: () => 'Wechseln Sie im Panel zu dieser Organisation oder melden Sie sich als eines ihrer Mitglieder an.',
    },
  }),
  'receipt-clock-wrong': row({
    example: { minutes: -12 },
    en: {
      message: ({ minutes }) =>
        `The clock of that machine is ${Math.abs(minutes)} minutes ${minutes < 0 ? 'behind' : 'ahead'}.`,
      next: () => 'Set its clock, and turn on time synchronization.',
    },
    de: {
      message: ({ minutes }) =>
        `Die Uhr dieses Rechners geht ${Math.abs(minutes)} Minuten ${minutes < 0 ? 'nach' : 'vor'}.`,
      next: () => 'Stellen Sie die Uhr und schalten Sie die Zeitsynchronisierung ein.',
    },
  }),
  'enrolment-code-invalid': row({
    example: {},
    en: {
      message: () => 'This is not an enrolment code.',
      next: () => 'Copy the whole code: five groups of five characters, XXXXX-XXXXX-XXXXX-XXXXX-XXXXX.',
    },
    de: {
      message: () => 'Das ist kein Registrierungscode.',
      next: () => 'Kopieren Sie den ganzen Code: fünf Gruppen mit je fünf Zeichen, XXXXX-XXXXX-XXXXX-XXXXX-XXXXX.',
    },
  }),
  'enrolment-code-exposed': row({
    example: { file: '/etc/portcullis/enrolment-code' },
    en: {
      message: ({ file }) => `Other users of this machine could have read the enrolment code in ${file}.`,
      next: ({ file }) => `Create another code, and write it with mode 0600: chmod 600 ${file}`,
    },
    de: {
      message: ({ file }) => `Andere Benutzer dieses Rechners konnten den Registrierungscode in ${file} lesen.`,
      next: ({ file }) => `Erstellen Sie einen neuen Code und schreiben Sie ihn mit Modus 0600: chmod 600 ${file}`,
    },
  }),
  'enrolment-code-missing': row({
    example: { file: '/etc/portcullis/enrolment-code' },
    en: {
      message: ({ file }) => `There is no enrolment code in ${file}.`,
      next: () => 'Create one on the server: portcullis hub machines codes. Write it to this file, mode 0600.',
    },
    de: {
      message: ({ file }) => `In ${file} liegt kein Registrierungscode.`,
      next: () =>
        'Erstellen Sie einen auf dem Server: portcullis hub machines codes. Schreiben Sie ihn in diese Datei, Modus 0600.',
    },
  }),
  'report-failed': row({
    example: {},
    en: {
      message: () => 'The report could not be sent because of an internal error.',
      next: () => 'It is sent with the next sync. If this happens again, send a report to support.',
    },
    de: {
      message: () => 'Der Bericht konnte wegen eines internen Fehlers nicht gesendet werden.',
      next: () =>
        'Er wird beim nächsten Abgleich gesendet. Tritt der Fehler wieder auf, senden Sie dem Support einen Bericht.',
    },
  }),
  'report-none': row({
    example: {},
    en: {
      message: () => 'Nothing has been sent from this machine as you.',
      next: () => 'portcullis status shows whether reports are on.',
    },
    de: {
      message: () => 'Von diesem Rechner wurde unter Ihrer Anmeldung nichts gesendet.',
      next: () => 'Ob Berichte eingeschaltet sind, zeigt: portcullis status',
    },
  }),
  'reports-unknown-to-server': row({
    example: {},
    en: {
      message: () => 'Your server does not accept reports yet, so nothing is sent.',
      next: () => 'Nothing to do. Once the server is updated, reports start within a day.',
    },
    de: {
      message: () => 'Ihr Server nimmt noch keine Berichte an; es wird nichts gesendet.',
      next: () =>
        'Sie müssen nichts tun. Nach einer Aktualisierung des Servers beginnen die Berichte binnen eines Tages.',
    },
  }),
  'receipt-no-identity': row({
    example: {},
    en: {
      message: () => 'This gateway has no identity, so it cannot sign a receipt.',
      next: () => 'Run portcullis gateway status to see why.',
    },
    de: {
      message: () => 'Dieses Gateway hat keine Identität und kann keinen Nachweis signieren.',
      next: () => 'Der Grund steht in der Ausgabe von: portcullis gateway status',
    },
  }),
  'receipt-too-often': row({
    example: {},
    en: {
      message: () => 'Too many receipts were requested from this gateway.',
      next: () => 'Portcullis tries again in a minute.',
    },
    de: {
      message: () => 'Von diesem Gateway wurden zu viele Nachweise angefordert.',
      next: () => 'Portcullis versucht es in einer Minute erneut.',
    },
  }),
};
