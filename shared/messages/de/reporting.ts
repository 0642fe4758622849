import type { ReportingMessages } from '../en/reporting.ts';

/** Was an den Server der Organisation gesendet wird, auf Deutsch. */
export const reportingDe: ReportingMessages = {
  title: 'Was gesendet wird',
  to: (organization) => (organization === '' ? 'Berichte' : `Berichte an ${organization}`),
  level: {
    off: 'Aus: nichts wird gesendet',
    state: 'Stand der Durchsetzung',
    hosts: 'Stand der Durchsetzung und verwendete Registries',
  },
  decided: 'Das legt Ihr Administrator fest.',
  contents: {
    off: 'Dieser Rechner erscheint nicht in der Liste der Rechner.',
    state:
      'Was das Gateway durchsetzt, vom Gateway signiert. Keine Namen von Images, Registries, Dateien oder dieses Rechners.',
    hosts:
      'Was das Gateway durchsetzt, vom Gateway signiert, und die Registries, die Engines verwendet haben oder an denen sie blockiert wurden. ' +
      'Keine Namen von Images, Dateien oder dieses Rechners.',
  },
  identifier: 'Kennung',
  identifierHint: 'Nennen Sie sie dem Support: Damit findet er diesen Rechner in seiner Liste.',
  copyIdentifier: 'Kennung kopieren',
  lastSent: 'Zuletzt gesendet',
  never: 'noch nichts',
  sentAgo: (ago) => `gesendet ${ago}`,
  machine: (shortId) => `Kennung ${shortId}`,
  standing: 'Geführt als',
  state: {
    enforcing: 'Durchgesetzt',
    outdated: 'Veraltet',
    'not-enforcing': 'Nicht durchgesetzt',
    silent: 'Stumm',
    unverified: 'Nicht verifiziert',
  },
  show: 'Gesendetes anzeigen',
  showing: 'Wird geladen …',
  hide: 'Ausblenden',
  body: 'Gesendet, Byte für Byte',
  receipt: 'Der Nachweis darin, lesbar',
  notReadable: 'Der Nachweis ist nicht lesbar.',
  copyBody: 'Kopieren',
};
