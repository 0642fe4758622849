import { row } from './row.ts';

/** What the hub says about webhooks and their deliveries. */
export const hubWebhookProblems = {
  'webhook-invalid': row({
    example: {},
    en: {
      message: () => 'These details of a webhook are not valid, and nothing was saved.',
      next: () => 'Give a name of one line, an https address and at least one event.',
    },
    de: {
      message: () => 'Diese Angaben zu einem Webhook sind ungültig; es wurde nichts gespeichert.',
      next: () => 'Geben Sie einen einzeiligen Namen, eine https-Adresse und mindestens ein Ereignis an.',
    },
  }),
  'webhook-url-invalid': row({
    example: {},
    en: {
      message: () => 'A webhook needs an https address without a user name, a password or a fragment.',
      next: () => 'Use an address such as https://hooks.example.com/portcullis.',
    },
    de: {
      message: () => 'Ein Webhook braucht eine https-Adresse ohne Benutzername, Passwort und Fragment.',
      next: () => 'Verwenden Sie eine Adresse wie https://hooks.example.com/portcullis.',
    },
  }),
  'webhook-unknown': row({
    example: {},
    en: { message: () => 'There is no such webhook.', next: () => 'Refresh the list: it may have been deleted.' },
    de: {
      message: () => 'Diesen Webhook gibt es nicht.',
      next: () => 'Laden Sie die Liste neu: Vielleicht wurde er gelöscht.',
    },
  }),
  'webhooks-too-many': row({
    example: { limit: 20 },
    en: {
      message: ({ limit }) => `An organization can have at most ${limit} webhooks.`,
      next: () => 'Delete one that is no longer used.',
    },
    de: {
      message: ({ limit }) => `Eine Organisation kann höchstens ${limit} Webhooks haben.`,
      next: () => 'Löschen Sie einen, der nicht mehr verwendet wird.',
    },
  }),
  'webhook-address-not-public': row({
    example: { host: 'hooks.acme.example' },
    en: {
      message: ({ host }) => `${host} leads to an address that is not on the public internet.`,
      next: () => 'Use a public address, or have the network allowed in hub.json (webhooks.allowedNetworks).',
    },
    de: {
      message: ({ host }) => `${host} führt zu einer Adresse, die nicht im öffentlichen Internet liegt.`,
      next: () =>
        'Verwenden Sie eine öffentliche Adresse, oder lassen Sie das Netz in hub.json erlauben (webhooks.allowedNetworks).',
    },
  }),
  'webhook-unreachable': row({
    example: { host: 'hooks.acme.example' },
    en: {
      message: ({ host }) => `${host} could not be reached.`,
      next: () => 'Check the address, its certificate and whether the hub may connect there.',
    },
    de: {
      message: ({ host }) => `${host} war nicht erreichbar.`,
      next: () => 'Prüfen Sie die Adresse, ihr Zertifikat und ob der Hub sich dorthin verbinden darf.',
    },
  }),
  'webhook-proxy-failed': row({
    example: { host: 'hooks.acme.example' },
    en: {
      message: ({ host }) => `The hub's proxy opened no connection to ${host}.`,
      next: () =>
        'Check the address. Whoever runs the hub can allow it at the proxy, and check HTTPS_PROXY and its password.',
    },
    de: {
      message: ({ host }) => `Der Proxy des Hubs hat keine Verbindung zu ${host} geöffnet.`,
      next: () =>
        'Prüfen Sie die Adresse. Der Betreiber des Hubs kann sie im Proxy zulassen und HTTPS_PROXY samt Passwort prüfen.',
    },
  }),
  'webhook-too-slow': row({
    example: { host: 'hooks.acme.example', seconds: 10 },
    en: {
      message: ({ host, seconds }) => `${host} did not answer within ${seconds} seconds.`,
      next: () => 'Have the receiver answer first, and do its work afterwards.',
    },
    de: {
      message: ({ host, seconds }) => `${host} hat nicht innerhalb von ${seconds} Sekunden geantwortet.`,
      next: () => 'Der Empfänger sollte zuerst antworten und seine Arbeit danach erledigen.',
    },
  }),
  'webhook-redirected': row({
    example: { host: 'hooks.acme.example', status: 302 },
    en: {
      message: ({ host, status }) => `${host} redirected the delivery (${status}), which is not followed.`,
      next: () => 'Enter the final address.',
    },
    de: {
      message: ({ host, status }) =>
        `${host} hat die Zustellung umgeleitet (${status}); Umleitungen wird nicht gefolgt.`,
      next: () => 'Geben Sie die endgültige Adresse ein.',
    },
  }),
  'webhook-answered': row({
    example: { host: 'hooks.acme.example', status: 500 },
    en: {
      message: ({ host, status }) => `${host} answered with status ${status}.`,
      next: () => 'Look into the log of the receiver.',
    },
    de: {
      message: ({ host, status }) => `${host} hat mit Status ${status} geantwortet.`,
      next: () => 'Sehen Sie im Protokoll des Empfängers nach.',
    },
  }),
  'webhook-queue-full': row({
    example: { limit: 1000 },
    en: {
      message: ({ limit }) => `${limit} deliveries of this webhook are waiting already, so this event was dropped.`,
      next: () => 'Repair the receiver, or switch the webhook off.',
    },
    de: {
      message: ({ limit }) =>
        `Für diesen Webhook warten bereits ${limit} Zustellungen; dieses Ereignis wurde verworfen.`,
      next: () => 'Bringen Sie den Empfänger in Ordnung, oder schalten Sie den Webhook aus.',
    },
  }),
};
