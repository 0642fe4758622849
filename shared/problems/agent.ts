import { timeFormat } from '../messages/format.ts';
import { row } from './row.ts';

/** In UTC, which is the same for all who read the sentence. */
function exactTime(locale: string, at: number): string {
  return `${timeFormat(locale, 'UTC').exact(at)} UTC`;
}

export const agentProblems = {
  // The gateway, and what it was told.
  'gateway-away': row({
    example: {},
    en: {
      message: () => 'The filter (portcullis-gateway) is not responding.',
      next: () => 'Until it responds, all pulls fail. Find out why: portcullis gateway status',
    },
    de: {
      message: () => 'Der Filter (portcullis-gateway) antwortet nicht.',
      next: () => 'Bis er antwortet, schlagen alle Pulls fehl. Die Ursache zeigt: portcullis gateway status',
    },
  }),
  'gateway-not-understood': row({
    example: {},
    en: {
      message: () => 'The filter (portcullis-gateway) is too old or too new for this program.',
      next: () => 'Your administrator installs the same version of both.',
    },
    de: {
      message: () => 'Der Filter (portcullis-gateway) ist zu alt oder zu neu für dieses Programm.',
      next: () => 'Ihr Administrator installiert beide in derselben Version.',
    },
  }),
  'version-available': row({
    example: { version: '0.2.0', own: '0.1.0' },
    en: {
      message: ({ version, own }) => `Version ${version} is available. This is ${own}.`,
      next: () => 'Your administrator installs it. If that has been done, restart Portcullis.',
    },
    de: {
      message: ({ version, own }) => `Version ${version} ist verfügbar. Dies ist ${own}.`,
      next: () => 'Ihr Administrator installiert sie. Ist das geschehen, starten Sie Portcullis neu.',
    },
  }),
  'gateway-older': row({
    example: { version: '0.1.0', own: '0.2.0' },
    en: {
      message: ({ version, own }) => `The filter (portcullis-gateway) is version ${version}. This program is ${own}.`,
      next: () => 'Your administrator installs the same version of both.',
    },
    de: {
      message: ({ version, own }) =>
        `Der Filter (portcullis-gateway) hat die Version ${version}. Dieses Programm hat ${own}.`,
      next: () => 'Ihr Administrator installiert beide in derselben Version.',
    },
  }),
  'gateway-refused': row({
    example: {},
    en: {
      message: () => 'The filter did not accept the change.',
      next: () => 'Portcullis tries again automatically. If this continues, contact your administrator.',
    },
    de: {
      message: () => 'Der Filter hat die Änderung nicht angenommen.',
      next: () =>
        'Portcullis versucht es automatisch noch einmal. Wenn das so bleibt, wenden Sie sich an Ihren Administrator.',
    },
  }),
  'gateway-denies': row({
    example: {},
    en: {
      message: () => 'The filter blocks all pulls although there is a policy.',
      next: () => 'Run the checks. If this continues, contact your administrator.',
    },
    de: {
      message: () => 'Der Filter blockiert alle Pulls, obwohl es eine Richtlinie gibt.',
      next: () => 'Führen Sie die Prüfung aus. Wenn das so bleibt, wenden Sie sich an Ihren Administrator.',
    },
  }),
  'break-glass': row({
    example: { until: Date.UTC(2026, 10, 21, 14), reason: 'the policy server is down' },
    en: {
      message: ({ until, reason }) =>
        `Your administrator has lifted all restrictions until ${exactTime('en', until)}: ${reason}.`,
      next: () => 'Nothing to do. Restrictions return automatically.',
    },
    de: {
      message: ({ until, reason }) =>
        `Ihr Administrator hat alle Einschränkungen bis ${exactTime('de', until)} aufgehoben: ${reason}.`,
      next: () => 'Sie müssen nichts tun. Die Einschränkungen kehren automatisch zurück.',
    },
  }),
  'break-glass-unread': row({
    example: {},
    en: {
      message: () => 'Your administrator has lifted all restrictions for a limited time.',
      next: () => 'Nothing to do. Restrictions return automatically.',
    },
    de: {
      message: () => 'Ihr Administrator hat alle Einschränkungen für begrenzte Zeit aufgehoben.',
      next: () => 'Sie müssen nichts tun. Die Einschränkungen kehren automatisch zurück.',
    },
  }),

  // What a probe showed.
  'engine-not-attached': row({
    example: {},
    en: {
      message: () => 'The container engine bypasses the filter.',
      next: () => 'Tell your administrator that restrictions do not apply on this machine.',
    },
    de: {
      message: () => 'Die Container-Engine umgeht den Filter.',
      next: () => 'Teilen Sie Ihrem Administrator mit, dass die Einschränkungen auf diesem Rechner nicht gelten.',
    },
  }),
  'probe-passed': row({
    example: {},
    en: {
      message: () => 'The container engine reached a test name that must always be blocked.',
      next: () => 'Tell your administrator that restrictions do not apply on this machine.',
    },
    de: {
      message: () => 'Die Container-Engine hat einen Testnamen erreicht, der immer blockiert sein muss.',
      next: () => 'Teilen Sie Ihrem Administrator mit, dass die Einschränkungen auf diesem Rechner nicht gelten.',
    },
  }),
  'probe-not-seen': row({
    example: {},
    en: {
      message: () => 'Something other than the filter answered the container engine’s request for a test name.',
      next: () => 'Tell your administrator that the engine does not use the filter.',
    },
    de: {
      message: () =>
        'Nicht der Filter, sondern etwas anderes hat die Anfrage der Container-Engine nach einem Testnamen beantwortet.',
      next: () => 'Teilen Sie Ihrem Administrator mit, dass die Engine den Filter nicht verwendet.',
    },
  }),
  'probe-cut-off': row({
    example: {},
    en: {
      message: () => 'The network wall held: it stopped the container engine, which tried to go past the gateway.',
      next: () => 'Tell your administrator that the engine’s proxy or DNS settings have changed.',
    },
    de: {
      message: () =>
        'Die Netzwerksperre hat gehalten: Sie hat die Container-Engine gestoppt, die am Gateway vorbei wollte.',
      next: () =>
        'Teilen Sie Ihrem Administrator mit, dass sich die Proxy- oder DNS-Einstellung der Engine geändert hat.',
    },
  }),
  'probe-not-by-dns': row({
    example: {},
    en: {
      message: () => 'The test name did not pass through the DNS filter.',
      next: () => 'Portcullis checks again automatically. If this continues, contact your administrator.',
    },
    de: {
      message: () => 'Der Testname hat den DNS-Filter nicht durchlaufen.',
      next: () =>
        'Portcullis prüft es automatisch noch einmal. Wenn das so bleibt, wenden Sie sich an Ihren Administrator.',
    },
  }),
  'probe-not-by-proxy': row({
    example: {},
    en: {
      message: () => 'The test name did not pass through the registry proxy.',
      next: () => 'Portcullis checks again automatically. If this continues, contact your administrator.',
    },
    de: {
      message: () => 'Der Testname hat den Registry-Proxy nicht durchlaufen.',
      next: () =>
        'Portcullis prüft es automatisch noch einmal. Wenn das so bleibt, wenden Sie sich an Ihren Administrator.',
    },
  }),
  'probe-overtaken': row({
    example: {},
    en: {
      message: () => 'The rules changed during the check.',
      next: () => 'Portcullis checks again automatically.',
    },
    de: {
      message: () => 'Die Regeln haben sich während der Prüfung geändert.',
      next: () => 'Portcullis prüft sie automatisch noch einmal.',
    },
  }),

  // What is shown beside the state.
  'configuration-differs': row({
    example: {},
    en: {
      message: () => 'The filter reads a different managed configuration than Portcullis; the filter’s applies.',
      next: () => 'Restart this machine. If this continues, contact your administrator.',
    },
    de: {
      message: () =>
        'Der Filter liest eine andere verwaltete Konfiguration als Portcullis; maßgeblich ist die des Filters.',
      next: () => 'Starten Sie diesen Rechner neu. Wenn das so bleibt, wenden Sie sich an Ihren Administrator.',
    },
  }),
  'resolvers-silent': row({
    example: {},
    en: {
      message: () => 'No DNS server is responding, so pulls from allowed registries fail.',
      next: () => 'Check your network. If this continues, send these addresses to your administrator.',
    },
    de: {
      message: () => 'Kein DNS-Server antwortet, deshalb schlagen Pulls von zugelassenen Registries fehl.',
      next: () => 'Prüfen Sie Ihr Netzwerk. Wenn das so bleibt, teilen Sie diese Adressen Ihrem Administrator mit.',
    },
  }),
  'domain-resolvers-silent': row({
    example: { domain: 'corp.example' },
    en: {
      message: ({ domain }) => `No DNS server is responding for ${domain}, so pulls from registries there fail.`,
      next: () => 'Check your network or VPN. If this continues, send these addresses to your administrator.',
    },
    de: {
      message: ({ domain }) =>
        `Für ${domain} antwortet kein DNS-Server, deshalb schlagen Pulls von Registries dort fehl.`,
      next: () =>
        'Prüfen Sie Ihr Netzwerk oder VPN. Wenn das so bleibt, teilen Sie diese Adressen Ihrem Administrator mit.',
    },
  }),
  'clock-skew': row({
    example: { minutesBehind: 12 },
    en: {
      message: ({ minutesBehind }) =>
        minutesBehind > 0
          ? `The clock of this machine is ${minutesBehind} minutes behind the server's; valid policies may be rejected.`
          : `The clock of this machine is ${-minutesBehind} minutes ahead of the server's; valid policies may be rejected.`,
      next: () => 'Turn on automatic date and time.',
    },
    de: {
      message: ({ minutesBehind }) =>
        minutesBehind > 0
          ? `Die Uhr dieses Rechners geht gegenüber dem Server ${minutesBehind} Minuten nach; gültige Richtlinien können abgelehnt werden.`
          : `Die Uhr dieses Rechners geht gegenüber dem Server ${-minutesBehind} Minuten vor; gültige Richtlinien können abgelehnt werden.`,
      next: () => 'Schalten Sie die automatische Einstellung von Datum und Uhrzeit ein.',
    },
  }),
  'key-not-pinned': row({
    example: {},
    en: {
      message: () => 'The policy key was taken from the server at the first contact, and nobody has confirmed it.',
      next: () => 'Ask your administrator to pin it with "policyKeys" in portcullis.json.',
    },
    de: {
      message: () =>
        'Der Richtlinienschlüssel wurde beim ersten Kontakt vom Server übernommen, und niemand hat ihn bestätigt.',
      next: () => 'Bitten Sie Ihren Administrator, ihn mit "policyKeys" in portcullis.json festzulegen.',
    },
  }),
  'trial-configuration': row({
    example: {},
    en: {
      message: () => 'This demo reads its managed configuration from a local folder, not from the system locations.',
    },
    de: {
      message: () =>
        'Diese Demo liest ihre verwaltete Konfiguration aus einem lokalen Ordner, nicht von den Orten des Systems.',
    },
  }),

  // Preferences.
  'preference-locked': row({
    example: { setting: 'theme' },
    en: {
      message: ({ setting }) => `The setting "${setting}" is managed by your administrator.`,
      next: () => 'Ask your administrator to change it.',
    },
    de: {
      message: ({ setting }) => `Die Einstellung "${setting}" wird von Ihrem Administrator verwaltet.`,
      next: () => 'Bitten Sie Ihren Administrator, sie zu ändern.',
    },
  }),
  'login-item-unavailable': row({
    example: {},
    en: {
      message: () => 'Only an installed Portcullis can start at login. This one is not installed.',
      next: () => 'Install the package, then switch it on there.',
    },
    de: {
      message: () => 'Nur ein installiertes Portcullis kann beim Anmelden starten. Dieses ist nicht installiert.',
      next: () => 'Installieren Sie das Paket und schalten Sie es dort ein.',
    },
  }),
  'preference-unavailable': row({
    example: {},
    en: { message: () => 'This setting needs the tray app, which is not running here.' },
    de: { message: () => 'Diese Einstellung benötigt die Tray-App, die hier nicht läuft.' },
  }),
};
