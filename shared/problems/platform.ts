import { row } from './row.ts';

/** Network, files, processes and configuration: what every part of the product can meet. */
export const platformProblems = {
  offline: row({
    example: { server: 'hub.acme.example' },
    en: {
      message: ({ server }) => `The server ${server} could not be found. This machine appears to be offline.`,
      next: () => 'Connect to a network. Portcullis retries automatically.',
    },
    de: {
      message: ({ server }) =>
        `Der Server ${server} wurde nicht gefunden. Dieser Rechner scheint keine Netzwerkverbindung zu haben.`,
      next: () => 'Stellen Sie eine Netzwerkverbindung her. Portcullis versucht es automatisch erneut.',
    },
  }),
  'server-unreachable': row({
    example: { server: 'hub.acme.example' },
    en: {
      message: ({ server }) => `The server ${server} could not be reached.`,
      next: () => 'Portcullis retries automatically. If it keeps failing, contact your administrator.',
    },
    de: {
      message: ({ server }) => `Der Server ${server} ist nicht erreichbar.`,
      next: () =>
        'Portcullis versucht es automatisch erneut. Wenn es weiterhin nicht gelingt, wenden Sie sich an Ihren Administrator.',
    },
  }),
  'server-timeout': row({
    example: { server: 'hub.acme.example' },
    en: {
      message: ({ server }) => `The server ${server} did not respond in time.`,
      next: () => 'Portcullis retries automatically. If it keeps failing, contact your administrator.',
    },
    de: {
      message: ({ server }) => `Der Server ${server} hat nicht rechtzeitig geantwortet.`,
      next: () =>
        'Portcullis versucht es automatisch erneut. Wenn es weiterhin nicht gelingt, wenden Sie sich an Ihren Administrator.',
    },
  }),
  'server-error': row({
    example: { server: 'hub.acme.example' },
    en: {
      message: ({ server }) => `The server ${server} returned an error.`,
      next: () => 'Portcullis retries automatically. If it keeps failing, contact your administrator.',
    },
    de: {
      message: ({ server }) => `Der Server ${server} hat einen Fehler gemeldet.`,
      next: () =>
        'Portcullis versucht es automatisch erneut. Wenn es weiterhin nicht gelingt, wenden Sie sich an Ihren Administrator.',
    },
  }),
  'server-not-trusted': row({
    example: { server: 'hub.acme.example' },
    en: {
      message: ({ server }) => `The connection to the server ${server} is not trusted.`,
      next: () => "Check this machine's date, and ask your administrator whether your network inspects connections.",
    },
    de: {
      message: ({ server }) => `Die Verbindung zum Server ${server} ist nicht vertrauenswürdig.`,
      next: () =>
        'Prüfen Sie das Datum dieses Rechners, und fragen Sie Ihren Administrator, ob Ihr Netzwerk Verbindungen überprüft.',
    },
  }),
  'captive-portal': row({
    example: { server: 'hub.acme.example' },
    en: {
      message: ({ server }) => `Something else in the network answered instead of the server ${server}.`,
      next: () => 'Open any web page in your browser: this network may require you to sign in first.',
    },
    de: {
      message: ({ server }) => `Statt des Servers ${server} hat etwas anderes im Netzwerk geantwortet.`,
      next: () =>
        'Öffnen Sie eine beliebige Webseite in Ihrem Browser: Möglicherweise verlangt dieses Netzwerk zuerst eine Anmeldung.',
    },
  }),
  'too-large': row({
    example: {},
    en: {
      message: () => 'The response of the server is larger than allowed.',
      next: () => 'Contact your administrator.',
    },
    de: {
      message: () => 'Die Antwort des Servers ist größer als zulässig.',
      next: () => 'Wenden Sie sich an Ihren Administrator.',
    },
  }),
  'proxy-invalid': row({
    example: { variable: 'HTTPS_PROXY' },
    en: {
      message: ({ variable }) => `The proxy address in ${variable} is not valid, so it is not used.`,
      next: () => 'Set it to an address such as http://proxy.example:3128, or unset it; then restart.',
    },
    de: {
      message: ({ variable }) => `Die Proxy-Adresse in ${variable} ist ungültig und wird nicht verwendet.`,
      next: () =>
        'Setzen Sie sie auf eine Adresse wie http://proxy.example:3128, oder entfernen Sie sie; starten Sie danach neu.',
    },
  }),
  'bad-address': row({
    example: { address: '10.200.0.1' },
    en: {
      message: ({ address }) => `"${address}" is not an IP address with a port.`,
      next: () => 'Use the form 10.200.0.1:53 or [fd00::1]:53.',
    },
    de: {
      message: ({ address }) => `„${address}“ ist keine IP-Adresse mit Port.`,
      next: () => 'Verwenden Sie die Form 10.200.0.1:53 oder [fd00::1]:53.',
    },
  }),
  'config-not-found': row({
    example: { file: '/etc/portcullis/gateway.json', documentation: 'docs/gateway.md' },
    en: {
      message: ({ file }) => `There is no configuration file at ${file}.`,
      next: ({ documentation }) => `Use --config PATH. The settings are described in ${documentation}.`,
    },
    de: {
      message: ({ file }) => `Unter ${file} gibt es keine Konfigurationsdatei.`,
      next: ({ documentation }) => `Geben Sie sie mit --config PFAD an. ${documentation} beschreibt die Einstellungen.`,
    },
  }),
  'bad-config': row({
    example: { file: '/etc/portcullis/gateway.json', documentation: 'docs/gateway.md' },
    en: {
      message: ({ file }) => `The configuration file ${file} is not valid.`,
      next: ({ documentation }) => `Fix the file. The settings are described in ${documentation}.`,
    },
    de: {
      message: ({ file }) => `Die Konfigurationsdatei ${file} ist ungültig.`,
      next: ({ documentation }) => `Korrigieren Sie die Datei. ${documentation} beschreibt die Einstellungen.`,
    },
  }),
  'cannot-write': row({
    example: { path: '/home/mia/.local/share/portcullis' },
    en: {
      message: ({ path }) => `Could not write to ${path}.`,
      next: () => 'Check that the folder exists and belongs to you, and that the disk is not full. Then try again.',
    },
    de: {
      message: ({ path }) => `In ${path} konnte nicht geschrieben werden.`,
      next: () =>
        'Prüfen Sie, ob der Ordner vorhanden ist und Ihnen gehört und ob der Datenträger noch Platz hat. Versuchen Sie es dann erneut.',
    },
  }),
  'command-not-found': row({
    example: { command: 'dockerd' },
    en: {
      message: ({ command }) => `The command ${command} could not be started.`,
      next: () => 'Check that it is installed and that you may run it.',
    },
    de: {
      message: ({ command }) => `Der Befehl ${command} konnte nicht gestartet werden.`,
      next: () => 'Prüfen Sie, ob er installiert ist und ob Sie ihn ausführen dürfen.',
    },
  }),
  'command-failed': row({
    example: { command: 'ip link add pcvm200-7h type veth' },
    en: { message: ({ command }) => `The command "${command}" failed.` },
    de: { message: ({ command }) => `Der Befehl „${command}“ ist fehlgeschlagen.` },
  }),
  'internal-error': row({
    example: { call: 'program' },
    en: {
      message: ({ call }) => `The call "${call}" failed because of an internal error.`,
      next: () => 'Try again. If it happens again, send your administrator a report (portcullis report).',
    },
    de: {
      message: ({ call }) => `Der Aufruf „${call}“ ist wegen eines internen Fehlers fehlgeschlagen.`,
      next: () =>
        'Versuchen Sie es noch einmal. Tritt der Fehler wieder auf, senden Sie Ihrem Administrator einen Bericht (portcullis report).',
    },
  }),
  'invalid-params': row({
    example: { call: 'program' },
    en: { message: ({ call }) => `The parameters of the call "${call}" are not valid.` },
    de: { message: ({ call }) => `Die Parameter des Aufrufs „${call}“ sind ungültig.` },
  }),
  'control-closed': row({
    example: {},
    en: {
      message: () => 'The connection to the gateway was closed.',
      next: () => 'Check that the gateway is running (portcullis gateway status), then try again.',
    },
    de: {
      message: () => 'Die Verbindung zum Gateway wurde getrennt.',
      next: () => 'Prüfen Sie, ob das Gateway läuft (portcullis gateway status), und versuchen Sie es dann erneut.',
    },
  }),
  'control-error': row({
    example: {},
    en: {
      message: () => 'The gateway rejected a call.',
      next: () => 'Check that the gateway and this program have the same version.',
    },
    de: {
      message: () => 'Das Gateway hat einen Aufruf abgelehnt.',
      next: () => 'Prüfen Sie, ob das Gateway und dieses Programm dieselbe Version haben.',
    },
  }),
  'control-invalid': row({
    example: { call: 'status' },
    en: {
      message: ({ call }) => `The gateway's answer to "${call}" could not be understood.`,
      next: () => 'Check that the gateway and this program have the same version.',
    },
    de: {
      message: ({ call }) => `Die Antwort des Gateways auf „${call}“ ist nicht verständlich.`,
      next: () => 'Prüfen Sie, ob das Gateway und dieses Programm dieselbe Version haben.',
    },
  }),
};
