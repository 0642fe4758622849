import { row } from './row.ts';

/** In days where it is two or more; German in the dative, behind "vor" and "in". */
const span = {
  en: (hours: number) => (hours >= 48 ? `${Math.floor(hours / 24)} days` : hours === 1 ? '1 hour' : `${hours} hours`),
  de: (hours: number) =>
    hours >= 48 ? `${Math.floor(hours / 24)} Tagen` : hours === 1 ? '1 Stunde' : `${hours} Stunden`,
};

export const syncProblems = {
  'not-signed-in': row({
    example: {},
    en: {
      message: () => 'You are not signed in, so there is no policy to fetch.',
      next: () => 'Sign in.',
    },
    de: {
      message: () => 'Sie sind nicht angemeldet, deshalb gibt es keine Richtlinie abzurufen.',
      next: () => 'Melden Sie sich an.',
    },
  }),
  'sync-failed': row({
    example: {},
    en: {
      message: () => 'The policy could not be fetched.',
      next: () => 'Portcullis tries again automatically. If this continues, contact your administrator.',
    },
    de: {
      message: () => 'Die Richtlinie konnte nicht abgerufen werden.',
      next: () =>
        'Portcullis versucht es automatisch noch einmal. Wenn das so bleibt, wenden Sie sich an Ihren Administrator.',
    },
  }),
  'events-failed': row({
    example: {},
    en: { message: () => 'The connection that announces policy changes was lost.' },
    de: { message: () => 'Die Verbindung, die Änderungen der Richtlinie meldet, ist abgebrochen.' },
  }),

  // What is missing in the configuration.
  'no-server': row({
    example: { organization: 'acme' },
    en: {
      message: ({ organization }) => `No policy server is configured for ${organization}.`,
      next: () => 'Ask your administrator to set "hub" in portcullis.json.',
    },
    de: {
      message: ({ organization }) => `Für ${organization} ist kein Richtlinienserver konfiguriert.`,
      next: () => 'Bitten Sie Ihren Administrator, "hub" in portcullis.json zu setzen.',
    },
  }),

  // What the server answered.
  'server-redirected': row({
    example: { server: 'hub.acme.example' },
    en: {
      message: ({ server }) => `The network answered with a redirect instead of the server ${server}.`,
      next: () => 'If this network has a sign-in page, open it in a browser. Otherwise, contact your administrator.',
    },
    de: {
      message: ({ server }) => `Das Netzwerk hat mit einer Weiterleitung geantwortet statt des Servers ${server}.`,
      next: () =>
        'Wenn dieses Netzwerk eine Anmeldeseite hat, öffnen Sie sie in einem Browser. Wenden Sie sich sonst an Ihren Administrator.',
    },
  }),
  'not-authorized': row({
    example: { server: 'hub.acme.example' },
    en: {
      message: ({ server }) => `The server ${server} did not accept your sign-in.`,
      next: () => 'Sign in again.',
    },
    de: {
      message: ({ server }) => `Der Server ${server} hat Ihre Anmeldung nicht akzeptiert.`,
      next: () => 'Melden Sie sich erneut an.',
    },
  }),
  'server-not-found': row({
    example: { server: 'hub.acme.example', organization: 'acme' },
    en: {
      message: ({ server, organization }) => `The server ${server} has no policy for ${organization}.`,
      next: () => 'Ask your administrator whether the server address and the organization name are correct.',
    },
    de: {
      message: ({ server, organization }) => `Der Server ${server} hat keine Richtlinie für ${organization}.`,
      next: () =>
        'Fragen Sie Ihren Administrator, ob die Adresse des Servers und der Name der Organisation richtig sind.',
    },
  }),
  'server-busy': row({
    example: { server: 'hub.acme.example' },
    en: {
      message: ({ server }) => `The server ${server} is overloaded.`,
      next: () => 'Portcullis tries again automatically.',
    },
    de: {
      message: ({ server }) => `Der Server ${server} ist überlastet.`,
      next: () => 'Portcullis versucht es automatisch noch einmal.',
    },
  }),
  'policy-file-missing': row({
    example: { url: 'https://files.acme.example/policy.jws' },
    en: {
      message: ({ url }) => `There is no policy file at ${url}.`,
      next: () => 'Ask your administrator to check "policyUrl" in portcullis.json, and that the file is published.',
    },
    de: {
      message: ({ url }) => `Unter ${url} liegt keine Richtliniendatei.`,
      next: () =>
        'Bitten Sie Ihren Administrator, „policyUrl“ in portcullis.json zu prüfen, und ob die Datei veröffentlicht ist.',
    },
  }),
  'policy-file-forbidden': row({
    example: { url: 'https://files.acme.example/policy.jws' },
    en: {
      message: ({ url }) => `The web server does not hand out the policy file at ${url}.`,
      next: () => 'Ask your administrator to make the file readable without signing in: it is signed, not secret.',
    },
    de: {
      message: ({ url }) => `Der Webserver gibt die Richtliniendatei unter ${url} nicht heraus.`,
      next: () =>
        'Bitten Sie Ihren Administrator, die Datei ohne Anmeldung lesbar zu machen: Sie ist signiert, nicht geheim.',
    },
  }),
  'policy-half-spent': row({
    example: { ageHours: 96, leftHours: 72 },
    en: {
      message: ({ ageHours, leftHours }) =>
        `The policy file was signed ${span.en(ageHours)} ago and expires in ${span.en(leftHours)}.`,
      next: () =>
        'Administrator: sign and publish it again (portcullis policy sign). When it expires, all pulls are blocked.',
    },
    de: {
      message: ({ ageHours, leftHours }) =>
        `Die Richtliniendatei wurde vor ${span.de(ageHours)} signiert und läuft in ${span.de(leftHours)} ab.`,
      next: () =>
        'Als Administrator: Signieren und veröffentlichen Sie sie neu (portcullis policy sign). Läuft sie ab, sind alle Abrufe blockiert.',
    },
  }),
  'server-failed': row({
    example: { server: 'hub.acme.example' },
    en: {
      message: ({ server }) => `The server ${server} cannot provide the policy at the moment.`,
      next: () => 'Portcullis tries again automatically.',
    },
    de: {
      message: ({ server }) => `Der Server ${server} kann die Richtlinie derzeit nicht bereitstellen.`,
      next: () => 'Portcullis versucht es automatisch noch einmal.',
    },
  }),
  'server-unexpected': row({
    example: { server: 'hub.acme.example' },
    en: {
      message: ({ server }) => `The server ${server} gave an unexpected answer.`,
      next: () => 'Ask your administrator whether the server address is correct.',
    },
    de: {
      message: ({ server }) => `Der Server ${server} hat unerwartet geantwortet.`,
      next: () => 'Fragen Sie Ihren Administrator, ob die Adresse des Servers richtig ist.',
    },
  }),
};
