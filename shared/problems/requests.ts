import { row } from './row.ts';

const askEn = (contact: string): string =>
  contact === '' ? 'Ask your administrator instead.' : `Ask ${contact} instead.`;
const askDe = (contact: string): string =>
  contact === '' ? 'Wenden Sie sich an Ihren Administrator.' : `Wenden Sie sich an ${contact}.`;

/** Requesting access from the developer's machine. What the hub answers has rows of its own. */
export const requestProblems = {
  'request-needs-sign-in': row({
    example: {},
    en: {
      message: () => 'You are not signed in, so Portcullis cannot tell who requests access.',
      next: () => 'Sign in, then request access again.',
    },
    de: {
      message: () => 'Sie sind nicht angemeldet, deshalb weiß Portcullis nicht, wer den Zugriff anfragt.',
      next: () => 'Melden Sie sich an und fragen Sie dann erneut an.',
    },
  }),
  'request-no-policy': row({
    example: { organization: 'acme' },
    en: {
      message: ({ organization }) => `No policy of ${organization} has arrived yet, so there is nothing to request.`,
      next: () => 'Sync, then try again.',
    },
    de: {
      message: ({ organization }) =>
        `Es ist noch keine Richtlinie von ${organization} eingetroffen, deshalb gibt es nichts anzufragen.`,
      next: () => 'Synchronisieren Sie und versuchen Sie es dann erneut.',
    },
  }),
  'requests-not-offered': row({
    example: { organization: 'acme', contact: 'platform@acme.example' },
    en: {
      message: ({ organization }) => `${organization} does not take requests through Portcullis.`,
      next: ({ contact }) => askEn(contact),
    },
    de: {
      message: ({ organization }) => `${organization} nimmt keine Anfragen über Portcullis entgegen.`,
      next: ({ contact }) => askDe(contact),
    },
  }),
  'requests-without-hub': row({
    example: { organization: 'acme', contact: 'platform@acme.example' },
    en: {
      message: ({ organization }) => `${organization} has no hub, so access cannot be requested through Portcullis.`,
      next: ({ contact }) => askEn(contact),
    },
    de: {
      message: ({ organization }) =>
        `${organization} hat keinen Hub; Zugriff lässt sich deshalb nicht über Portcullis anfragen.`,
      next: ({ contact }) => askDe(contact),
    },
  }),
  'requests-unknown-to-server': row({
    example: { organization: 'acme', contact: 'platform@acme.example' },
    en: {
      message: ({ organization }) => `${organization}'s server is of an earlier version, which takes no requests.`,
      next: ({ contact }) => askEn(contact),
    },
    de: {
      message: ({ organization }) =>
        `Der Server von ${organization} hat eine frühere Version, die keine Anfragen entgegennimmt.`,
      next: ({ contact }) => askDe(contact),
    },
  }),
  'request-pattern': row({
    example: { address: '*.acme.example' },
    en: {
      message: ({ address }) => `${address} stands for many hosts, and access is requested for one.`,
      next: () => 'Name the image or host that was blocked.',
    },
    de: {
      message: ({ address }) => `${address} steht für viele Hosts, angefragt wird ein einzelner.`,
      next: () => 'Nennen Sie das Image oder den Host, der blockiert wurde.',
    },
  }),
  'request-allowed': row({
    example: { host: 'ghcr.io', organization: 'acme' },
    en: {
      message: ({ host, organization }) => `${host} is already allowed by ${organization}.`,
      next: ({ host }) => `If a pull fails, see why: portcullis explain ${host}`,
    },
    de: {
      message: ({ host, organization }) => `${host} ist von ${organization} bereits zugelassen.`,
      next: ({ host }) => `Wenn ein Pull fehlschlägt, prüfen Sie warum: portcullis explain ${host}`,
    },
  }),
  'request-text': row({
    example: { most: 500 },
    en: {
      message: ({ most }) => `The reason can have up to ${most} characters, and no control characters.`,
      next: () => 'Shorten it, then send it again.',
    },
    de: {
      message: ({ most }) => `Die Begründung darf höchstens ${most} Zeichen und keine Steuerzeichen enthalten.`,
      next: () => 'Kürzen Sie sie und senden Sie sie erneut.',
    },
  }),
  'requests-kept-full': row({
    example: { most: 20 },
    en: {
      message: ({ most }) => `${most} requests are already waiting to be sent from this machine.`,
      next: () => 'Withdraw one, or wait until the server can be reached.',
    },
    de: {
      message: ({ most }) => `Auf diesem Gerät warten bereits ${most} Anfragen darauf, gesendet zu werden.`,
      next: () => 'Ziehen Sie eine zurück oder warten Sie, bis der Server erreichbar ist.',
    },
  }),
  'request-not-open': row({
    example: { host: 'gcr.io' },
    en: {
      message: ({ host }) => `You have no open request for ${host}.`,
      next: () => 'List your requests: portcullis requests',
    },
    de: {
      message: ({ host }) => `Sie haben keine offene Anfrage für ${host}.`,
      next: () => 'Ihre Anfragen auflisten: portcullis requests',
    },
  }),
  'request-failed': row({
    example: {},
    en: {
      message: () => 'The request could not be processed.',
      next: () => 'Try again. If this continues, contact your administrator.',
    },
    de: {
      message: () => 'Die Anfrage konnte nicht bearbeitet werden.',
      next: () => 'Versuchen Sie es erneut. Wenn das so bleibt, wenden Sie sich an Ihren Administrator.',
    },
  }),
};
