import { row } from './row.ts';

/** What the hub answers about requests for registries. */
export const hubRequestProblems = {
  'request-invalid': row({
    example: {},
    en: {
      message: () => 'This request is not valid, and was not sent.',
      next: () => 'Give one host and at most 500 characters as the reason, without control characters.',
    },
    de: {
      message: () => 'Diese Anfrage ist ungültig und wurde nicht gesendet.',
      next: () => 'Nennen Sie einen Host und als Begründung höchstens 500 Zeichen ohne Steuerzeichen.',
    },
  }),
  'request-host-invalid': row({
    example: {},
    en: {
      message: () => 'This is not the host of a registry.',
      next: () => 'Use a host such as gcr.io, with a port if it has one of its own: registry.example:5000.',
    },
    de: {
      message: () => 'Das ist nicht der Host einer Registry.',
      next: () =>
        'Verwenden Sie einen Host wie gcr.io, mit Port, falls die Registry einen eigenen hat: registry.example:5000.',
    },
  }),
  'request-already-allowed': row({
    example: { host: 'pkg-containers.githubusercontent.com', by: 'ghcr.io' },
    en: {
      message: ({ host, by }) => (host === by ? `${host} is allowed already.` : `${by} already allows ${host}.`),
      next: () => 'Sync Portcullis, then try the pull again.',
    },
    de: {
      message: ({ host, by }) => (host === by ? `${host} ist bereits zugelassen.` : `${by} lässt ${host} bereits zu.`),
      next: () => 'Gleichen Sie Portcullis ab, und versuchen Sie den Pull noch einmal.',
    },
  }),
  'requests-off': row({
    example: { organization: 'acme' },
    en: {
      message: ({ organization }) => `${organization} takes no requests for registries here.`,
      next: () => 'Ask your administrator. An owner can switch requests on under Registry Access.',
    },
    de: {
      message: ({ organization }) => `${organization} nimmt hier keine Anfragen nach Registries an.`,
      next: () =>
        'Wenden Sie sich an Ihren Administrator. Ein Eigentümer kann Anfragen unter Registry-Zugriff einschalten.',
    },
  }),
  'requests-too-many-open': row({
    example: { limit: 20 },
    en: {
      message: ({ limit }) => `You have ${limit} open requests, the most there can be.`,
      next: () => 'Withdraw one, or wait until one is decided.',
    },
    de: {
      message: ({ limit }) => `Sie haben ${limit} offene Anfragen; mehr sind nicht möglich.`,
      next: () => 'Ziehen Sie eine zurück, oder warten Sie, bis über eine entschieden ist.',
    },
  }),
  'requests-too-many-today': row({
    example: { limit: 60 },
    en: {
      message: ({ limit }) => `You have sent ${limit} requests within 24 hours, the most there can be.`,
      next: () => 'Try again later.',
    },
    de: {
      message: ({ limit }) => `Sie haben in 24 Stunden ${limit} Anfragen gesendet; mehr sind nicht möglich.`,
      next: () => 'Versuchen Sie es später noch einmal.',
    },
  }),
  'request-unknown': row({
    example: {},
    en: {
      message: () => 'You have no such open request.',
      next: () => 'It may have been decided meanwhile: look at your requests again.',
    },
    de: {
      message: () => 'Eine solche offene Anfrage haben Sie nicht.',
      next: () => 'Vielleicht ist inzwischen über sie entschieden: Sehen Sie sich Ihre Anfragen noch einmal an.',
    },
  }),
  'requests-decided-meanwhile': row({
    example: { host: 'gcr.io' },
    en: {
      message: ({ host }) => `There is no open request for ${host} any more.`,
      next: () => 'Somebody else decided, or the requests were withdrawn. Refresh the list.',
    },
    de: {
      message: ({ host }) => `Für ${host} gibt es keine offene Anfrage mehr.`,
      next: () => 'Jemand anders hat entschieden, oder die Anfragen wurden zurückgezogen. Laden Sie die Liste neu.',
    },
  }),
  'request-decision-invalid': row({
    example: {},
    en: {
      message: () => 'This decision is not valid, and nothing was saved.',
      next: () => 'Fix the errors listed, then decide again.',
    },
    de: {
      message: () => 'Diese Entscheidung ist ungültig; es wurde nichts gespeichert.',
      next: () => 'Beheben Sie die aufgeführten Fehler, und entscheiden Sie noch einmal.',
    },
  }),
  'request-not-covered': row({
    example: { host: 'gcr.io', addresses: ['eu.gcr.io'] },
    en: {
      message: ({ host, addresses }) => `With ${addresses.join(', ')}, ${host} would still be blocked.`,
      next: ({ host }) => `Choose ${host}, or an address that covers it.`,
    },
    de: {
      message: ({ host, addresses }) => `Mit ${addresses.join(', ')} bliebe ${host} blockiert.`,
      next: ({ host }) => `Wählen Sie ${host} oder eine Adresse, die den Host einschließt.`,
    },
  }),
  'request-needs-address': row({
    example: { host: 'storage.googleapis.com', addresses: ['storage.googleapis.com'] },
    en: {
      message: ({ host }) => `${host} is not allowed without a second look: it is broad, or may not be what was meant.`,
      next: ({ addresses }) => `Name what to allow, with --address: ${addresses.join(', ')}.`,
    },
    de: {
      message: ({ host }) =>
        `${host} wird nicht ohne einen zweiten Blick zugelassen: Der Host ist weit gefasst oder vielleicht nicht der gemeinte.`,
      next: ({ addresses }) => `Geben Sie mit --address an, was zuzulassen ist: ${addresses.join(', ')}.`,
    },
  }),
};
