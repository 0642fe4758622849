import { row } from './row.ts';

export const cliProblems = {
  'signing-key-unusable': row({
    example: { file: 'signing.pem' },
    en: {
      message: ({ file }) => `${file} is not a key that can sign policies.`,
      next: () => 'Use an Ed25519 or P-256 key, as PEM or JWK: openssl genpkey -algorithm ed25519 -out FILE',
    },
    de: {
      message: ({ file }) => `${file} ist kein Schlüssel, der Richtlinien signieren kann.`,
      next: () =>
        'Verwenden Sie einen Schlüssel mit Ed25519 oder P-256, als PEM oder JWK: openssl genpkey -algorithm ed25519 -out DATEI',
    },
  }),
  'sign-command-failed': row({
    example: {},
    en: {
      message: () => 'The sign command did not answer a valid signature.',
      next: () => 'Run it by hand, and compare its key with --public-key. Nothing was written.',
    },
    de: {
      message: () => 'Der Befehl zum Signieren hat keine gültige Signatur geliefert.',
      next: () =>
        'Führen Sie ihn von Hand aus, und vergleichen Sie seinen Schlüssel mit --public-key. Es wurde nichts geschrieben.',
    },
  }),
  'policy-keys-unreadable': row({
    example: { file: 'portcullis.json' },
    en: {
      message: ({ file }) => `${file} contains no policy keys.`,
      next: () => 'Give a JWKS or a portcullis.json with "policyKeys".',
    },
    de: {
      message: ({ file }) => `${file} enthält keine Schlüssel für Richtlinien.`,
      next: () => 'Geben Sie ein JWKS an oder eine portcullis.json mit „policyKeys“.',
    },
  }),
  unexpected: row({
    example: {},
    en: {
      message: () => 'Portcullis hit an unexpected error.',
      next: () => 'Try again. If it happens again, send your administrator a report (portcullis report).',
    },
    de: {
      message: () => 'In Portcullis ist ein unerwarteter Fehler aufgetreten.',
      next: () =>
        'Versuchen Sie es noch einmal. Tritt er wieder auf, senden Sie Ihrem Administrator einen Bericht (portcullis report).',
    },
  }),

  // Calls to the gateway.
  'gateway-not-installed': row({
    example: {},
    en: {
      message: () => 'No gateway is installed on this machine.',
      next: () =>
        'Your administrator installs it as described in docs/admin-guide.md. To try Portcullis without it, in a checkout: npm start',
    },
    de: {
      message: () => 'Auf diesem Rechner ist kein Gateway installiert.',
      next: () =>
        'Ihr Administrator installiert es wie in docs/admin-guide.md beschrieben. Um Portcullis ohne Installation auszuprobieren, in einem Checkout: npm start',
    },
  }),
  'gateway-stopped': row({
    example: { command: 'sudo systemctl restart portcullis-gateway' },
    en: { message: () => 'The gateway is not running.', next: ({ command }) => `Start it: ${command}` },
    de: { message: () => 'Das Gateway läuft nicht.', next: ({ command }) => `Starten Sie es: ${command}` },
  }),
  'gateway-silent': row({
    example: { command: 'sudo systemctl kill --signal=KILL portcullis-gateway', keptBy: 'systemd' },
    en: {
      message: () => 'The gateway is running but does not respond.',
      next: ({ command, keptBy }) =>
        keptBy !== 'nobody'
          ? `End it; it is then restarted automatically: ${command}`
          : `End it, then start it again as before: ${command}`,
    },
    de: {
      message: () => 'Das Gateway läuft, antwortet aber nicht.',
      next: ({ command, keptBy }) =>
        keptBy !== 'nobody'
          ? `Beenden Sie es; es wird dann automatisch neu gestartet: ${command}`
          : `Beenden Sie es und starten Sie es dann wie zuvor: ${command}`,
    },
  }),
  'setup-elsewhere': row({
    example: {},
    en: {
      message: () => 'This step of the installer works only on Windows, with koffi.node beside the program.',
      next: () => 'Run the installer again.',
    },
    de: {
      message: () =>
        'Dieser Schritt des Installationsprogramms ist nur unter Windows möglich, mit koffi.node neben dem Programm.',
      next: () => 'Führen Sie das Installationsprogramm erneut aus.',
    },
  }),
  'setup-property': row({
    example: { property: 'ATTACH', value: 'yes' },
    en: {
      message: ({ property, value }) => `The property ${property} cannot be "${value}".`,
      next: () => 'See docs/install-windows.md for its values, and install again.',
    },
    de: {
      message: ({ property, value }) => `Die Eigenschaft ${property} darf nicht „${value}“ lauten.`,
      next: () => 'Die möglichen Werte stehen in docs/install-windows.md. Installieren Sie danach erneut.',
    },
  }),
  'setup-not-written': row({
    example: { what: 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Portcullis, hub' },
    en: {
      message: ({ what }) => `${what} could not be written as asked for.`,
      next: () => 'Check whether group policy or another program sets it, and install again.',
    },
    de: {
      message: ({ what }) => `${what} konnte nicht wie verlangt geschrieben werden.`,
      next: () =>
        'Prüfen Sie, ob eine Gruppenrichtlinie oder ein anderes Programm den Wert setzt, und installieren Sie erneut.',
    },
  }),
  'setup-admin-settings': row({
    example: { file: 'C:\\ProgramData\\DockerDesktop\\admin-settings.json' },
    en: {
      message: ({ file }) => `${file} is not a JSON object, so the proxy cannot be set in it.`,
      next: () => 'Correct the file, and install again.',
    },
    de: {
      message: ({ file }) => `${file} ist kein JSON-Objekt, daher lässt sich der Proxy dort nicht eintragen.`,
      next: () => 'Korrigieren Sie die Datei, und installieren Sie erneut.',
    },
  }),
  'setup-not-running': row({
    example: {},
    en: {
      message: () => 'The service PortcullisGateway is installed but does not run as it should.',
      next: () => 'Look for Portcullis in the event log Application, and install again.',
    },
    de: {
      message: () => 'Der Dienst PortcullisGateway ist installiert, läuft aber nicht wie vorgesehen.',
      next: () =>
        'Suchen Sie im Ereignisprotokoll „Anwendung“ nach der Quelle Portcullis, und installieren Sie erneut.',
    },
  }),
  'gateway-untrusted': row({
    example: { path: '/run/portcullis/control.sock' },
    en: {
      message: ({ path }) => `The gateway's socket ${path} belongs to another user and was not used.`,
      next: () => 'Tell your administrator: only root or you may own this socket.',
    },
    de: {
      message: ({ path }) => `Der Socket ${path} des Gateways gehört einem anderen Benutzer und wurde nicht verwendet.`,
      next: () => 'Informieren Sie Ihren Administrator: Dieser Socket darf nur root oder Ihnen gehören.',
    },
  }),
  'admin-only': row({
    example: {},
    en: {
      message: () => 'You do not have permission to use this socket of the gateway.',
      next: () => 'Run the command with sudo.',
    },
    de: {
      message: () => 'Sie haben keine Berechtigung für diesen Socket des Gateways.',
      next: () => 'Führen Sie den Befehl mit sudo aus.',
    },
  }),

  // An owner's commands to the hub.
  'hub-unknown': row({
    example: {},
    en: {
      message: () => 'No hub or organization is configured on this machine.',
      next: () => 'Use --hub URL and --org NAME.',
    },
    de: {
      message: () => 'Auf diesem Rechner ist kein Hub oder keine Organisation eingerichtet.',
      next: () => 'Geben Sie --hub URL und --org NAME an.',
    },
  }),
  'hub-url-invalid': row({
    example: { url: 'portcullis' },
    en: {
      message: ({ url }) => `Invalid hub URL: "${url}".`,
      next: () => 'Use a URL such as https://portcullis.example.com.',
    },
    de: {
      message: ({ url }) => `Ungültige Hub-URL: „${url}“.`,
      next: () => 'Geben Sie eine URL wie https://portcullis.example.com an.',
    },
  }),
  'hub-not-reached': row({
    example: { server: 'hub.acme.example' },
    en: {
      message: ({ server }) => `Could not connect to the server ${server}.`,
      next: () => 'Check its address and your network, then run the command again.',
    },
    de: {
      message: ({ server }) => `Es konnte keine Verbindung zum Server ${server} hergestellt werden.`,
      next: () => 'Prüfen Sie seine Adresse und Ihr Netzwerk, und führen Sie den Befehl dann erneut aus.',
    },
  }),
  'hub-refused': row({
    example: { server: 'hub.acme.example', status: 500 },
    en: {
      message: ({ server, status }) => `The hub ${server} rejected the request (HTTP ${status}).`,
      next: () => 'Check the hub URL, then run the command again.',
    },
    de: {
      message: ({ server, status }) => `Der Hub ${server} hat die Anfrage abgelehnt (HTTP ${status}).`,
      next: () => 'Prüfen Sie die Hub-URL, und führen Sie den Befehl dann erneut aus.',
    },
  }),
  'owner-sign-in-cancelled': row({
    example: {},
    en: {
      message: () => 'Sign-in was cancelled.',
      next: () => 'Run the command again when you are ready.',
    },
    de: {
      message: () => 'Die Anmeldung wurde abgebrochen.',
      next: () => 'Führen Sie den Befehl erneut aus, sobald Sie bereit sind.',
    },
  }),
  'owner-sign-in-timed-out': row({
    example: {},
    en: {
      message: () => 'Sign-in timed out.',
      next: () => 'Run the command again, and sign in before the code expires.',
    },
    de: {
      message: () => 'Die Zeit für die Anmeldung ist abgelaufen.',
      next: () => 'Führen Sie den Befehl erneut aus, und melden Sie sich an, bevor der Code abläuft.',
    },
  }),
  'owner-sign-in-failed': row({
    example: { server: 'hub.acme.example' },
    en: {
      message: ({ server }) => `You could not be signed in to ${server}.`,
      next: () => 'Check the hub URL, then run the command again.',
    },
    de: {
      message: ({ server }) => `Die Anmeldung bei ${server} ist fehlgeschlagen.`,
      next: () => 'Prüfen Sie die Hub-URL, und führen Sie den Befehl dann erneut aus.',
    },
  }),

  'addresses-unconfirmed': row({
    example: {},
    en: {
      message: () => 'Nothing was saved, because of what is said above.',
      next: () => 'Run the command again with --yes if that is what you want.',
    },
    de: {
      message: () => 'Wegen der Hinweise oben wurde nichts gespeichert.',
      next: () => 'Führen Sie den Befehl erneut mit --yes aus, wenn Sie das so wollen.',
    },
  }),

  // Files for administrators, and the report.
  'file-exists': row({
    example: { file: 'registry.json' },
    en: {
      message: ({ file }) => `${file} already exists.`,
      next: () => 'Use --force to replace it, or --out FILE to write another file.',
    },
    de: {
      message: ({ file }) => `${file} ist bereits vorhanden.`,
      next: () => 'Ersetzen Sie die Datei mit --force, oder geben Sie mit --out DATEI eine andere an.',
    },
  }),
  'report-exists': row({
    example: { file: 'report.json' },
    en: {
      message: ({ file }) => `${file} already exists and was not replaced.`,
      next: () => 'Use --out FILE to write another file.',
    },
    de: {
      message: ({ file }) => `${file} ist bereits vorhanden und wurde nicht ersetzt.`,
      next: () => 'Geben Sie mit --out DATEI eine andere Datei an.',
    },
  }),
  'output-not-written': row({
    example: { file: '/mnt/registry.json' },
    en: {
      message: ({ file }) => `Could not write ${file}.`,
      next: () => 'Use --out FILE to write to another folder.',
    },
    de: {
      message: ({ file }) => `${file} konnte nicht geschrieben werden.`,
      next: () => 'Geben Sie mit --out DATEI einen anderen Ordner an.',
    },
  }),
};
