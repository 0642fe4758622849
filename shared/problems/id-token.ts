import { row } from './row.ts';

const ADMINISTRATOR = {
  en: 'Ask your administrator to compare "issuer", "clientId" and "organizationsClaim" in portcullis.json with the sign-in provider (docs/without-a-hub.md).',
  de: 'Bitten Sie Ihren Administrator, „issuer“, „clientId“ und „organizationsClaim“ in portcullis.json mit dem Anmeldedienst zu vergleichen (docs/without-a-hub.md).',
};
const CLOCKS = {
  en: 'Check the clocks of this machine and the sign-in server.',
  de: 'Prüfen Sie die Uhren dieses Rechners und des Anmeldeservers.',
};

/** An ID token of the sign-in provider as proof of membership, and the provider's keys. */
export const idTokenProblems = {
  'id-token-unusable': row({
    example: {},
    en: {
      message: () => 'The ID token of the sign-in server is not accepted as proof of membership.',
      next: () => ADMINISTRATOR.en,
    },
    de: {
      message: () => 'Das ID-Token des Anmeldeservers wird nicht als Mitgliedschaftsnachweis akzeptiert.',
      next: () => ADMINISTRATOR.de,
    },
  }),
  'id-token-key-unknown': row({
    example: {},
    en: {
      message: () => 'The ID token is not signed with a current key of the sign-in server.',
      next: () => 'Sync in five minutes. If it happens again, report it to your administrator.',
    },
    de: {
      message: () => 'Das ID-Token ist mit keinem aktuellen Schlüssel des Anmeldeservers signiert.',
      next: () => 'Synchronisieren Sie in fünf Minuten. Hilft das nicht, melden Sie es Ihrem Administrator.',
    },
  }),
  'id-token-no-member': row({
    example: { organization: 'acme', claim: '/groups' },
    en: {
      message: ({ organization, claim }) => `The claim ${claim} of your ID token does not name ${organization}.`,
      next: () =>
        'If you belong to this organization, ask your administrator what the sign-in provider writes in this claim.',
    },
    de: {
      message: ({ organization, claim }) => `Der Claim ${claim} Ihres ID-Tokens nennt ${organization} nicht.`,
      next: () =>
        'Gehören Sie zu dieser Organisation, fragen Sie Ihren Administrator, was der Anmeldedienst in diesen Claim schreibt.',
    },
  }),
  'id-token-expired': row({
    example: { expired: '2026-11-21T14:00:00.000Z' },
    en: {
      message: ({ expired }) => `The ID token proved membership until ${expired}.`,
      next: () => 'Sync. If it happens again, sign in again.',
    },
    de: {
      message: ({ expired }) => `Das ID-Token hat die Mitgliedschaft bis ${expired} nachgewiesen.`,
      next: () => 'Synchronisieren Sie. Hilft das nicht, melden Sie sich neu an.',
    },
  }),
  'id-token-not-yet': row({
    example: { signed: '2026-11-21T14:00:00.000Z' },
    en: {
      message: ({ signed }) => `The ID token was issued at ${signed}, which is in the future.`,
      next: () => CLOCKS.en,
    },
    de: {
      message: ({ signed }) => `Das ID-Token wurde am ${signed} ausgestellt, also in der Zukunft.`,
      next: () => CLOCKS.de,
    },
  }),
  'id-token-not-renewed': row({
    example: {},
    en: {
      message: () => 'The sign-in server does not renew the ID token, so membership ends some time after each sign-in.',
      next: () =>
        'Sign in again when you are asked to. Administrator: make the provider return an ID token with each refresh, or raise "membershipHours".',
    },
    de: {
      message: () =>
        'Der Anmeldeserver erneuert das ID-Token nicht; die Mitgliedschaft endet deshalb einige Zeit nach jeder Anmeldung.',
      next: () =>
        'Melden Sie sich neu an, wenn Sie dazu aufgefordert werden. Als Administrator: Lassen Sie den Anmeldedienst bei jeder Erneuerung ein ID-Token ausgeben, oder erhöhen Sie „membershipHours“.',
    },
  }),
  'provider-keys-unavailable': row({
    example: { server: 'login.acme.example' },
    en: {
      message: ({ server }) => `The gateway could not fetch the keys of ${server}.`,
      next: () => 'What is in force stays in force. Check that this machine reaches the sign-in server.',
    },
    de: {
      message: ({ server }) => `Das Gateway konnte die Schlüssel von ${server} nicht abrufen.`,
      next: () => 'Was in Kraft ist, bleibt in Kraft. Prüfen Sie, ob dieser Rechner den Anmeldeserver erreicht.',
    },
  }),
};
