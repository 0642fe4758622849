import { row } from './row.ts';

/** Sign-in at the organization's own provider, and what comes from there. */
export const hubIdentityProblems = {
  'identity-sign-in-failed': row({
    example: { server: 'login.acme.example' },
    en: {
      message: ({ server }) => `Sign-in at ${server} failed.`,
      next: () => 'Start again from Portcullis or the dashboard. If it happens again, tell your administrator.',
    },
    de: {
      message: ({ server }) => `Die Anmeldung bei ${server} ist fehlgeschlagen.`,
      next: () =>
        'Beginnen Sie noch einmal in Portcullis oder im Dashboard. Tritt der Fehler wieder auf, informieren Sie Ihren Administrator.',
    },
  }),
  'identity-unreachable': row({
    example: { server: 'login.acme.example' },
    en: {
      message: ({ server }) => `${server}, where your organization signs in, gave this server no usable answer.`,
      next: () =>
        'Try again in a few minutes. If it happens again, tell your administrator: this server may need a proxy, or a certificate to trust.',
    },
    de: {
      message: ({ server }) =>
        `${server}, wo sich Ihre Organisation anmeldet, hat diesem Server keine brauchbare Antwort gegeben.`,
      next: () =>
        'Versuchen Sie es in einigen Minuten erneut. Tritt der Fehler wieder auf, informieren Sie Ihren Administrator: Möglicherweise fehlt diesem Server ein Proxy oder ein Zertifikat, dem er vertraut.',
    },
  }),
  'identity-not-fresh': row({
    example: { server: 'login.acme.example' },
    en: {
      message: ({ server }) => `${server} did not ask for your password again, which this step needs.`,
      next: () => 'Sign out there, then try again. If it happens again, tell your administrator.',
    },
    de: {
      message: ({ server }) => `${server} hat Ihr Passwort nicht noch einmal verlangt; dieser Schritt braucht das.`,
      next: () =>
        'Melden Sie sich dort ab, und versuchen Sie es noch einmal. Tritt der Fehler wieder auf, informieren Sie Ihren Administrator.',
    },
  }),
  'identity-no-refresh-token': row({
    example: { server: 'login.acme.example' },
    en: {
      message: ({ server }) => `${server} does not let this server keep your roles up to date.`,
      next: () =>
        'Ask your administrator to allow the scope offline_access and the grant refresh_token for this server.',
    },
    de: {
      message: ({ server }) => `${server} lässt nicht zu, dass dieser Server Ihre Rollen aktuell hält.`,
      next: () =>
        'Bitten Sie Ihren Administrator, für diesen Server den Scope offline_access und den Grant refresh_token zuzulassen.',
    },
  }),
  'identity-no-access': row({
    example: { server: 'login.acme.example' },
    en: {
      message: ({ server }) => `Your account at ${server} has no access here.`,
      next: () => 'Ask your administrator for a role, or sign in with another account.',
    },
    de: {
      message: ({ server }) => `Ihr Konto bei ${server} hat hier keinen Zugang.`,
      next: () => 'Bitten Sie Ihren Administrator um eine Rolle, oder melden Sie sich mit einem anderen Konto an.',
    },
  }),
  'identity-name-taken': row({
    example: { username: 'mia' },
    en: {
      message: ({ username }) => `No user name is left for ${username}.`,
      next: () => 'Ask your administrator to remove the accounts of this server that are called so.',
    },
    de: {
      message: ({ username }) => `Für ${username} ist kein Benutzername mehr frei.`,
      next: () => 'Bitten Sie Ihren Administrator, die gleichnamigen Konten dieses Servers zu entfernen.',
    },
  }),
  'identity-secret-unreadable': row({
    example: { file: '/etc/portcullis/identity-secret' },
    en: {
      message: ({ file }) => `The client secret cannot be read from ${file}.`,
      next: () => 'Write the secret to this file, on one line, and make it readable for the hub only.',
    },
    de: {
      message: ({ file }) => `Das Client-Secret lässt sich nicht aus ${file} lesen.`,
      next: () => 'Schreiben Sie das Secret als eine Zeile in diese Datei, lesbar nur für den Hub.',
    },
  }),
  'people-from-provider': row({
    example: { server: 'login.acme.example' },
    en: {
      message: ({ server }) => `People, roles and teams come from ${server}.`,
      next: () => 'Change them there. Changes apply here within 15 minutes.',
    },
    de: {
      message: ({ server }) => `Personen, Rollen und Teams kommen von ${server}.`,
      next: () => 'Ändern Sie sie dort. Änderungen gelten hier innerhalb von 15 Minuten.',
    },
  }),
};
